/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-edit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/json.h"

/* The place of an object's member in its text. */
struct member {
	size_t key, end;   /* of the member NAME: its key's quote, and the place after its value */
	size_t value;      /* its value */
	size_t before;     /* the end of the member before it; 0: it is the first */
	size_t after;      /* the key of the member after it; 0: it is the last */
	size_t last_key;   /* the key of the last member; 0: the object is empty */
	size_t last_front; /* the place after the brace or comma before it */
	size_t last_end;
	bool found;
};

static size_t skip_string(const char *text, size_t length, size_t i)
{
	struct kf_json_string string;

	return kf_json_string_end(text, length, i, KF_JSON_STRICT, &string);
}

/* The place after the value at I of text that is right. */
static size_t skip_value(const char *text, size_t length, size_t i)
{
	size_t depth = 0;

	do {
		if (text[i] == '"')
			i = skip_string(text, length, i);
		else if (strchr("{[", text[i]))
			depth++, i++;
		else if (strchr("}]", text[i]))
			depth--, i++;
		else if (depth == 0)
			return i + strcspn(text + i, ",]} \t\r\n");
		else
			i++;
	} while (depth > 0);
	return i;
}

/* Looks for NAME among the members of the object whose brace is at OPEN. */
static void find_member(const char *text, size_t open, const char *name, struct member *ret)
{
	size_t length = strlen(text), front = open + 1, i = kf_json_blanks_end(text, length, front), before = 0;

	*ret = (struct member){ 0 };
	while (text[i] == '"') {
		size_t key = i, key_end = skip_string(text, length, i);
		size_t value = kf_json_blanks_end(text, length, kf_json_blanks_end(text, length, key_end) + 1);
		size_t end = skip_value(text, length, value);

		if (key_end - key == strlen(name) + 2 && strncmp(text + key + 1, name, strlen(name)) == 0) {
			ret->found = true;
			ret->key = key, ret->value = value, ret->end = end, ret->before = before;
		} else if (ret->found && !ret->after) {
			ret->after = key;
		}
		ret->last_key = key, ret->last_front = front, ret->last_end = before = end;
		i = kf_json_blanks_end(text, length, end);
		if (text[i] != ',')
			break;
		front = i + 1;
		i = kf_json_blanks_end(text, length, front);
	}
}

static int parse(const char *text, const char *name, struct json_object **ret, struct kf_error *err)
{
	return kf_json_parse(text, strlen(text), name, KF_JSON_STRICT, ret, err);
}

static size_t brace(const char *text)
{
	return kf_json_blanks_end(text, strlen(text), 0);
}

/* TEXT with a member added to the object at OPEN, in the layout of the last one. */
static int insert(const char *text, size_t open, const char *name, const char *value, char **ret, struct kf_error *err)
{
	struct member members;
	int r;

	find_member(text, open, name, &members);
	if (members.last_key)
		r = kf_format(ret, "%.*s,%.*s\"%s\": %s%s", (int)members.last_end, text,
			      (int)(members.last_key - members.last_front), text + members.last_front, name, value,
			      text + members.last_end);
	else
		r = kf_format(ret, "%.*s\"%s\": %s%s", (int)(open + 1), text, name, value, text + open + 1);
	return r < 0 ? kf_oom(err) : 0;
}

/* TEXT without the member, and one comma. */
static int take_out(const char *text, const struct member *member, char **ret, struct kf_error *err)
{
	size_t from = member->before ? member->before : member->key;
	size_t to = !member->before && member->after ? member->after : member->end;

	return kf_format(ret, "%.*s%s", (int)from, text, text + to) < 0 ? kf_oom(err) : 0;
}

/* Is each member of PART in WHOLE, with that value? */
static bool has_all(struct json_object *whole, struct json_object *part)
{
	json_object_object_foreach(part, key, value)
	{
		if (!json_object_equal(json_object_object_get(whole, key), value))
			return false;
	}
	return true;
}

/* Reads TEXT and VALUE. 1 if NAME is there with that value, 0 if it is not there, -EEXIST if it has another value. */
static int look(const char *text, const char *object, const char *name, const char *value, struct kf_error *err)
{
	cleanup_json struct json_object *document = NULL, *ours = NULL;
	struct json_object *members = NULL, *theirs = NULL;
	int r = parse(text, "it", &document, err);

	if (r == 0)
		r = parse(value, "the value", &ours, err);
	if (r < 0)
		return r;
	if (json_object_object_get_ex(document, object, &members) && !json_object_is_type(members, json_type_object))
		return kf_fail(err, EINVAL, "%s is not an object", object);
	if (!members || !json_object_object_get_ex(members, name, &theirs))
		return 0;
	if (!json_object_is_type(theirs, json_type_object) || !has_all(theirs, ours))
		return kf_fail(err, EEXIST, "it has another %s in %s", name, object);
	return 1;
}

int kf_json_add_member(const char *text, const char *object, const char *name, const char *value, char **ret,
		       struct kf_error *err)
{
	cleanup_free char *whole = NULL, *made = NULL;
	cleanup_json struct json_object *unused = NULL;
	struct member place;
	int r;

	if (text[strspn(text, " \t\r\n")] == '\0')
		text = "{}\n";
	r = look(text, object, name, value, err);
	if (r < 0)
		return r;
	if (r == 1)
		return kf_format(ret, "%s", text) < 0 ? kf_oom(err) : 0;
	find_member(text, brace(text), object, &place);
	if (place.found)
		r = insert(text, place.value, name, value, &made, err);
	else if (kf_format(&whole, "{ \"%s\": %s }", name, value) < 0)
		r = kf_oom(err);
	else
		r = insert(text, brace(text), object, whole, &made, err);
	/* A key that is there in other letters (\u0072untimes) is twice by now. */
	if (r < 0 || !made)
		return r;
	r = parse(made, "it", &unused, err);
	if (r == 0)
		*ret = kf_steal_string(&made);
	return r;
}

int kf_json_remove_member(const char *text, const char *object, const char *name, const char *value, char **ret,
			  struct kf_error *err)
{
	struct member place, inner;
	int r = text[strspn(text, " \t\r\n")] == '\0' ? 0 : look(text, object, name, value, err);

	if (r < 0)
		return r;
	if (r == 0)
		return kf_format(ret, "%s", text) < 0 ? kf_oom(err) : 0;
	find_member(text, brace(text), object, &place);
	if (place.found)
		find_member(text, place.value, name, &inner);
	if (!place.found || !inner.found)
		return kf_fail(err, EINVAL, "its keys %s and %s are written in escapes", object, name);
	if (!inner.before && !inner.after)
		return take_out(text, &place, ret, err);
	return take_out(text, &inner, ret, err);
}
