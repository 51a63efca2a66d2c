/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_LEXER_H
#define KF_BASE_JSON_LEXER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The ways over one token or value of a JSON text (RFC 8259), nothing kept of it. All take the place I where it starts
 * in LENGTH bytes at TEXT and return the place behind it, or 0 if there is none.
 */

/* What is to know about one string. */
struct kf_json_string {
	size_t bytes; /* unescaped */
	bool nul;     /* there is an escaped NUL in it */
};

/* I is at the opening quote. */
size_t kf_json_skip_string(const char *text, size_t length, size_t i, struct kf_json_string *ret);

/* RFC 8259 section 6. *RET_INTEGER: it has neither a fraction nor an exponent. */
size_t kf_json_skip_number(const char *text, size_t length, size_t i, bool *ret_integer);

/* Over blanks, if there are any; never 0 unless I is. */
size_t kf_json_skip_blanks(const char *text, size_t length, size_t i);

/* Over any value; DEPTH is how many may be in one another, with itself. Keys that stand twice are not seen. */
size_t kf_json_skip_value(const char *text, size_t length, size_t i, int depth);

#endif
