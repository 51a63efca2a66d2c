/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/command.h"
#include "node/self.h"

int kf_cli_become_denials(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };

	(void)argc;
	if (kf_self_denials_path(&path, &err) < 0)
		return kf_cli_fail(&err);
	/* The command line stays the command's own; the rest goes where kubefence looks for it itself. */
	if (cli->config_path && setenv("KUBEFENCE_CONFIG", cli->config_path, 1) < 0)
		return kf_cli_fail((kf_oom(&err), &err));
	(void)execv(path, argv);
	(void)kf_fail_errno(&err, errno, "cannot run %s", path);
	return kf_cli_fail(&err);
}
