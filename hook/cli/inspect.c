/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/row.h"
#include "node/mount-table.h"

int kf_cli_inspect(const struct kf_cli *cli, int argc, char *argv[])
{
	const char *argument = argc == 2 ? argv[1] : "";
	struct kf_nono_mount mount;
	struct kf_error err = { 0 };
	char *end;
	long pid = strtol(argument, &end, 10);

	(void)cli;
	if (*end || end == argument || pid <= 0 || pid > 4194304) {
		(void)fputs("kubefence: inspect takes a process id\n", stderr);
		return KF_CLI_USAGE;
	}
	if (kf_mount_table_nono((pid_t)pid, &mount, &err) < 0) {
		(void)fprintf(stderr, "kubefence: %s\n", err.message);
		return KF_CLI_PROBLEM;
	}

	bool fine = kf_cli_row(mount.mounted, "/nono", mount.mounted ? mount.root : "nothing is mounted there");

	if (mount.mounted) {
		fine &= kf_cli_row(mount.read_only, "read-only",
				   mount.read_only ? "yes" : "no: a process can change it");
		fine &= kf_cli_row(!mount.covered, "topmost", mount.covered ? "no: another mount covers it" : "yes");
		free(mount.root);
	}
	return fine ? KF_CLI_OK : KF_CLI_PROBLEM;
}
