/* SPDX-License-Identifier: Apache-2.0 */
/* kubefence: for people. Arguments in, rows out, exit code. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "node/landlock.h"
#include "node/mount-table.h"
#include "node/nono-dir.h"
#include "node/self.h"
#include "oci/runtime-path.h"
#include "policy/config.h"

enum { EXIT_USAGE = 2 };

static const char usage[] = "Usage: kubefence [--config FILE] COMMAND\n"
			    "\n"
			    "Commands:\n"
			    "  check        is this node ready to sandbox containers?\n"
			    "  inspect PID  what does the container of process PID see at /nono?\n"
			    "  help, version\n"
			    "\n"
			    "Exit status: 0 all is well; 1 something is not; 2 usage.\n";

/* One row of "check". Returns whether it is fine. */
static bool row(bool fine, const char *subject, const char *text)
{
	(void)printf("%-4s  %-18s  %s\n", fine ? "ok" : "fail", subject, text);
	return fine;
}

static bool check_nono(const struct kf_config *config)
{
	struct kf_error err = { 0 };
	cleanup_close int fd = -1;

	if (kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, &fd, &err) < 0)
		return row(false, "nono", err.message);

	bool fine = row(true, "nono", config->nono_bin_path);

	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const char *name = config->runtime_classes.items[i];
		const char *profile = kf_config_class(config, name).default_profile;
		int r = kf_nono_dir_check_profile(fd, profile, &err);

		fine &= row(r == 0, name, r == 0 ? profile : err.message);
	}
	return fine;
}

static bool check_hook(void)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };
	int r = kf_self_hook_path(&path, &err);

	return row(r == 0, "hook", r == 0 ? path : err.message);
}

static bool check_runtime(const struct kf_config *config, const char *name)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };
	int r = kf_runtime_path(kf_config_class(config, name).runtime, &path, &err);

	return row(r == 0, name, r == 0 ? path : err.message);
}

static int check(const char *config_path)
{
	cleanup_config struct kf_config *config = NULL;
	struct kf_error err = { 0 };
	char abi[32];
	int r = kf_landlock_abi(&err);
	bool fine;

	(void)snprintf(abi, sizeof abi, "ABI %d", r);
	fine = row(r > 0, "Landlock", r > 0 ? abi : err.message);
	r = kf_config_load(config_path, &config, &err);
	fine &= row(r == 0, "configuration", r == 0 ? "complete" : err.message);
	fine &= check_hook();
	if (r < 0)
		return EXIT_FAILURE;
	for (size_t i = 0; i < config->runtime_classes.count; i++)
		fine &= check_runtime(config, config->runtime_classes.items[i]);
	fine &= check_nono(config);
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int inspect(const char *argument)
{
	struct kf_nono_mount mount;
	struct kf_error err = { 0 };
	char *end;
	long pid = strtol(argument, &end, 10);

	if (*end || end == argument || pid <= 0 || pid > 4194304) {
		(void)fputs("kubefence: inspect takes a process id\n", stderr);
		return EXIT_USAGE;
	}
	if (kf_mount_table_nono((pid_t)pid, &mount, &err) < 0) {
		(void)fprintf(stderr, "kubefence: %s\n", err.message);
		return EXIT_FAILURE;
	}

	bool fine = row(mount.mounted, "/nono", mount.mounted ? mount.root : "nothing is mounted there");

	if (mount.mounted) {
		fine &= row(mount.read_only, "read-only", mount.read_only ? "yes" : "no: a process can change it");
		fine &= row(!mount.covered, "topmost", mount.covered ? "no: another mount covers it" : "yes");
		free(mount.root);
	}
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'v' },
						 { 0 } };
	const char *config_path = secure_getenv("KUBEFENCE_CONFIG"), *command = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'c')
			config_path = optarg;
		else if (option == 'h')
			command = "help";
		else if (option == 'v')
			command = "version";
		else
			return EXIT_USAGE;
	}
	if (!command)
		command = optind < argc ? argv[optind] : "";

	int operands = argc - optind - 1;

	if (strcmp(command, "check") == 0 && operands == 0)
		return check(config_path);
	if (strcmp(command, "inspect") == 0 && operands == 1)
		return inspect(argv[optind + 1]);
	if (strcmp(command, "version") == 0)
		return puts("kubefence " KF_VERSION) < 0;
	if (strcmp(command, "help") == 0)
		return fputs(usage, stdout) < 0;
	(void)fputs(usage, stderr);
	return EXIT_USAGE;
}
