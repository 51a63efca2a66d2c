/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the table of a profile's settings for tests/integration/profile-keys.bats, "SECTION KEY KIND NULLABLE REFUSED
 * WORDS" a line with tabs between them; "-" is the document itself, or no words.
 */
#include <stdio.h>

/* The table is private to its file: the file itself, and not its header. */
#include "nono/profile-keys.c" /* NOLINT(bugprone-suspicious-include) */

static const char *const kinds[] = {
	[KIND_STRING] = "string",   [KIND_BOOL] = "bool",       [KIND_WORD] = "word",
	[KIND_STRINGS] = "strings", [KIND_ENTRIES] = "entries", [KIND_PATTERNS] = "patterns",
	[KIND_PORTS] = "ports",     [KIND_RANGES] = "ranges",   [KIND_VARIABLES] = "variables",
	[KIND_SECTION] = "section", [KIND_OBJECT] = "object",   [KIND_ARRAY] = "array",
	[KIND_NOTHING] = "nothing",
};

int main(void)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const struct setting *setting = &settings[i];

		(void)printf("%s\t%s\t%s\t%s\t%s\t%s\n", setting->section ? setting->section : "-", setting->key,
			     kinds[setting->kind], setting->nullable ? "yes" : "no", setting->refusal ? "yes" : "no",
			     setting->words ? setting->words : "-");
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
