/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "cli/check-engine.h"

#define NODES_CONFIG "/etc/containerd/config.toml"
#define DROP_IN "50-kubefence.toml"
#define NODES_DROP_IN "/etc/containerd/conf.d/" DROP_IN

/* scripts/install-node.sh writes down where an engine's main file is: config-NAME, of one line. */
#define INSTALLED "/var/lib/kubefence/node/config-"

/* The containerd of the node, or of a distribution that brings its own. */
struct place {
	const char *name;    /* as install-node.sh calls it */
	const char *config;  /* its main file */
	const char *dir;     /* of its programs; NULL: the usual ones */
	const char *drop_in; /* ours, where the distribution merges it, and no file imports it; or NULL */
};

static const struct place the_node = { .name = "containerd", .config = NODES_CONFIG };

static const struct place distributions[] = {
	{ .name = "k3s",
	  .config = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
	  .dir = "/var/lib/rancher/k3s/data/current/bin" },
	{ .name = "rke2",
	  .config = "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
	  .dir = "/var/lib/rancher/rke2/bin" },
	{ .name = "k0s",
	  .config = "/etc/k0s/containerd.toml",
	  .dir = "/var/lib/k0s/bin",
	  .drop_in = "/etc/k0s/containerd.d/" DROP_IN },
	{ .name = "microk8s",
	  .config = "/var/snap/microk8s/current/args/containerd.toml",
	  .dir = "/snap/microk8s/current/bin" },
};

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
		kf_check_fail(engine->check, engine->name, class->name, "scripts/install-node.sh",
			      "the handler names no program of kubefence's: its containers are NOT sandboxed (%s)",
			      engine->source);
	else if (kf_engine_judge_runtime(engine, class, 2, 0))
		kf_engine_judge_program(engine, class, program);
}

/* Reads our drop-in, if PATTERN, an import of the main file, matches its name. */
static void read_import(struct kf_engine *engine, const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	cleanup_free char *path = NULL;

	if (slash && kf_format(&path, "%.*s/" DROP_IN, (int)(slash - pattern), pattern) == 0 &&
	    fnmatch(pattern, path, 0) == 0)
		kf_engine_read(engine, path);
}

/* scripts/install-node.sh writes tables into the main file, or a drop-in that the main file imports. */
static void read_containerd(struct kf_engine *engine, const struct place *place, const char *config)
{
	struct kf_list imports = { 0 };

	kf_engine_read(engine, config);
	(void)kf_engine_strings(engine, "imports", &imports);
	for (size_t i = 0; i < imports.count; i++)
		read_import(engine, imports.items[i]);
	kf_list_clear(&imports);
	if (place->drop_in)
		kf_engine_read(engine, place->drop_in);
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
static void judge_version(struct kf_engine *engine, const struct place *place)
{
	const char *const argv[] = { engine->program, "--version", NULL };
	cleanup_free char *said = engine->program ? kf_engine_ask(engine, argv, "containerd --version") : NULL;
	struct kf_engine_version version;

	if (!said || !kf_engine_find_version(said, "containerd", &version))
		return;
	/* Before 2.0, an imported file replaces the whole section of the CRI plugin (containerd#5837). */
	if (version.major < 2 && place == &the_node && access(NODES_DROP_IN, F_OK) == 0)
		kf_check_fail(engine->check, engine->name, NODES_DROP_IN,
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

/* The caller's to free; NULL without memory. */
static char *config_of(const struct place *place)
{
	cleanup_free char *path = NULL, *text = NULL;
	struct kf_error unused = { 0 };
	size_t length = 0;

	if (kf_format(&path, INSTALLED "%s", place->name) < 0)
		return NULL;
	if (kf_read_file(path, PATH_MAX, &text, &length, &unused) < 0 || text[0] != '/')
		return strdup(place->config);
	text[strcspn(text, "\n")] = '\0';
	return kf_steal_string(&text);
}

/* The caller's to free; NULL if it is not there. */
static char *program_of(const struct place *place)
{
	char *path = NULL;

	if (!place->dir)
		return kf_engine_find_program("containerd");
	if (kf_format(&path, "%s/containerd", place->dir) == 0 && access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Without a file, containerd starts with its built-in configuration, but does not dump it. */
static bool ask_config(struct kf_engine *engine, const char *config)
{
	const char *const argv[] = { engine->program, "config", "dump", NULL };
	const char *const argv_of_file[] = { engine->program, "--config", config, "config", "dump", NULL };

	return access(config, F_OK) == 0 &&
	       kf_engine_ask_config(engine, strcmp(config, NODES_CONFIG) == 0 ? argv : argv_of_file,
				    "containerd config dump");
}

static void check_place(struct kf_check *check, const struct place *place, const char *config)
{
	cleanup_engine struct kf_engine containerd = { .check = check,
						       .name = place->name,
						       .program = program_of(place) };
	cleanup_free char *words = NULL;

	if (kf_format(&words, "lines of %s and our drop-in", config) < 0)
		return;
	containerd.source = words;
	if (!ask_config(&containerd, config))
		read_containerd(&containerd, place, config);
	if (has_cri(&containerd)) {
		judge_version(&containerd, place);
		kf_engine_for_each_class(&containerd, true, judge_containerd_class);
	} else {
		kf_check_ok(check, containerd.name, "", "its CRI plugin is off: no kubelet uses it (%s)",
			    containerd.source);
	}
}

/* Is there a containerd of the node's own: its program, its directory, or the file that was named to the installer? */
static bool node_has_containerd(const char *config)
{
	cleanup_free char *program = kf_engine_find_program("containerd");

	return program || access("/etc/containerd", F_OK) == 0 || access(config, F_OK) == 0;
}

/* Beside a distribution that brings its own, the node's may be Docker's: it counts if the installer was told so. */
void kf_check_containerd(struct kf_check *check)
{
	cleanup_free char *nodes_config = config_of(&the_node);
	bool brought = false;

	for (size_t i = 0; i < sizeof distributions / sizeof distributions[0]; i++) {
		cleanup_free char *config = config_of(&distributions[i]);

		if (!config || access(config, F_OK) < 0)
			continue;
		check_place(check, &distributions[i], config);
		brought = true;
	}
	if (nodes_config && node_has_containerd(nodes_config) &&
	    (!brought || access(INSTALLED "containerd", F_OK) == 0))
		check_place(check, &the_node, nodes_config);
}
