/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/row.h"

#include <stdio.h>

bool kf_cli_row(bool fine, const char *subject, const char *text)
{
	(void)printf("%-4s  %-18s  %s\n", fine ? "ok" : "fail", subject, text);
	return fine;
}
