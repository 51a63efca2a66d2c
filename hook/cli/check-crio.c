/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/check-engine.h"

static void judge_crio_class(struct kf_engine *engine, const struct kf_class_settings *class)
{
	static const char front[] = "crio.runtime.runtimes.";
	cleanup_free char *program = kf_engine_of_class(engine, front, class->name, ".runtime_path");
	cleanup_free char *inherits = kf_engine_of_class(engine, front, class->name, ".inherit_default_runtime");

	if (!program)
		kf_engine_judge_missing(engine, class);
	else if (inherits && strcmp(inherits, "true") == 0)
		kf_check_fail(engine->check, engine->name, class->name, "take inherit_default_runtime out",
			      "inherit_default_runtime replaces %s by the default runtime (%s)", program,
			      engine->source);
	else if (kf_engine_judge_runtime(engine, class, 1, 30))
		kf_engine_judge_program(engine, class, program);
}

void kf_check_crio(struct kf_check *check)
{
	cleanup_engine struct kf_engine crio = { .check = check,
						 .name = "crio",
						 .program = kf_engine_find_program("crio") };
	const char *const argv[] = { crio.program, "config", NULL };

	if (!kf_engine_is_here(&crio, "/etc/crio"))
		return;
	if (!kf_engine_ask_config(&crio, argv, "crio config")) {
		crio.source = "lines of /etc/crio/crio.conf and crio.conf.d";
		kf_engine_read(&crio, "/etc/crio/crio.conf");
		kf_engine_read_all(&crio, "/etc/crio/crio.conf.d/*");
	}
	kf_engine_for_each_class(&crio, true, judge_crio_class);
	kf_engine_check_hooks(&crio, "crio.runtime.hooks_dir", false);
}
