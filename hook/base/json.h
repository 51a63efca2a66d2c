/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_H
#define KF_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/json-lexer.h"

struct kf_error;

static inline void kf_put_json(struct json_object **object)
{
	(void)json_object_put(*object);
}

#define cleanup_json KF_CLEANUP(kf_put_json)

/* Takes the object out of a cleanup_json variable and hands it on. */
static inline struct json_object *kf_steal_json(struct json_object **object)
{
	struct json_object *taken = *object;

	*object = NULL;
	return taken;
}

/*
 * Parses LENGTH bytes at TEXT and the NUL after them, as kf_read_all() leaves them; they must be one JSON object, see
 * enum kf_json_mode. The result does not depend on the version of json-c. NAME is what messages call the document. *RET
 * is the caller's to put, and in STRICT it is whole. -EINVAL for anything malformed, -EFBIG, -ENOMEM.
 */
int kf_json_parse(const char *text, size_t length, const char *name, enum kf_json_mode mode, struct json_object **ret,
		  struct kf_error *err);

/* The document on one line, "/" unescaped as engines write it. Whole, or NULL without memory. The text belongs to
 * OBJECT. */
const char *kf_json_text(struct json_object *object, size_t *ret_length);

/* The member KEY of OBJECT if it is there and of that type, else NULL. OBJECT may be NULL. Borrowed. */
struct json_object *kf_json_member(struct json_object *object, const char *key, enum json_type type);

/* The string in OBJECT[KEY], or NULL if it is missing, not a string, or has a NUL byte in it. Borrowed. */
const char *kf_json_string(struct json_object *object, const char *key);

/* The string in VALUE, or NULL if it is not a string or has a NUL byte in it. Borrowed. */
const char *kf_json_string_value(struct json_object *value);

/* Is TEXT one of the strings of ARRAY? Both may be NULL. */
bool kf_json_has_string(struct json_object *array, const char *text);

/*
 * Makes sure that OBJECT has a member KEY of TYPE (an object or an array): returns the one there, replaces null or
 * nothing by an empty one, and returns NULL when something else is in its place or memory is out. Borrowed.
 */
struct json_object *kf_json_ensure(struct json_object *object, const char *key, enum json_type type);

/* Sets OBJECT[KEY] to a string, keeping the key's place if it exists. 0 or -ENOMEM. */
int kf_json_set_string(struct json_object *object, const char *key, const char *value);

/*
 * Sets OBJECT[KEY] to VALUE and takes it over, also on failure; the key keeps its place if it exists. VALUE may be NULL
 * (no memory). 0 or -ENOMEM.
 */
int kf_json_set(struct json_object *object, const char *key, struct json_object *value);

/* Appends a string to ARRAY. 0 or -ENOMEM. */
int kf_json_append_string(struct json_object *array, const char *value);

/* Appends VALUE to ARRAY and takes it over, also on failure. VALUE may be NULL (no memory). 0 or -ENOMEM. */
int kf_json_append(struct json_object *array, struct json_object *value);

#endif
