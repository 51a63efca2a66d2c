/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"

static inline void free_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* What stands before the unread part, and null in its place. False: json-c had enough before that. */
static bool feed_head(struct json_tokener *tokener, const char *text, const struct kf_json_scan *scan)
{
	cleanup_json struct json_object *early = json_tokener_parse_ex(tokener, text, (int)scan->unread_offset);

	if (early || json_tokener_get_error(tokener) != json_tokener_continue)
		return false;
	early = json_tokener_parse_ex(tokener, "null", (int)strlen("null"));
	return !early && json_tokener_get_error(tokener) == json_tokener_continue;
}

static int tokenize(const char *text, size_t length, const struct kf_json_scan *scan, const char *name,
		    struct json_object **ret, struct kf_error *err)
{
	KF_CLEANUP(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(KF_JSON_DEPTH_MAX);
	cleanup_json struct json_object *object = NULL;
	size_t start = scan->unread_offset + scan->unread_length;

	if (!tokener)
		return kf_oom(err);
	if (length >= INT_MAX)
		return kf_fail(err, EFBIG, "%s is too large for JSON", name);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (start && !feed_head(tokener, text, scan))
		start = 0;
	else
		/* The closing NUL is part of what is parsed, so that the end of the text is the end of the document. */
		object = json_tokener_parse_ex(tokener, text + start, (int)(length - start) + 1);

	size_t end = start + json_tokener_get_parse_end(tokener);
	enum json_tokener_error problem = json_tokener_get_error(tokener);

	if (problem != json_tokener_success)
		return kf_fail(err, EINVAL, "%s is not valid JSON at byte %zu: %s", name, end,
			       json_tokener_error_desc(problem));
	if (end < length)
		return kf_fail(err, EINVAL, "%s has something behind its JSON at byte %zu", name, end);
	if (!json_object_is_type(object, json_type_object))
		return kf_fail(err, EINVAL, "%s is not a JSON object", name);
	*ret = object;
	object = NULL;
	return 0;
}

/* The state of one walk over the tree, in the order of the text. */
struct walk {
	const char *text;
	const struct kf_json_scan *scan;
	size_t bytes, members, numbers, next_odd;
};

/* Makes json-c print VALUE with the text it was read from. */
static int pin(struct json_object *value, const char *text, size_t length)
{
	char *copy = strndup(text, length);

	if (!copy)
		return -ENOMEM;
	json_object_set_serializer(value, json_object_userdata_to_json_string, copy, json_object_free_userdata);
	return 0;
}

static int visit_number(struct walk *walk, struct json_object *number)
{
	size_t ordinal = walk->numbers++;

	if (walk->next_odd == walk->scan->odd_count)
		return 0;

	const struct kf_json_number *odd = &walk->scan->odd_numbers[walk->next_odd];

	if (odd->ordinal != ordinal)
		return 0;
	walk->next_odd++;
	return pin(number, walk->text + odd->offset, odd->length);
}

/* Recursion is bounded: the tokener refused anything deeper than KF_JSON_DEPTH_MAX. */
static int visit(struct walk *walk, struct json_object *value)
{
	int r = 0;

	switch (json_object_get_type(value)) {
	case json_type_object: {
		struct json_object_iterator i = json_object_iter_begin(value), end = json_object_iter_end(value);

		for (; r == 0 && !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
			walk->members++;
			walk->bytes += strlen(json_object_iter_peek_name(&i));
			r = visit(walk, json_object_iter_peek_value(&i));
		}
		return r;
	}
	case json_type_array:
		for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++)
			r = visit(walk, json_object_array_get_idx(value, i));
		return r;
	case json_type_string:
		walk->bytes += (size_t)json_object_get_string_len(value);
		return 0;
	case json_type_double:
		if (json_object_get_userdata(value))
			walk->bytes += strlen(json_object_get_userdata(value));
		return visit_number(walk, value);
	case json_type_int:
		return visit_number(walk, value);
	default:
		return 0;
	}
}

static int prove_strict(const char *text, const struct kf_json_scan *scan, const char *name, struct json_object *object,
			struct kf_error *err)
{
	struct walk walk = { .text = text, .scan = scan };
	/* Without odd numbers there is nothing to pin, but the members are still counted. */
	int r = visit(&walk, object);

	if (r == 0 && walk.members != scan->members)
		return kf_fail(err, EINVAL, "%s has the same key twice in one object", name);
	return r < 0 || walk.bytes < scan->bytes ? kf_oom(err) : 0;
}

/* Puts the text of the unread part where json-c has read null. */
static int hang_in(struct json_object *object, const char *text, const struct kf_json_scan *scan,
		   const struct kf_json_path *path, struct kf_error *err)
{
	struct json_object *outer = kf_json_member(object, path->outer, json_type_object);
	cleanup_json struct json_object *part = json_object_new_object();

	if (!part || pin(part, text + scan->unread_offset, scan->unread_length) < 0 ||
	    json_object_object_add(outer, path->inner, part) < 0)
		return kf_oom(err);
	part = NULL;
	return 0;
}

static int parse_scanned(const char *text, size_t length, const struct kf_json_scan *scan, const char *name,
			 const struct kf_json_path *unread, struct json_object **ret, struct kf_error *err)
{
	cleanup_json struct json_object *object = NULL;
	int r = tokenize(text, length, scan, name, &object, err);

	if (r == 0)
		r = prove_strict(text, scan, name, object, err);
	if (r == 0 && unread && scan->unread_length)
		r = hang_in(object, text, scan, unread, err);
	if (r < 0)
		return r;
	*ret = object;
	object = NULL;
	return 0;
}

int kf_json_parse_except(const char *text, size_t length, const char *name, const struct kf_json_path *unread,
			 struct json_object **ret, struct kf_error *err)
{
	cleanup_json struct json_object *object = NULL;
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;
	int r = kf_json_scan(text, length, unread, &scan, &offset);

	if (r == -ENOMEM)
		return kf_oom(err);
	if (r == 0) {
		r = parse_scanned(text, length, &scan, name, unread, ret, err);
		kf_json_scan_done(&scan);
		return r;
	}
	/* json-c says better what is wrong, if it finds anything. */
	r = tokenize(text, length, &scan, name, &object, err);
	return r < 0 ? r : kf_fail(err, EINVAL, "%s is not valid JSON at byte %zu", name, offset);
}

int kf_json_parse(const char *text, size_t length, const char *name, enum kf_json_mode mode, struct json_object **ret,
		  struct kf_error *err)
{
	static const struct kf_json_scan none;

	if (mode == KF_JSON_STRICT)
		return kf_json_parse_except(text, length, name, NULL, ret, err);
	return tokenize(text, length, &none, name, ret, err);
}

int kf_json_read_member(struct json_object *object, const char *key, const char *name, struct kf_error *err)
{
	struct json_object *part = kf_json_member(object, key, json_type_object), *read = NULL;
	const char *text = part ? json_object_get_userdata(part) : NULL;

	if (!text)
		return 0;

	int r = kf_json_parse(text, strlen(text), name, KF_JSON_STRICT, &read, err);

	if (r < 0)
		return r;
	if (json_object_object_add(object, key, read) < 0) {
		(void)json_object_put(read);
		return kf_oom(err);
	}
	return 0;
}

const char *kf_json_text(struct json_object *object, size_t *ret_length)
{
	size_t length = 0;

	errno = 0;

	const char *text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

	/* Without memory json-c leaves out what it has no room for, goes on, and says nothing; but realloc(3) did. */
	if (!text || errno == ENOMEM || errno == EFBIG)
		return NULL;
	*ret_length = length;
	return text;
}

struct json_object *kf_json_member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &value))
		return NULL;
	return json_object_is_type(value, type) ? value : NULL;
}

const char *kf_json_string_value(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_string))
		return NULL;

	const char *text = json_object_get_string(value);

	return text && strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

const char *kf_json_string(struct json_object *object, const char *key)
{
	return kf_json_string_value(kf_json_member(object, key, json_type_string));
}

struct json_object *kf_json_ensure(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (json_object_object_get_ex(object, key, &value) && value)
		return json_object_is_type(value, type) ? value : NULL;
	value = type == json_type_array ? json_object_new_array() : json_object_new_object();
	if (!value)
		return NULL;
	if (json_object_object_add(object, key, value) < 0) {
		(void)json_object_put(value);
		return NULL;
	}
	return value;
}

int kf_json_set_string(struct json_object *object, const char *key, const char *value)
{
	struct json_object *string = json_object_new_string(value);

	if (!string)
		return -ENOMEM;
	if (json_object_object_add(object, key, string) < 0) {
		(void)json_object_put(string);
		return -ENOMEM;
	}
	return 0;
}

int kf_json_append(struct json_object *array, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_array_add(array, value) < 0) {
		(void)json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int kf_json_append_string(struct json_object *array, const char *value)
{
	return kf_json_append(array, json_object_new_string(value));
}
