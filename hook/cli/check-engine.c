/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check-engine.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/nono.h"
#include "base/toml-lines.h"
#include "node/command.h"
#include "runtime/path.h"

enum { CONFIG_MAX = 4 * 1024 * 1024, ANSWER_SECONDS = 10 };

/* --- the engine on this node ------------------------------------------------------------------------------------- */

char *kf_engine_find_program(const char *name)
{
	char *path = NULL;

	(void)kf_find_program(name, &path);
	return path;
}

bool kf_engine_is_here(const struct kf_engine *engine, const char *config_dir)
{
	return engine->program || (config_dir && access(config_dir, F_OK) == 0);
}

void kf_engine_read(struct kf_engine *engine, const char *path)
{
	cleanup_free char *text = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;
	int r = kf_read_file(path, CONFIG_MAX, &text, &length, &err);

	if (r == 0)
		r = kf_list_add(&engine->texts, text, length);
	if (r < 0 && r != -ENOENT)
		kf_check_warn(engine->check, engine->name, path, "repair it", "not looked at: %s", err.message);
}

void kf_engine_read_all(struct kf_engine *engine, const char *pattern)
{
	glob_t found = { 0 };

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			kf_engine_read(engine, found.gl_pathv[i]);
	globfree(&found);
}

/* The last line of TEXT that is not empty. */
static const char *last_line(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr("\r\n ", end[-1]))
		*--end = '\0';
	while (end > text && end[-1] != '\n')
		end--;
	return end;
}

/* Runs the program once more for its complaint: this time, its standard error counts. */
static int explain_failure(struct kf_command command, int status, struct kf_error *err)
{
	cleanup_free char *output = NULL;
	char quoted[KF_QUOTED_MAX];
	struct kf_error unused;

	command.with_stderr = true;
	if (kf_command_ask(&command, &output, &status, &unused) < 0 || !output[0])
		return kf_fail(err, EINVAL, "it ended with exit status %d", status);
	return kf_fail(err, EINVAL, "it ended with exit status %d and said: %s", status,
		       kf_quote(quoted, last_line(output)));
}

char *kf_engine_ask(const struct kf_engine *engine, const char *const argv[], const char *words)
{
	const char *home = getenv("HOME"), *runtime_dir = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *home_variable = NULL, *runtime_variable = NULL, *output = NULL;
	struct kf_error err = { 0 };
	int status = 0;

	if (kf_format(&home_variable, "HOME=%s", home ? home : "/root") < 0)
		return NULL;
	if (runtime_dir)
		(void)kf_format(&runtime_variable, "XDG_RUNTIME_DIR=%s", runtime_dir);

	const char *const env[] = { "PATH=" KF_DEFAULT_PATH, "LC_ALL=C", home_variable, runtime_variable, NULL };
	const struct kf_command command = {
		.argv = argv, .env = env, .msec = ANSWER_SECONDS * 1000, .max = CONFIG_MAX
	};
	int r = kf_command_ask(&command, &output, &status, &err);

	if (r == 0 && status != 0)
		r = explain_failure(command, status, &err);
	if (r == 0)
		return kf_steal_string(&output);
	kf_check_warn(engine->check, engine->name, words, "run it to see more", "it does not answer: %s", err.message);
	return NULL;
}

bool kf_engine_ask_config(struct kf_engine *engine, const char *const argv[], const char *words)
{
	cleanup_free char *text = engine->program ? kf_engine_ask(engine, argv, words) : NULL;

	if (!text || !text[0] || kf_list_add(&engine->texts, text, strlen(text)) < 0)
		return false;
	engine->source = words;
	return true;
}

void kf_engine_done(struct kf_engine *engine)
{
	free(engine->program);
	kf_list_clear(&engine->texts);
}

/* --- settings ---------------------------------------------------------------------------------------------------- */

bool kf_engine_strings(const struct kf_engine *engine, const char *name, struct kf_list *ret)
{
	bool found = false;

	for (size_t i = 0; i < engine->texts.count; i++)
		found |= kf_toml_strings(engine->texts.items[i], name, ret) > 0;
	return found;
}

char *kf_engine_of_class(const struct kf_engine *engine, const char *front, const char *class, const char *back)
{
	struct kf_list found = { 0 };
	cleanup_free char *name = NULL;
	char *value = NULL;

	if (kf_format(&name, "%s%s%s", front, class, back) == 0 && kf_engine_strings(engine, name, &found) &&
	    found.count > 0)
		value = strdup(found.items[0]);
	kf_list_clear(&found);
	return value;
}

void kf_engine_check_hooks(const struct kf_engine *engine, const char *setting, bool precreate)
{
	static const char default_dir[] = "/usr/share/containers/oci/hooks.d";
	struct kf_list dirs = { 0 };

	if (!kf_engine_strings(engine, setting, &dirs))
		(void)kf_list_add(&dirs, default_dir, strlen(default_dir));
	kf_check_hooks(engine->check, engine->name, &dirs, precreate);
	kf_list_clear(&dirs);
}

/* --- a handler --------------------------------------------------------------------------------------------------- */

#define WRAPPER "kubefence-runtime"
#define SHIM "containerd-shim-nono-kata-v2"

void kf_engine_judge_missing(const struct kf_engine *engine, const struct kf_class_settings *class)
{
	cleanup_free char *remedy = NULL;

	(void)kf_format(&remedy, "scripts/install-node.sh --engine %s", engine->name);
	kf_check_warn(engine->check, engine->name, class->name, remedy ? remedy : "scripts/install-node.sh",
		      "no such runtime handler (%s): containers that ask for it do not start", engine->source);
}

/* Wrapper and shim know their class by their own file name. */
static bool knows_class(const struct kf_check *check, const struct kf_class_settings *class, const char *program)
{
	const char *name = basename(program);
	const char *of_shim = class->vm ? kf_config_handler_of_shim(check->config, name) : NULL;

	return strcmp(class->vm ? (of_shim ? of_shim : "") : name, class->name) == 0;
}

void kf_engine_judge_program(const struct kf_engine *engine, const struct kf_class_settings *class, const char *program)
{
	cleanup_free char *real = realpath(program, NULL);
	const char *wanted = class->vm ? SHIM : WRAPPER;

	if (!real || access(real, X_OK) < 0)
		kf_check_fail(engine->check, engine->name, class->name,
			      "install kubefence again (make install, or its package)",
			      "the handler's program %s is missing or not executable (%s)", program, engine->source);
	else if (!knows_class(engine->check, class, program))
		kf_check_fail(engine->check, engine->name, class->name,
			      "scripts/install-node.sh, or the engine's files",
			      "the handler runs %s, not %s by the class's name: its containers are NOT sandboxed (%s)",
			      program, wanted, engine->source);
	else if (strcmp(basename(real), wanted) != 0)
		kf_check_warn(engine->check, engine->name, class->name, "make it a link to " WRAPPER " or the shim",
			      "the handler runs %s, which is not a link to %s: a copy? (%s)", program, wanted,
			      engine->source);
	else
		kf_check_ok(engine->check, engine->name, class->name, "%s (%s)", program, engine->source);
}

void kf_engine_for_each_class(struct kf_engine *engine, bool with_vm,
			      void (*visit)(struct kf_engine *engine, const struct kf_class_settings *class))
{
	const struct kf_config *config = engine->check->config;

	for (size_t i = 0; config && i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (kf_check_class_is_here(&class) && (with_vm || !class.vm))
			visit(engine, &class);
	}
}
