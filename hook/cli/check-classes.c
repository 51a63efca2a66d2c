/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/lookup.h"
#include "base/path.h"
#include "cli/check-groups.h"
#include "node/self.h"
#include "runtime/path.h"
#include "stage/seccomp.h"

#define WRAPPER "kubefence-runtime"

bool kf_check_class_is_here(const struct kf_class_settings *class)
{
	return !class->vm || access(class->runtime, F_OK) == 0;
}

/* Can only root change the program PATH, or put another one in its place? 0, or negative and the reason. */
static int check_owner(const char *path, struct kf_error *err)
{
	cleanup_free char *real = realpath(path, NULL), *dir = NULL;
	cleanup_close int dirfd = -1, fd = -1;
	int r;

	if (!real)
		return kf_fail_errno(err, errno, "cannot look at %s", path);
	r = kf_parent_dir(real, &dir, err);
	if (r == 0)
		r = kf_open_trusted_dir(dir, &dirfd, err);
	return r < 0 ? r : kf_open_trusted_file(dirfd, strrchr(real, '/') + 1, S_IXUSR, real, &fd, err);
}

static void check_hook(struct kf_check *check)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };

	if (kf_self_hook_path(&path, &err) < 0)
		kf_check_fail(check, "hook", "", "install kubefence again (make install, or its package)", "%s",
			      err.message);
	else if (check_owner(path, &err) < 0)
		kf_check_warn(check, "hook", path, "chown root:root and chmod go-w, or install it elsewhere",
			      "root runs this program, and others can change it: %s", err.message);
	else
		kf_check_ok(check, "hook", "", "%s", path);
}

/* This program is not the wrapper, so that kf_runtime_path() does not know it. */
static bool is_wrapper(const char *path)
{
	cleanup_free char *wrapper = NULL, *real = realpath(path, NULL);
	struct stat st, ours;

	if (!real)
		return false;
	return strcmp(basename(real), WRAPPER) == 0 ||
	       (kf_find_program(WRAPPER, &wrapper) == 0 && stat(real, &st) == 0 && stat(wrapper, &ours) == 0 &&
		kf_same_file(&st, &ours));
}

/* An engine's own handlers call them by these names. */
static void check_names(struct kf_check *check)
{
	static const char *const names[] = { "crun", "runc" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		cleanup_free char *path = NULL;

		if (kf_find_program(names[i], &path) == 0 && is_wrapper(path))
			kf_check_fail(check, "runtime", names[i], "install the real one there",
				      "%s leads to " WRAPPER ": containers are NOT sandboxed by this name, and refused",
				      path);
	}
}

static void check_runtime(struct kf_check *check, const struct kf_class_settings *class)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };

	/* Most nodes have no Kata and are complete without it; our shim fails if a container asks for it. */
	if (!kf_check_class_is_here(class))
		kf_check_ok(check, "runtime", class->name, "not on this node: no %s", class->runtime);
	else if (kf_runtime_path(class->runtime, &path, &err) < 0 || kf_runtime_check_kernel(path, &err) < 0)
		kf_check_fail(check, "runtime", class->name, "install it, or set runtime in the class's section", "%s",
			      err.message);
	else if (is_wrapper(path))
		kf_check_fail(check, "runtime", class->name, "set runtime in the class's section to the real one",
			      "%s leads to " WRAPPER, path);
	else
		kf_check_ok(check, "runtime", class->name, "%s", path);
}

/* A class without a seccomp profile has no row. */
static void check_seccomp(struct kf_check *check, const struct kf_class_settings *class)
{
	cleanup_json struct json_object *profile = NULL;
	struct kf_error err = { 0 };

	if (kf_stage_seccomp(class, &profile, &err) < 0)
		kf_check_fail(check, "seccomp", class->name, "correct the file, or seccomp_profile", "%s", err.message);
	else if (profile)
		kf_check_ok(check, "seccomp", class->name, "%s", class->seccomp_profile);
}

/* The settings of a section with a misspelt name have no effect, which is easily overlooked. */
static void check_sections(struct kf_check *check)
{
	for (size_t i = 0; i < check->config->class_count; i++) {
		const char *name = check->config->classes[i].name;

		if (!kf_config_has_class(check->config, name))
			kf_check_warn(check, "class", name, "correct the name, or add it to runtime_classes",
				      "has a section, but is not one of runtime_classes");
	}
}

void kf_check_classes(struct kf_check *check)
{
	const struct kf_config *config = check->config;

	check_hook(check);
	check_names(check);
	if (config)
		check_sections(check);
	for (size_t i = 0; config && i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		check_runtime(check, &class);
		check_seccomp(check, &class);
	}
}
