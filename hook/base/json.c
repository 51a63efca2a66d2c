/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json-c reads and prints; base/json-scan.h decides. json-c alone would get these wrong: without its strict flag it
 * takes comments, trailing commas, single quotes, words in any case, NaN and bytes that are not UTF-8; with the flag it
 * still takes some of them, others by version (0.16 takes control characters in strings; 0.17 refuses integers beyond
 * 64 bits; 0.18 refuses every string with a byte above 0x7f), so the flag is not set. In any version it lets the last
 * of two equal keys win, ends a key at its first NUL, prints -0 as 0 and integers beyond 64 bits as the nearest that
 * fits, and without memory leaves parts of a document out and says nothing. tests/unit/test-json-versions.c has a row
 * for each.
 */
#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/json-scan.h"

static inline void free_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/*
 * json-c's own reading, as lenient as json-c can be: the scan gives the verdict. False: json-c could not read the text.
 */
static bool read_tree(const char *text, size_t length, struct json_object **ret)
{
	/* One level more than is allowed, so that the scan finds the one too many. */
	KF_CLEANUP(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(KF_JSON_DEPTH_MAX + 1);

	if (!tokener)
		return false;
	/* The closing NUL ends a document that is a number. */
	*ret = json_tokener_parse_ex(tokener, text, (int)length + 1);
	return json_tokener_get_error(tokener) == json_tokener_success;
}

int kf_json_parse(const char *text, size_t length, const char *name, enum kf_json_mode mode, struct json_object **ret,
		  struct kf_error *err)
{
	cleanup_json struct json_object *tree = NULL;
	struct kf_json_scan scan;

	if (length >= INT_MAX)
		return kf_fail(err, EFBIG, "%s is too large for JSON", name);

	bool read = read_tree(text, length, &tree);
	int r = kf_json_scan(text, length, mode, read && mode == KF_JSON_STRICT, tree, &scan);

	if (r == -EINVAL)
		return kf_fail(err, EINVAL, "%s is not valid JSON at byte %zu: %s", name, scan.offset, scan.wrong);
	if (r == -EEXIST)
		return kf_fail(err, EINVAL, "%s has the same key twice in one object", name);
	/*
	 * Nothing but memory can make json-c refuse a text that the scan takes: so lack of memory must not pass for a
	 * bad text.
	 */
	if (r < 0 || !read)
		return kf_oom(err);
	if (!json_object_is_type(tree, json_type_object))
		return kf_fail(err, EINVAL, "%s is not a JSON object", name);
	*ret = tree;
	tree = NULL;
	return 0;
}

const char *kf_json_text(struct json_object *object, size_t *ret_length)
{
	size_t length = 0;

	errno = 0;

	const char *text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

	/* Without memory json-c silently leaves parts out and goes on; but realloc(3) reports it. */
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

bool kf_json_has_string(struct json_object *array, const char *text)
{
	for (size_t i = 0; array && text && i < json_object_array_length(array); i++) {
		const char *item = kf_json_string_value(json_object_array_get_idx(array, i));

		if (item && strcmp(item, text) == 0)
			return true;
	}
	return false;
}

int kf_json_set_string(struct json_object *object, const char *key, const char *value)
{
	return kf_json_set(object, key, json_object_new_string(value));
}

int kf_json_set(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value) < 0) {
		(void)json_object_put(value);
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
