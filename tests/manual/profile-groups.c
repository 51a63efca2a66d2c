/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the table of nono's groups for tests/integration/profile-keys.bats, "NAME REQUIRED" a line. */
#include <stdio.h>

/* The table is private to its file: the file itself, and not its header. */
#include "nono/profile-groups.c" /* NOLINT(bugprone-suspicious-include) */

int main(void)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		(void)printf("%s %s\n", groups[i].name, groups[i].required ? "true" : "false");
	return fflush(stdout) == 0 ? 0 : 1;
}
