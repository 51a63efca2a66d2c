/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_LEXER_H
#define KF_BASE_JSON_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * STRICT is RFC 8259 and more: strings are UTF-8, no key has a NUL in it or is repeated in one object (readers differ
 * in the one that wins), and every number is written back with the text it had. RELAXED is for deciding that a
 * container is not ours, which must not depend on oddities of its document. It also takes keys in single quotes, NaN,
 * Infinity and -Infinity, numbers such as "1.", repeated keys, and in strings any byte but NUL.
 */
enum kf_json_mode { KF_JSON_STRICT, KF_JSON_RELAXED };

/* A string as a reader sees it, or the reason why there is no string. */
struct kf_json_string {
	size_t bytes;      /* its length without quotes and escapes */
	bool nul;          /* an escaped NUL is in it */
	const char *wrong; /* for messages; NULL if the string is right */
};

/*
 * The end of the string whose opening quote is at I of the LENGTH bytes at TEXT (RFC 8259, section 7): the place after
 * its closing quote, or 0 with RET->wrong.
 */
size_t kf_json_string_end(const char *text, size_t length, size_t i, enum kf_json_mode mode,
			  struct kf_json_string *ret);

/* The same for a number that starts at I (section 6). *RET_INTEGER: it has neither a fraction nor an exponent. */
size_t kf_json_number_end(const char *text, size_t length, size_t i, enum kf_json_mode mode, bool *ret_integer);

/* The first place from I on that is not a blank (section 2); LENGTH if only blanks are left. */
size_t kf_json_blanks_end(const char *text, size_t length, size_t i);

/*
 * The number of bytes of the UTF-8 character at TEXT, of which LENGTH (at least 1) are left, and its code point; or 0:
 * cut short, overlong, a surrogate or beyond U+10FFFF (RFC 3629, section 3).
 */
size_t kf_json_character(const char *text, size_t length, uint32_t *ret);

#endif
