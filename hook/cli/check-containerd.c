/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "cli/check-engine.h"

#define CONTAINERD_CONFIG "/etc/containerd/config.toml"
#define CONTAINERD_DROP_IN "/etc/containerd/conf.d/50-kubefence.toml"

/* Version 3 of the configuration has another name for the plugin. */
static char *find_of_containerd(const struct kf_engine *engine, const char *class, const char *back)
{
	char *value =
		kf_engine_of_class(engine, "plugins.io.containerd.cri.v1.runtime.containerd.runtimes.", class, back);

	return value ? value
		     : kf_engine_of_class(engine, "plugins.io.containerd.grpc.v1.cri.containerd.runtimes.", class,
					  back);
}

/* The type io.containerd.NAME.vN means containerd-shim-NAME-vN on containerd's PATH; containerd 1.6 knows no other way.
 */
static char *find_shim(const struct kf_engine *engine, const struct kf_class_settings *class)
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
	if (kf_format(&name, "containerd-shim-%s", type + strlen(front)) < 0)
		return NULL;
	path = kf_engine_find_program(name);
	return path ? path : kf_steal_string(&name);
}

static void judge_containerd_class(struct kf_engine *engine, const struct kf_class_settings *class)
{
	cleanup_free char *type = find_of_containerd(engine, class->name, ".runtime_type");
	cleanup_free char *program =
		class->vm ? find_shim(engine, class) : find_of_containerd(engine, class->name, ".options.BinaryName");

	if (!type)
		kf_engine_judge_missing(engine, class);
	else if (!program || !program[0])
		kf_check_fail(engine->check, engine->name, class->name, "scripts/install-node.sh --engine containerd",
			      "the handler names no program of kubefence's: its containers are NOT sandboxed (%s)",
			      engine->source);
	else if (kf_engine_judge_runtime(engine, class, 2, 0))
		kf_engine_judge_program(engine, class, program);
}

/* scripts/install-node.sh writes tables into the main file, or a drop-in that the main file imports. */
static void read_containerd(struct kf_engine *engine)
{
	struct kf_list imports = { 0 };
	bool imported = false;

	kf_engine_read(engine, CONTAINERD_CONFIG);
	(void)kf_engine_strings(engine, "imports", &imports);
	for (size_t i = 0; i < imports.count; i++)
		imported |= fnmatch(imports.items[i], CONTAINERD_DROP_IN, 0) == 0;
	kf_list_clear(&imports);
	if (imported)
		kf_engine_read(engine, CONTAINERD_DROP_IN);
	engine->source = "lines of " CONTAINERD_CONFIG " and our drop-in";
}

/* Docker's packages set containerd up like this. */
static bool has_cri(const struct kf_engine *engine)
{
	struct kf_list disabled = { 0 };
	bool has = true;

	(void)kf_engine_strings(engine, "disabled_plugins", &disabled);
	for (size_t i = 0; i < disabled.count; i++)
		has &= strcmp(disabled.items[i], "cri") != 0 &&
		       strcmp(disabled.items[i], "io.containerd.grpc.v1.cri") != 0;
	kf_list_clear(&disabled);
	return has;
}

/* It says "containerd PACKAGE v2.0.3 REVISION", and Debian's says "containerd PACKAGE 1.6.20~ds1 REVISION". */
static void judge_version(struct kf_engine *engine)
{
	const char *const argv[] = { engine->program, "--version", NULL };
	cleanup_free char *said = engine->program ? kf_engine_ask(engine, argv, "containerd --version") : NULL;
	struct kf_engine_version version;

	if (!said || !kf_engine_find_version(said, "containerd", &version))
		return;
	/* Before 2.0, an imported file replaces the whole section of the CRI plugin (containerd#5837). */
	if (version.major < 2 && access(CONTAINERD_DROP_IN, F_OK) == 0)
		kf_check_fail(engine->check, engine->name, CONTAINERD_DROP_IN,
			      "run scripts/install-node.sh --uninstall and then without it",
			      "this containerd is older than 2.0 and takes the drop-in in place of all settings for "
			      "pods: no pod of any class may start");
	/* containerd#11480: its options for a pod's user namespace replace those of the handler, BinaryName among them.
	 */
	if (version.major == 2 && version.minor == 0 && version.patch <= 4)
		kf_check_fail(engine->check, engine->name, "version", "update it to 2.0.5 or later",
			      "2.0.0 to 2.0.4 lose the runtime's name of a pod with hostUsers: false: its containers "
			      "are NOT sandboxed");
}

void kf_check_containerd(struct kf_check *check)
{
	cleanup_engine struct kf_engine containerd = { .check = check,
						       .name = "containerd",
						       .program = kf_engine_find_program("containerd") };
	const char *const argv[] = { containerd.program, "config", "dump", NULL };

	if (!kf_engine_is_here(&containerd, "/etc/containerd"))
		return;
	/* Without a file, containerd starts with its built-in configuration, but does not dump it. */
	if (access(CONTAINERD_CONFIG, F_OK) < 0 || !kf_engine_ask_config(&containerd, argv, "containerd config dump"))
		read_containerd(&containerd);
	if (has_cri(&containerd)) {
		judge_version(&containerd);
		kf_engine_for_each_class(&containerd, true, judge_containerd_class);
	} else {
		kf_check_ok(check, containerd.name, "", "its CRI plugin is off: no kubelet uses it (%s)",
			    containerd.source);
	}
}
