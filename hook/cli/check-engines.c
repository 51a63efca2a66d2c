/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what an engine calls a handler run kubefence's wrapper or shim, and are our hooks in force? The engine itself is
 * asked where it has a command for that; else its files are read the way scripts/install-node.sh writes them, and the
 * row says so: what other files may add or take away is not claimed to be known.
 */
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/toml-lines.h"
#include "cli/check.h"
#include "node/command.h"

#define DEFAULT_HOOKS_DIR "/usr/share/containers/oci/hooks.d"
#define CONTAINERD_CONFIG "/etc/containerd/config.toml"
#define CONTAINERD_DROP_IN "/etc/containerd/conf.d/50-kubefence.toml"
#define DOCKER_CONFIG "/etc/docker/daemon.json"

enum { CONFIG_MAX = 4 * 1024 * 1024, ANSWER_SECONDS = 10 };

struct engine {
	struct kf_check *check;
	const char *name;     /* as install-node.sh calls it; also the word for the check */
	char *program;        /* NULL: only its files are on this node */
	const char *source;   /* where the texts come from */
	struct kf_list texts; /* its configuration; a later one goes over an earlier one */
};

/* --- what is there ----------------------------------------------------------------------------------------------- */

/* Where install-node.sh looks, too. NULL if it is not there. */
static char *find_program(const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/usr/sbin", "/usr/local/sbin", "/bin" };
	char *path;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		if (asprintf(&path, "%s/%s", dirs[i], name) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static bool is_here(const struct engine *engine, const char *config_dir)
{
	return engine->program || (config_dir && access(config_dir, F_OK) == 0);
}

static void read_text(struct engine *engine, const char *path)
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

static void read_texts(struct engine *engine, const char *pattern)
{
	glob_t found = { 0 };

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_text(engine, found.gl_pathv[i]);
	globfree(&found);
}

/* The last line of TEXT that says anything. */
static const char *last_line(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr("\r\n ", end[-1]))
		*--end = '\0';
	while (end > text && end[-1] != '\n')
		end--;
	return end;
}

/* What the program complains of: it is asked once more, for this time its standard error counts. */
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

/* What the engine's own program says; NULL, and a row, if it does not. */
static char *ask(const struct engine *engine, const char *const argv[], const char *words)
{
	const char *home = getenv("HOME"), *runtime_dir = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *home_variable = NULL, *runtime_variable = NULL, *output = NULL;
	struct kf_error err = { 0 };
	int status = 0;

	if (asprintf(&home_variable, "HOME=%s", home ? home : "/root") < 0)
		home_variable = NULL;
	if (runtime_dir && asprintf(&runtime_variable, "XDG_RUNTIME_DIR=%s", runtime_dir) < 0)
		runtime_variable = NULL;
	if (!home_variable)
		return NULL;

	const char *const env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
				    home_variable, runtime_variable, NULL };
	const struct kf_command command = { .argv = argv, .env = env, .seconds = ANSWER_SECONDS, .max = CONFIG_MAX };
	int r = kf_command_ask(&command, &output, &status, &err);

	if (r == 0 && status != 0)
		r = explain_failure(command, status, &err);
	if (r == 0)
		return kf_steal_string(&output);
	kf_check_warn(engine->check, engine->name, words, "run it to see more", "it does not answer: %s", err.message);
	return NULL;
}

/* The engine's own words in the place of its files. */
static bool ask_config(struct engine *engine, const char *const argv[], const char *words)
{
	cleanup_free char *text = engine->program ? ask(engine, argv, words) : NULL;

	if (!text || !text[0] || kf_list_add(&engine->texts, text, strlen(text)) < 0)
		return false;
	engine->source = words;
	return true;
}

static void engine_done(struct engine *engine)
{
	free(engine->program);
	kf_list_clear(&engine->texts);
}

#define cleanup_engine KF_CLEANUP(engine_done)

/* --- settings ---------------------------------------------------------------------------------------------------- */

/* As kf_toml_strings(), over all texts. */
static bool find_strings(const struct engine *engine, const char *name, struct kf_list *ret)
{
	bool found = false;

	for (size_t i = 0; i < engine->texts.count; i++)
		found |= kf_toml_strings(engine->texts.items[i], name, ret) > 0;
	return found;
}

/* The one string of FRONT, the class's name and BACK; NULL if there is none. The caller's to free. */
static char *find_of_class(const struct engine *engine, const char *front, const char *class, const char *back)
{
	struct kf_list found = { 0 };
	cleanup_free char *name = NULL;
	char *value = NULL;

	if (asprintf(&name, "%s%s%s", front, class, back) < 0)
		name = NULL;
	if (name && find_strings(engine, name, &found) && found.count > 0)
		value = strdup(found.items[0]);
	kf_list_clear(&found);
	return value;
}

/* --- a handler --------------------------------------------------------------------------------------------------- */

#define WRAPPER "kubefence-runtime"
#define SHIM "containerd-shim-nono-kata-v2"

static void judge_missing(const struct engine *engine, const struct kf_class_settings *class)
{
	cleanup_free char *remedy = NULL;

	if (asprintf(&remedy, "scripts/install-node.sh --engine %s", engine->name) < 0)
		remedy = NULL;
	kf_check_warn(engine->check, engine->name, class->name, remedy ? remedy : "scripts/install-node.sh",
		      "no such runtime handler (%s): containers that ask for it do not start", engine->source);
}

/* Wrapper and shim know their class by the name they are called by. */
static bool knows_class(const struct kf_check *check, const struct kf_class_settings *class, const char *program)
{
	const char *name = basename(program);
	const char *of_shim = class->vm ? kf_config_class_of_shim(check->config, name) : NULL;

	return strcmp(class->vm ? (of_shim ? of_shim : "") : name, class->name) == 0;
}

static void judge_program(const struct engine *engine, const struct kf_class_settings *class, const char *program)
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
			      "the handler runs %s, which is no link to %s: a copy? (%s)", program, wanted,
			      engine->source);
	else
		kf_check_ok(engine->check, engine->name, class->name, "%s (%s)", program, engine->source);
}

/* Calls VISIT for every class that this engine could have a handler for. */
static void for_each_class(struct engine *engine, bool with_vm,
			   void (*visit)(struct engine *engine, const struct kf_class_settings *class))
{
	const struct kf_config *config = engine->check->config;

	for (size_t i = 0; config && i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (kf_check_class_is_here(&class) && (with_vm || !class.vm))
			visit(engine, &class);
	}
}

/* --- CRI-O ------------------------------------------------------------------------------------------------------- */

static void judge_crio_class(struct engine *engine, const struct kf_class_settings *class)
{
	static const char front[] = "crio.runtime.runtimes.";
	cleanup_free char *program = find_of_class(engine, front, class->name, ".runtime_path");
	cleanup_free char *inherits = find_of_class(engine, front, class->name, ".inherit_default_runtime");

	if (!program)
		judge_missing(engine, class);
	else if (inherits && strcmp(inherits, "true") == 0)
		kf_check_fail(engine->check, engine->name, class->name, "take inherit_default_runtime out",
			      "inherit_default_runtime replaces %s by the default runtime (%s)", program,
			      engine->source);
	else
		judge_program(engine, class, program);
}

static void check_crio(struct kf_check *check)
{
	cleanup_engine struct engine crio = { .check = check, .name = "crio", .program = find_program("crio") };
	const char *const argv[] = { crio.program, "config", NULL };
	struct kf_list dirs = { 0 };

	if (!is_here(&crio, "/etc/crio"))
		return;
	if (!ask_config(&crio, argv, "crio config")) {
		crio.source = "lines of /etc/crio/crio.conf and crio.conf.d";
		read_text(&crio, "/etc/crio/crio.conf");
		read_texts(&crio, "/etc/crio/crio.conf.d/*");
	}
	for_each_class(&crio, true, judge_crio_class);
	if (!find_strings(&crio, "crio.runtime.hooks_dir", &dirs))
		(void)kf_list_add(&dirs, DEFAULT_HOOKS_DIR, strlen(DEFAULT_HOOKS_DIR));
	kf_check_hooks(check, crio.name, &dirs, false);
	kf_list_clear(&dirs);
}

/* --- containerd -------------------------------------------------------------------------------------------------- */

/* Version 3 of the configuration has another name for the plugin. */
static char *find_of_containerd(const struct engine *engine, const char *class, const char *back)
{
	char *value = find_of_class(engine, "plugins.io.containerd.cri.v1.runtime.containerd.runtimes.", class, back);

	return value ? value
		     : find_of_class(engine, "plugins.io.containerd.grpc.v1.cri.containerd.runtimes.", class, back);
}

/* io.containerd.NAME.vN is containerd-shim-NAME-vN on containerd's PATH; 1.6 goes by that alone. */
static char *find_shim(const struct engine *engine, const struct kf_class_settings *class)
{
	static const char front[] = "io.containerd.";
	cleanup_free char *type = find_of_containerd(engine, class->name, ".runtime_type");
	char *path = find_of_containerd(engine, class->name, ".runtime_path");
	cleanup_free char *name = NULL;
	char *dot;

	if (path && path[0])
		return path;
	free(path);
	if (!type || strncmp(type, front, strlen(front)) != 0 || !(dot = strrchr(type, '.')))
		return NULL;
	*dot = '-';
	if (asprintf(&name, "containerd-shim-%s", type + strlen(front)) < 0) {
		name = NULL;
		return NULL;
	}
	path = find_program(name);
	return path ? path : kf_steal_string(&name);
}

static void judge_containerd_class(struct engine *engine, const struct kf_class_settings *class)
{
	cleanup_free char *type = find_of_containerd(engine, class->name, ".runtime_type");
	cleanup_free char *program =
		class->vm ? find_shim(engine, class) : find_of_containerd(engine, class->name, ".options.BinaryName");

	if (!type)
		judge_missing(engine, class);
	else if (!program || !program[0])
		kf_check_fail(engine->check, engine->name, class->name, "scripts/install-node.sh --engine containerd",
			      "the handler names no program of kubefence's: its containers are NOT sandboxed (%s)",
			      engine->source);
	else
		judge_program(engine, class, program);
}

/* The way scripts/install-node.sh leaves it: tables in the main file, or a drop-in that is imported. */
static void read_containerd(struct engine *engine)
{
	struct kf_list imports = { 0 };
	bool imported = false;

	read_text(engine, CONTAINERD_CONFIG);
	(void)find_strings(engine, "imports", &imports);
	for (size_t i = 0; i < imports.count; i++)
		imported |= fnmatch(imports.items[i], CONTAINERD_DROP_IN, 0) == 0;
	kf_list_clear(&imports);
	if (imported)
		read_text(engine, CONTAINERD_DROP_IN);
	engine->source = "lines of " CONTAINERD_CONFIG " and our drop-in";
}

/* As Docker's packages set containerd up. */
static bool has_cri(const struct engine *engine)
{
	struct kf_list disabled = { 0 };
	bool has = true;

	(void)find_strings(engine, "disabled_plugins", &disabled);
	for (size_t i = 0; i < disabled.count; i++)
		has &= strcmp(disabled.items[i], "cri") != 0 &&
		       strcmp(disabled.items[i], "io.containerd.grpc.v1.cri") != 0;
	kf_list_clear(&disabled);
	return has;
}

static void check_containerd(struct kf_check *check)
{
	cleanup_engine struct engine containerd = { .check = check,
						    .name = "containerd",
						    .program = find_program("containerd") };
	const char *const argv[] = { containerd.program, "config", "dump", NULL };

	if (!is_here(&containerd, "/etc/containerd"))
		return;
	/* Without a file it starts with what is built in, but does not dump that. */
	if (access(CONTAINERD_CONFIG, F_OK) < 0 || !ask_config(&containerd, argv, "containerd config dump"))
		read_containerd(&containerd);
	if (has_cri(&containerd))
		for_each_class(&containerd, true, judge_containerd_class);
	else
		kf_check_ok(check, containerd.name, "", "its CRI plugin is off: no kubelet uses it (%s)",
			    containerd.source);
}

/* --- Docker ------------------------------------------------------------------------------------------------------ */

static void judge_docker_class(struct engine *engine, const struct kf_class_settings *class)
{
	cleanup_json struct json_object *document = NULL;
	struct json_object *runtime = NULL;
	struct kf_error err = { 0 };
	const char *program = NULL, *text = engine->texts.count > 0 ? engine->texts.items[0] : "{}";

	if (kf_json_parse(text, strlen(text), DOCKER_CONFIG, KF_JSON_RELAXED, &document, &err) < 0) {
		kf_check_fail(engine->check, engine->name, class->name,
			      "repair the file: Docker does not start with it", "%s", err.message);
		return;
	}
	runtime = kf_json_member(kf_json_member(document, "runtimes", json_type_object), class->name, json_type_object);
	program = kf_json_string(runtime, "path");
	if (program)
		judge_program(engine, class, program);
	else
		judge_missing(engine, class);
}

static void check_docker(struct kf_check *check)
{
	cleanup_engine struct engine docker = {
		.check = check, .name = "docker", .program = find_program("dockerd"), .source = DOCKER_CONFIG
	};

	if (!is_here(&docker, NULL))
		return;
	read_text(&docker, DOCKER_CONFIG);
	for_each_class(&docker, false, judge_docker_class);
}

/* --- Podman ------------------------------------------------------------------------------------------------------ */

/* Of a runtime's paths, the first one that is there counts. */
static char *first_program(const struct kf_list *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (access(paths->items[i], F_OK) == 0)
			return strdup(paths->items[i]);
	return paths->count > 0 ? strdup(paths->items[0]) : NULL;
}

/* Podman has no command that prints its runtimes, but it says which one it would take. */
static void confirm_podman(struct engine *engine, const struct kf_class_settings *class, const char *program)
{
	const char *const argv[] = {
		engine->program, "--runtime", class->name, "info", "--format", "{{.Host.OCIRuntime.Path}}", NULL
	};
	cleanup_free char *answer = NULL;

	/* Whoever is not root has a configuration of his own, and Podman would set up his storage for the answer. */
	if (geteuid() == 0)
		answer = ask(engine, argv, "podman info");
	if (answer) {
		answer[strcspn(answer, "\r\n")] = '\0';
		engine->source = "podman info";
		program = answer;
	}
	judge_program(engine, class, program);
}

static void judge_podman_class(struct engine *engine, const struct kf_class_settings *class)
{
	struct kf_list paths = { 0 };
	cleanup_free char *name = NULL, *program = NULL;

	if (asprintf(&name, "engine.runtimes.%s", class->name) < 0)
		name = NULL;
	engine->source = "lines of containers.conf and containers.conf.d";
	if (name && find_strings(engine, name, &paths))
		program = first_program(&paths);
	kf_list_clear(&paths);
	if (!program)
		judge_missing(engine, class);
	else if (engine->program && access(program, X_OK) == 0)
		confirm_podman(engine, class, program);
	else
		judge_program(engine, class, program);
}

static void check_podman(struct kf_check *check)
{
	cleanup_engine struct engine podman = { .check = check, .name = "podman", .program = find_program("podman") };
	struct kf_list dirs = { 0 };

	if (!is_here(&podman, NULL))
		return;
	read_text(&podman, "/usr/share/containers/containers.conf");
	read_text(&podman, "/etc/containers/containers.conf");
	read_texts(&podman, "/etc/containers/containers.conf.d/*.conf");
	for_each_class(&podman, false, judge_podman_class);
	if (!find_strings(&podman, "engine.hooks_dir", &dirs))
		(void)kf_list_add(&dirs, DEFAULT_HOOKS_DIR, strlen(DEFAULT_HOOKS_DIR));
	kf_check_hooks(check, podman.name, &dirs, true);
	kf_list_clear(&dirs);
}

void kf_check_engines(struct kf_check *check)
{
	check_crio(check);
	check_containerd(check);
	check_docker(check);
	check_podman(check);
}
