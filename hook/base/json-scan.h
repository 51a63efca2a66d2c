/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_SCAN_H
#define KF_BASE_JSON_SCAN_H

#include <json-c/json.h>
#include <stddef.h>

#include "base/json-lexer.h"

/* Objects, arrays and a value in one another. An OCI spec needs about ten; the rest is for fields of the future. */
enum { KF_JSON_DEPTH_MAX = 64 };

struct kf_json_scan {
	const char *wrong; /* for messages; NULL if the text is right */
	size_t offset;     /* the byte of the text where WRONG was found */
};

/*
 * Decides whether the LENGTH bytes at TEXT are one JSON value (RFC 8259) as MODE asks for. With COMPARE, which is for
 * STRICT only, TREE is the value that json-c has read from them (NULL stands for null): the scan follows it through
 * the text, and gives a number that json-c would write differently the text it was read from.
 *
 * 0; -EINVAL with *RET if the text is wrong; -EEXIST if a key is repeated in one object; -ENOMEM if memory ran out, or
 * had run out when json-c read the text: then TREE lacks a part of it.
 */
int kf_json_scan(const char *text, size_t length, enum kf_json_mode mode, bool compare, struct json_object *tree,
		 struct kf_json_scan *ret);

#endif
