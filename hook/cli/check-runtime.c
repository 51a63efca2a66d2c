/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can the runtime of a class read what the engine writes? crun before 1.14.2 refuses every config.json whose ociVersion
 * is newer than the ones it knows ("unknown version specified"), and engines of these years write such
 * (runtime-spec 1.1 and later). runc has never looked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/check-engine.h"
#include "runtime/path.h"

static bool is_older(struct kf_engine_version a, struct kf_engine_version b)
{
	if (a.major != b.major)
		return a.major < b.major;
	return a.minor != b.minor ? a.minor < b.minor : a.patch < b.patch;
}

bool kf_engine_find_version(const char *said, const char *front, struct kf_engine_version *ret)
{
	const char *text = strstr(said, front);

	if (!text)
		return false;
	for (text += strlen(front); *text && *text != '\n'; text += strcspn(text, " \n"), text += *text == ' ') {
		text += *text == 'v';
		if (sscanf(text, "%u.%u.%u", &ret->major, &ret->minor, &ret->patch) == 3)
			return true;
	}
	return false;
}

static bool ask_version(const struct kf_engine *engine, const char *program, const char *front,
			struct kf_engine_version *ret)
{
	const char *const argv[] = { program, "--version", NULL };
	cleanup_free char *said = kf_engine_ask(engine, argv, program);

	return said && kf_engine_find_version(said, front, ret);
}

bool kf_engine_judge_runtime(const struct kf_engine *engine, const struct kf_class_settings *class,
			     unsigned int writes_major, unsigned int writes_minor)
{
	static const struct kf_engine_version reads_all = { 1, 14, 2 };
	cleanup_free char *path = NULL;
	struct kf_engine_version runtime, program;
	struct kf_error unused;

	if (class->vm || !engine->program || kf_runtime_path(class->runtime, &path, &unused) < 0 ||
	    !strstr(strrchr(path, '/'), "crun") || !ask_version(engine, path, "crun version", &runtime) ||
	    !is_older(runtime, reads_all) || !ask_version(engine, engine->program, engine->name, &program) ||
	    is_older(program, (struct kf_engine_version){ writes_major, writes_minor, 0 }))
		return true;
	kf_check_fail(engine->check, engine->name, class->name,
		      "set runtime in the class's section to runc, or to crun 1.14.2 or newer",
		      "%s (crun %u.%u.%u) refuses what %s %u.%u writes: its containers do not start", path,
		      runtime.major, runtime.minor, runtime.patch, engine->name, program.major, program.minor);
	return false;
}
