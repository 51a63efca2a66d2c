/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the configuration parser's own tables, "SECTION KEY" a line, for tests/integration/manual.bats. */
#include <stdio.h>

/* They are private to their file: the file itself, and not its header. */
#include "policy/config-keys.c" /* NOLINT(bugprone-suspicious-include) */

static void print(const char *section, const struct key *key)
{
	for (; key->name; key++)
		(void)printf("%s %s\n", section, key->name);
}

int main(void)
{
	print("kubefence", main_keys);
	print("class", class_keys);
	return fflush(stdout) == 0 ? 0 : 1;
}
