/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "cli/check-engine.h"

/* Podman takes the first of a runtime's paths that exists. */
static char *first_program(const struct kf_list *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (access(paths->items[i], F_OK) == 0)
			return strdup(paths->items[i]);
	return paths->count > 0 ? strdup(paths->items[0]) : NULL;
}

/* Podman has no command that prints its runtimes, but `podman info` names the one it would take. */
static void confirm_podman(struct kf_engine *engine, const struct kf_class_settings *class, const char *program)
{
	const char *const argv[] = {
		engine->program, "--runtime", class->name, "info", "--format", "{{.Host.OCIRuntime.Path}}", NULL
	};
	cleanup_free char *answer = NULL;

	/* Other users have a configuration of their own, and Podman would set up their storage for the answer. */
	if (geteuid() == 0)
		answer = kf_engine_ask(engine, argv, "podman info");
	if (answer) {
		answer[strcspn(answer, "\r\n")] = '\0';
		engine->source = "podman info";
		program = answer;
	}
	kf_engine_judge_program(engine, class, program);
}

/* Then Podman's own health checks and `podman exec` start commands beside our hooks. */
static void judge_hooks_only(const struct kf_engine *engine, const struct kf_class_settings *class)
{
	kf_engine_judge_missing(engine, class);
	kf_check_warn(engine->check, engine->name, class->name,
		      "scripts/install-node.sh --engine podman; then podman --runtime",
		      "with hooks only, an image's HEALTHCHECK and podman exec are not confined, and --hooks-dir "
		      "replaces the hooks");
}

static void judge_podman_class(struct kf_engine *engine, const struct kf_class_settings *class)
{
	struct kf_list paths = { 0 };
	cleanup_free char *name = NULL, *program = NULL;

	engine->source = "lines of containers.conf and containers.conf.d";
	if (kf_format(&name, "engine.runtimes.%s", class->name) == 0 && kf_engine_strings(engine, name, &paths))
		program = first_program(&paths);
	kf_list_clear(&paths);
	if (!program)
		judge_hooks_only(engine, class);
	else if (engine->program && access(program, X_OK) == 0)
		confirm_podman(engine, class, program);
	else
		kf_engine_judge_program(engine, class, program);
}

void kf_check_podman(struct kf_check *check)
{
	cleanup_engine struct kf_engine podman = { .check = check,
						   .name = "podman",
						   .program = kf_engine_find_program("podman") };

	if (!kf_engine_is_here(&podman, NULL))
		return;
	kf_engine_read(&podman, "/usr/share/containers/containers.conf");
	kf_engine_read(&podman, "/etc/containers/containers.conf");
	kf_engine_read_all(&podman, "/etc/containers/containers.conf.d/*.conf");
	kf_engine_for_each_class(&podman, false, judge_podman_class);
	kf_engine_check_hooks(&podman, "engine.hooks_dir", true);
}
