/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/row.h"
#include "node/landlock.h"
#include "node/nono-dir.h"
#include "node/self.h"
#include "oci/profile.h"
#include "oci/runtime-path.h"
#include "policy/config.h"
#include "stage/seccomp.h"

/* Is the profile there, and can nono wrap enforce it? */
static int check_profile(int nono_fd, const char *name, struct kf_error *err)
{
	cleanup_profile struct kf_profile profile = { 0 };
	cleanup_close int fd = -1;
	int r = kf_nono_dir_open_profile(nono_fd, name, &fd, err);

	if (r == 0)
		r = kf_profile_read(fd, name, &profile, err);
	return r < 0 ? r : kf_profile_check_wrap(&profile, name, err);
}

static bool check_nono(const struct kf_config *config)
{
	struct kf_error err = { 0 };
	cleanup_close int fd = -1;

	if (kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, &fd, &err) < 0)
		return kf_cli_row(false, "nono", err.message);

	bool fine = kf_cli_row(true, "nono", config->nono_bin_path);

	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const char *name = config->runtime_classes.items[i];
		const char *profile = kf_config_class(config, name).default_profile;
		int r = check_profile(fd, profile, &err);

		fine &= kf_cli_row(r == 0, name, r == 0 ? profile : err.message);
	}
	return fine;
}

static bool check_hook(void)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };
	int r = kf_self_hook_path(&path, &err);

	return kf_cli_row(r == 0, "hook", r == 0 ? path : err.message);
}

static bool check_runtime(const struct kf_config *config, const char *name)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };
	int r = kf_runtime_path(kf_config_class(config, name).runtime, &path, &err);

	return kf_cli_row(r == 0, name, r == 0 ? path : err.message);
}

/* Only of a class that has one. */
static bool check_seccomp(const struct kf_config *config, const char *name)
{
	const struct kf_class_settings class = kf_config_class(config, name);
	cleanup_json struct json_object *profile = NULL;
	struct kf_error err = { 0 };
	int r = kf_stage_seccomp(&class, &profile, &err);

	if (r == 0 && !profile)
		return true;
	return kf_cli_row(r == 0, "seccomp", r == 0 ? class.seccomp_profile : err.message);
}

int kf_cli_check(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_config struct kf_config *config = NULL;
	struct kf_error err = { 0 };
	char abi[32];

	if (argc != 1) {
		(void)fprintf(stderr, "kubefence: %s takes no arguments\n", argv[0]);
		return KF_CLI_USAGE;
	}

	int r = kf_landlock_abi(&err);
	bool fine;

	(void)snprintf(abi, sizeof abi, "ABI %d", r);
	fine = kf_cli_row(r > 0, "Landlock", r > 0 ? abi : err.message);
	r = kf_config_load(cli->config_path, &config, &err);
	fine &= kf_cli_row(r == 0, "configuration", r == 0 ? "complete" : err.message);
	fine &= check_hook();
	if (r < 0)
		return KF_CLI_PROBLEM;
	for (size_t i = 0; i < config->runtime_classes.count; i++)
		fine &= check_runtime(config, config->runtime_classes.items[i]);
	for (size_t i = 0; i < config->runtime_classes.count; i++)
		fine &= check_seccomp(config, config->runtime_classes.items[i]);
	fine &= check_nono(config);
	return fine ? KF_CLI_OK : KF_CLI_PROBLEM;
}
