/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the hooks' JSON files as CRI-O and Podman do (oci-hooks(5); they share the code): every *.json of every
 * directory, and a later file replaces an earlier one of the same name. They leave out a hook whose program is missing,
 * without a word.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "cli/check-groups.h"
#include "cli/hook-file.h"

enum { HOOK_FILES_MAX = 512 };

struct hook {
	char *path;
	struct json_object *file; /* NULL: no engine can read it */
	struct kf_error err;      /* why */
};

struct hooks {
	struct kf_check *check;
	const char *engine;
	bool precreate;
	struct hook items[HOOK_FILES_MAX];
	size_t count;
};

static bool is_json(const char *name)
{
	size_t length = strlen(name);

	return length > strlen(".json") && strcmp(name + length - strlen(".json"), ".json") == 0;
}

static struct hook load(const char *dir, const char *name)
{
	cleanup_free char *text = NULL;
	struct hook hook = { 0 };
	char quoted[KF_QUOTED_MAX];
	size_t length;

	if (kf_format(&hook.path, "%s/%s", dir, name) < 0)
		(void)kf_oom(&hook.err);
	else if (kf_read_file(hook.path, KF_HOOK_FILE_MAX, &text, &length, &hook.err) == 0)
		(void)kf_hook_file_parse(text, length, kf_quote(quoted, name), &hook.file, &hook.err);
	return hook;
}

static void hook_done(struct hook *hook)
{
	free(hook->path);
	(void)json_object_put(hook->file);
}

static bool is_ours(const struct hook *hook)
{
	return hook->file && kf_hook_file_is_ours(hook->file);
}

/* HOOK replaces the hook of the same name, or becomes the last one. Takes HOOK over. */
static void add(struct hooks *hooks, struct hook *hook)
{
	for (size_t i = 0; hook->path && i < hooks->count; i++) {
		struct hook *old = &hooks->items[i];

		if (strcmp(basename(old->path), basename(hook->path)) != 0)
			continue;
		if (is_ours(old) && !is_ours(hook))
			kf_check_fail(hooks->check, "hooks", hooks->engine, "rename or remove the second one",
				      "%s is replaced by %s, which is not kubefence's: our hook does not run",
				      old->path, hook->path);
		hook_done(old);
		*old = *hook;
		return;
	}
	if (hook->path && hooks->count < HOOK_FILES_MAX)
		hooks->items[hooks->count++] = *hook;
	else
		hook_done(hook);
}

static void read_dir(struct hooks *hooks, const char *path)
{
	cleanup_dir DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t seen = 0;

	/* Engines make a missing directory. */
	if (!dir && errno == ENOENT)
		return;
	if (!dir) {
		kf_check_fail(hooks->check, "hooks", hooks->engine, "make it readable, or take it out of hooks_dir",
			      "cannot open %s: %s", path, strerror(errno));
		return;
	}
	while ((entry = readdir(dir))) {
		if (!is_json(entry->d_name))
			continue;
		if (seen++ == HOOK_FILES_MAX) {
			kf_check_warn(hooks->check, "hooks", hooks->engine, "remove some",
				      "%s has more than %d files: the others were not looked at", path, HOOK_FILES_MAX);
			return;
		}

		struct hook hook = load(path, entry->d_name);

		add(hooks, &hook);
	}
}

/* Lists the stages in the file that kubefence has a hook for. */
static void name_stages(struct json_object *file, char *buf, size_t size)
{
	static const char *const stages[] = { "precreate", "prestart", "createRuntime", "poststop" };
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (kf_hook_file_has_stage(file, stages[i]))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", stages[i]);
}

static void judge_ours(const struct hooks *hooks, const struct hook *hook)
{
	const char *program = kf_hook_file_program(hook->file);
	char stages[64];

	name_stages(hook->file, stages, sizeof stages);
	if (access(program, X_OK) < 0)
		kf_check_fail(hooks->check, "hooks", hooks->engine,
			      "install kubefence again (make install, or its package), or remove the JSON",
			      "%s: %s is MISSING or not executable, and %s silently runs NO hook then", hook->path,
			      program, hooks->engine);
	else
		kf_check_ok(hooks->check, "hooks", hooks->engine, "%s: %s, for %s", hook->path, stages,
			    kf_hook_file_is_for_all(hook->file) ? "all containers" : "some containers (its when)");
}

static void judge(const struct hooks *hooks, const struct hook *hook)
{
	if (!hook->file) {
		kf_check_fail(hooks->check, "hooks", hooks->engine, "repair the file, or move it away",
			      "%s: %s; the engine fails with it", hook->path, hook->err.message);
		return;
	}
	if (!hooks->precreate && kf_hook_file_has_stage(hook->file, "precreate"))
		kf_check_fail(hooks->check, "hooks", hooks->engine,
			      "move it to a directory that only Podman reads (scripts/install-node.sh does that)",
			      "%s names the stage precreate, which this engine does not know: it does not START with "
			      "it",
			      hook->path);
	if (is_ours(hook))
		judge_ours(hooks, hook);
}

static bool have_stage(const struct hooks *hooks, const char *stage)
{
	for (size_t i = 0; i < hooks->count; i++)
		if (is_ours(&hooks->items[i]) && kf_hook_file_has_stage(hooks->items[i].file, stage))
			return true;
	return false;
}

/* Our wrapper adds these hooks itself, if it is the runtime. */
static void judge_missing(const struct hooks *hooks)
{
	if (hooks->precreate && !have_stage(hooks, "precreate"))
		kf_check_warn(
			hooks->check, "hooks", hooks->engine, "scripts/install-node.sh",
			"no precreate hook of kubefence: an annotation alone sandboxes nothing, only --runtime does");
	if (!have_stage(hooks, "createRuntime") && !have_stage(hooks, "prestart"))
		kf_check_warn(hooks->check, "hooks", hooks->engine, "scripts/install-node.sh",
			      "no createRuntime hook of kubefence: containers that opt in by annotation, not by their "
			      "runtime, start unsandboxed, and skips are not logged");
}

void kf_check_hooks(struct kf_check *check, const char *engine, const struct kf_list *dirs, bool precreate)
{
	struct hooks *hooks = calloc(1, sizeof *hooks);

	if (!hooks)
		return;
	hooks->check = check;
	hooks->engine = engine;
	hooks->precreate = precreate;
	for (size_t i = 0; i < dirs->count; i++)
		read_dir(hooks, dirs->items[i]);
	for (size_t i = 0; i < hooks->count; i++)
		judge(hooks, &hooks->items[i]);
	judge_missing(hooks);
	for (size_t i = 0; i < hooks->count; i++)
		hook_done(&hooks->items[i]);
	free(hooks);
}
