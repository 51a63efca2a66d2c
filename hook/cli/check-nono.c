/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "cli/check-groups.h"
#include "nono/dir.h"
#include "nono/profile.h"
#include "nono/validate.h"

#define INSTALL_NONO "scripts/get-nono.sh builds and installs a static one"

/* Opens the directory that containers of this configuration get. */
static int open_nono(struct kf_check *check)
{
	const struct kf_config *config = check->config;
	struct kf_error err = { 0 };
	int fd = -1, r = kf_nono_dir_open(config->nono_bin_path, false, &fd, &err);

	if (r == 0) {
		kf_check_ok(check, "nono", config->nono_bin_path,
			    "static; it and its directory are root's, and open to every user");
		return fd;
	}
	if (r == -ENOEXEC && config->allow_dynamic_nono == KF_SWITCH_YES &&
	    kf_nono_dir_open(config->nono_bin_path, true, &fd, &err) == 0)
		kf_check_warn(check, "nono", config->nono_bin_path, INSTALL_NONO,
			      "allow_dynamic_nono = yes: the image's loader runs before Landlock is on");
	else
		kf_check_fail(check, "nono", config->nono_bin_path, INSTALL_NONO, "%s", err.message);
	return fd;
}

/* Returns whether nono answers at all. */
static bool check_version(struct kf_check *check)
{
	const char *path = check->config->nono_bin_path;
	struct kf_nono_version version;
	struct kf_error err = { 0 };
	int r = kf_nono_version(path, KF_NONO_MSEC, &version, &err);

	if (r < 0)
		kf_check_fail(check, "nono-version", path, INSTALL_NONO, "%s", err.message);
	else if (kf_nono_version_known(&version))
		kf_check_ok(check, "nono-version", path, "%u.%u.%u", version.major, version.minor, version.patch);
	else
		kf_check_warn(check, "nono-version", path, "use one of those: profiles may mean something else here",
			      "%u.%u.%u is not among the versions that were tested (" KF_NONO_VERSIONS ")",
			      version.major, version.minor, version.patch);
	return r == 0 || r == -EINVAL;
}

/* The first class whose pods get this profile when they ask for none, or NULL. */
static const char *class_with_default(const struct kf_config *config, const char *profile)
{
	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (class.delivery != KF_DELIVERY_GUEST && strcmp(class.default_profile, profile) == 0)
			return class.name;
	}
	return NULL;
}

/* Can the profile be read, can nono wrap enforce it, and does nono accept it? ASK: nono answers, so it is asked. */
static int judge_profile(const struct kf_config *config, int nono_fd, const char *name, bool ask, struct kf_error *err)
{
	cleanup_profile struct kf_profile profile = { 0 };
	cleanup_free char *path = NULL;
	cleanup_close int fd = -1;
	int r = kf_nono_dir_open_profile(nono_fd, name, &fd, err);

	if (r == 0)
		r = kf_profile_read(fd, name, &profile, err);
	if (r == 0)
		r = kf_profile_check_wrap(&profile, name, err);
	if (r == 0)
		r = kf_profile_check_last_step(&profile, name, err);
	if (r < 0 || !ask)
		return r;
	if (kf_nono_dir_profile_path(config->nono_dir, name, &path) < 0)
		return kf_oom(err);
	return kf_nono_validate(config->nono_bin_path, path, KF_NONO_MSEC, err);
}

/* A broken profile is a failure if a class has it by default; else only pods that ask for it do not start. */
static void check_profile(struct kf_check *check, int nono_fd, const char *name, bool ask)
{
	static const char remedy[] = "correct or replace its file (kubefence profiles, kubefence-profiles(7))";
	const char *class = class_with_default(check->config, name);
	struct kf_error err = { 0 };

	if (judge_profile(check->config, nono_fd, name, ask, &err) < 0) {
		if (class)
			kf_check_fail(check, "profile", name, remedy, "%s (class %s has it by default)", err.message,
				      class);
		else
			kf_check_warn(check, "profile", name, remedy, "%s", err.message);
	} else {
		kf_check_ok(check, "profile", name, "%s%s%s", ask ? "accepted by nono" : "fits nono wrap",
			    class ? "; default of class " : "", class ? class : "");
	}
}

static void check_profiles(struct kf_check *check, int nono_fd, bool ask)
{
	const struct kf_config *config = check->config;
	struct kf_list names = { 0 };
	struct kf_error err = { 0 };

	if (kf_nono_dir_list_profiles(nono_fd, &names, &err) < 0)
		kf_check_fail(check, "profile", config->nono_dir, "scripts/install-profiles.sh", "%s", err.message);
	for (size_t i = 0; i < names.count; i++)
		check_profile(check, nono_fd, names.items[i], ask);
	/* Then the default profiles that have no file. */
	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);
		const char *first = class_with_default(config, class.default_profile);

		if (kf_list_has(&names, class.default_profile) || !first || strcmp(first, class.name) != 0)
			continue;
		if (class.profile_lookup == KF_PROFILE_LOOKUP_FILES_THEN_NONO)
			kf_check_warn(check, "profile", class.default_profile, "install it as a file",
				      "has no file: class %s leaves the name to nono", class.name);
		else
			check_profile(check, nono_fd, class.default_profile, false);
	}
	kf_list_clear(&names);
}

/* The directory must be read-only on a node that hands it to virtual machines. */
static void check_read_only(struct kf_check *check, int nono_fd)
{
	const struct kf_config *config = check->config;
	struct kf_error err = { 0 };
	bool kata = false;

	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		kata |= class.vm && class.delivery == KF_DELIVERY_MOUNT && kf_check_class_is_here(&class);
	}
	if (!kata)
		return;
	if (kf_nono_dir_check_read_only(nono_fd, config->nono_dir, &err) < 0)
		kf_check_fail(check, "read-only", config->nono_dir, "systemctl enable --now 'opt-nono\\x2dnri.mount'",
			      "%s", err.message);
	else
		kf_check_ok(check, "read-only", config->nono_dir, "a read-only mount, as Kata needs it");
}

void kf_check_nono(struct kf_check *check)
{
	if (!check->config)
		return;

	cleanup_close int nono_fd = open_nono(check);

	if (nono_fd < 0)
		return;
	check_profiles(check, nono_fd, check_version(check));
	check_read_only(check, nono_fd);
}
