/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/check.h"
#include "node/self.h"
#include "oci/runtime-path.h"
#include "stage/seccomp.h"

bool kf_check_class_is_here(const struct kf_class_settings *class)
{
	return !class->vm || access(class->runtime, F_OK) == 0;
}

static void check_hook(struct kf_check *check)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };

	if (kf_self_hook_path(&path, &err) < 0)
		kf_check_fail(check, "hook", "", "install kubefence again (make install, or its package)", "%s",
			      err.message);
	else
		kf_check_ok(check, "hook", "", "%s", path);
}

static void check_runtime(struct kf_check *check, const struct kf_class_settings *class)
{
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };

	/* Most nodes have none, and are complete without it; its shim fails where it is needed. */
	if (!kf_check_class_is_here(class))
		kf_check_ok(check, "runtime", class->name, "not on this node: no %s", class->runtime);
	else if (kf_runtime_path(class->runtime, &path, &err) < 0)
		kf_check_fail(check, "runtime", class->name, "install it, or set runtime in the class's section", "%s",
			      err.message);
	else
		kf_check_ok(check, "runtime", class->name, "%s", path);
}

/* Only of a class that has one. */
static void check_seccomp(struct kf_check *check, const struct kf_class_settings *class)
{
	cleanup_json struct json_object *profile = NULL;
	struct kf_error err = { 0 };

	if (kf_stage_seccomp(class, &profile, &err) < 0)
		kf_check_fail(check, "seccomp", class->name, "correct the file, or seccomp_profile", "%s", err.message);
	else if (profile)
		kf_check_ok(check, "seccomp", class->name, "%s", class->seccomp_profile);
}

/* A misspelt one takes its settings along, and nobody would notice. */
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
	if (config)
		check_sections(check);
	for (size_t i = 0; config && i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		check_runtime(check, &class);
		check_seccomp(check, &class);
	}
}
