/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

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

/* A virtual machine of this node may be given the nono directory. */
static bool has_kata(const struct kf_config *config)
{
	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (class.vm && class.delivery == KF_DELIVERY_MOUNT && access(class.runtime, F_OK) == 0)
			return true;
	}
	return false;
}

static bool check_read_only(const struct kf_config *config, int nono_fd)
{
	struct kf_error err = { 0 };

	if (!has_kata(config))
		return true;

	int r = kf_nono_dir_check_read_only(nono_fd, config->nono_dir, &err);

	return kf_cli_row(r == 0, "read-only for Kata", r == 0 ? config->nono_dir : err.message);
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
		const struct kf_class_settings class = kf_config_class(config, name);
		const char *profile = class.default_profile;

		if (class.delivery == KF_DELIVERY_GUEST)
			continue;

		int r = check_profile(fd, profile, &err);

		fine &= kf_cli_row(r == 0, name, r == 0 ? profile : err.message);
	}
	return fine & check_read_only(config, fd);
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
	const struct kf_class_settings class = kf_config_class(config, name);
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };
	char text[PATH_MAX + 64];

	/* Most nodes have none, and are complete without it; its shim fails where it is needed. */
	if (class.vm && access(class.runtime, F_OK) < 0) {
		(void)snprintf(text, sizeof text, "not on this node: no %s", class.runtime);
		return kf_cli_row(true, name, text);
	}

	int r = kf_runtime_path(class.runtime, &path, &err);

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
