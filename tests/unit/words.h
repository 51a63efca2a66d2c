/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_TESTS_UNIT_WORDS_H
#define KF_TESTS_UNIT_WORDS_H

#include "fixtures.h"

enum { WORDS_MAX = 40 };

/* Splits "a b c" into words; "@" stands for an empty one. Returns how many. */
static inline int split(char *line, char *words[static WORDS_MAX])
{
	int count = 0;

	for (char *rest = line, *word; (word = strtok_r(rest, " ", &rest));) {
		assert_true(count < WORDS_MAX - 1);
		words[count++] = strcmp(word, "@") == 0 ? word + 1 : word;
	}
	words[count] = NULL;
	return count;
}

#endif
