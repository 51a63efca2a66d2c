/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_FIND_H
#define KF_BASE_JSON_FIND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks for a word in JSON text that comes in pieces and is too large to be kept. Zeroed except for WORD (ASCII, not
 * empty, borrowed) at the beginning.
 */
struct kf_json_find {
	const char *word;
	bool found;
	size_t matched; /* the last characters of the text were so many of the word */
	int escape;     /* within an escape: its characters so far; 0: in none */
	unsigned int unit;
};

/*
 * Looks at the next LENGTH bytes. Escapes count as the characters that they stand for (RFC 8259, section 7). The
 * function does not tell keys from values, and does not check that the text is JSON: FIND->found stays false only if no
 * reader of JSON can find the word.
 */
void kf_json_find(struct kf_json_find *find, const char *bytes, size_t length);

#endif
