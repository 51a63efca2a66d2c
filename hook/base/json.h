/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_H
#define KF_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/json-scan.h"

struct kf_error;

static inline void kf_put_json(struct json_object **object)
{
	(void)json_object_put(*object);
}

#define cleanup_json KF_CLEANUP(kf_put_json)

/*
 * How much a document has to prove. STRICT is RFC 8259 and more: valid UTF-8, no key twice in one object (readers
 * differ in which one wins), every number keeps its text when it is written back, and nothing is missing for want
 * of memory. RELAXED takes what json-c takes; it is for deciding that a container is none of our business, which must
 * not depend on its oddities.
 */
enum kf_json_mode { KF_JSON_STRICT, KF_JSON_RELAXED };

/*
 * Parses LENGTH bytes at TEXT and the NUL behind them, as kf_read_all() leaves them; they must be one JSON object and
 * nothing behind it. NAME is what messages call the document. *RET is the caller's to put. -EINVAL for anything
 * malformed, -ENOMEM.
 */
int kf_json_parse(const char *text, size_t length, const char *name, enum kf_json_mode mode, struct json_object **ret,
		  struct kf_error *err);

/*
 * The same, STRICT, of a document whose object UNREAD.OUTER.INNER nobody here may have to look into. It is proved to be
 * JSON (not that its keys stand there once), its text is kept and written back as it is, and to all else it is an
 * object without members until kf_json_read_member() is called.
 */
int kf_json_parse_except(const char *text, size_t length, const char *name, const struct kf_json_path *unread,
			 struct json_object **ret, struct kf_error *err);

/*
 * Reads what kf_json_parse_except() has left in OBJECT[KEY]; anything else it leaves alone. NAME is for messages, which
 * count bytes from its start. -EINVAL if a key stands there twice, -ENOMEM.
 */
int kf_json_read_member(struct json_object *object, const char *key, const char *name, struct kf_error *err);

/* The document on one line (but for what was not read), "/" unescaped as engines write it. Whole, or NULL without
 * memory. The text belongs to OBJECT. */
const char *kf_json_text(struct json_object *object, size_t *ret_length);

/* The member KEY of OBJECT if it is there and of that type, else NULL. OBJECT may be NULL. Borrowed. */
struct json_object *kf_json_member(struct json_object *object, const char *key, enum json_type type);

/* The string in OBJECT[KEY], or NULL if it is missing, no string, or has a NUL byte in it. Borrowed. */
const char *kf_json_string(struct json_object *object, const char *key);

/* The string in VALUE, or NULL if it is no string or has a NUL byte in it. Borrowed. */
const char *kf_json_string_value(struct json_object *value);

/*
 * Makes sure that OBJECT has a member KEY of TYPE (an object or an array): returns the one there, replaces null or
 * nothing by an empty one, and returns NULL when something else is in its place or memory is out. Borrowed.
 */
struct json_object *kf_json_ensure(struct json_object *object, const char *key, enum json_type type);

/* Sets OBJECT[KEY] to a string, keeping the key's place if it exists. 0 or -ENOMEM. */
int kf_json_set_string(struct json_object *object, const char *key, const char *value);

/* Appends a string to ARRAY. 0 or -ENOMEM. */
int kf_json_append_string(struct json_object *array, const char *value);

/* Appends VALUE to ARRAY and takes it over, also on failure. VALUE may be NULL (no memory). 0 or -ENOMEM. */
int kf_json_append(struct json_object *array, struct json_object *value);

#endif
