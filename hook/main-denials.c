/* SPDX-License-Identifier: Apache-2.0 */
/* kubefence-denials: the commands of kubefence that look at containers. kubefence becomes it; see cli/denials.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/denials.h"

/* Output that did not reach its file is no success. */
static int flush(int code)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? code : KF_CLI_PROBLEM;
}

int main(int argc, char *argv[])
{
	const struct kf_cli cli = { .config_path = secure_getenv("KUBEFENCE_CONFIG") };

	if (argc > 0 && strcmp(argv[0], "denials") == 0)
		return flush(kf_denials_show(&cli, argc, argv));
	if (argc > 0 && strcmp(argv[0], "learn") == 0)
		return flush(kf_denials_learn(&cli, argc, argv));
	return kf_cli_misused("this program is a part of kubefence: run kubefence denials");
}
