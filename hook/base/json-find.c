/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-find.h"

#include <string.h>

/*
 * The length of the longest beginning of WORD that is also the end of its first LENGTH characters, and shorter than
 * these.
 */
static size_t border(const char *word, size_t length)
{
	size_t shorter = length - 1;

	while (shorter > 0 && memcmp(word, word + length - shorter, shorter) != 0)
		shorter--;
	return shorter;
}

static void take_character(struct kf_json_find *find, char c)
{
	while (find->matched > 0 && find->word[find->matched] != c)
		find->matched = border(find->word, find->matched);
	if (find->word[find->matched] == c)
		find->matched++;
	if (find->word[find->matched])
		return;
	find->found = true;
	find->matched = 0;
}

/* A character of the word is never one of the controls, and never beyond ASCII. */
static void end_escape(struct kf_json_find *find, unsigned int character)
{
	find->escape = 0;
	take_character(find, character < 0x80 ? (char)character : '\0');
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* After a backslash: one character, or u and four digits. */
static void take_escaped(struct kf_json_find *find, char c)
{
	int digit = digit_of(c);

	if (find->escape == 1 && c == 'u') {
		find->escape = 2;
		find->unit = 0;
	} else if (find->escape == 1) {
		end_escape(find, strchr("bfnrt", c) ? 0 : (unsigned char)c);
	} else if (digit < 0) {
		end_escape(find, 0);
	} else {
		find->unit = find->unit << 4 | (unsigned int)digit;
		if (++find->escape == 6)
			end_escape(find, find->unit);
	}
}

void kf_json_find(struct kf_json_find *find, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && !find->found; i++) {
		if (find->escape > 0)
			take_escaped(find, bytes[i]);
		else if (bytes[i] == '\\')
			find->escape = 1;
		else
			take_character(find, bytes[i]);
	}
}
