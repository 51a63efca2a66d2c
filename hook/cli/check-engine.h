/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_CHECK_ENGINE_H
#define KF_CLI_CHECK_ENGINE_H

/*
 * Does an engine's handler run kubefence's wrapper or shim, and are our hooks in force? The engine itself is asked if
 * it has a command for that. Else its files are read the way scripts/install-node.sh writes them, and the row says so:
 * other files may add to the configuration or take from it. Each engine has a file of its own.
 */
#include <stdbool.h>

#include "base/list.h"
#include "cli/check-groups.h"

struct kf_engine {
	struct kf_check *check;
	const char *name;     /* as install-node.sh calls it; also the word for the check */
	char *program;        /* NULL: only its files are on this node */
	const char *source;   /* where the texts come from */
	struct kf_list texts; /* its configuration; a later text overrides an earlier one */
};

void kf_engine_done(struct kf_engine *engine);

#define cleanup_engine KF_CLEANUP(kf_engine_done)

/* The path of a program in the usual directories; NULL if it is not there. The caller's to free. */
char *kf_engine_find_program(const char *name);

/* Is the engine on this node: its program, or CONFIG_DIR (may be NULL)? */
bool kf_engine_is_here(const struct kf_engine *engine, const char *config_dir);

/* Add the text of a file, or of all files that match the pattern (glob(7)). A file that cannot be read has a row. */
void kf_engine_read(struct kf_engine *engine, const char *path);
void kf_engine_read_all(struct kf_engine *engine, const char *pattern);

/*
 * The output of the command ARGV, which WORDS names in messages; NULL, and a row, if it fails. The caller's to free.
 */
char *kf_engine_ask(const struct kf_engine *engine, const char *const argv[], const char *words);

/*
 * Adds that output as the engine's configuration. False: the command printed none, and the engine's files have to do.
 */
bool kf_engine_ask_config(struct kf_engine *engine, const char *const argv[], const char *words);

/* As kf_toml_strings(), over all texts. */
bool kf_engine_strings(const struct kf_engine *engine, const char *name, struct kf_list *ret);

/* The string at the key FRONT CLASS BACK, joined; NULL without such a string. The caller's to free. */
char *kf_engine_of_class(const struct kf_engine *engine, const char *front, const char *class, const char *back);

/* Print the row about a class: the engine has no such handler, or the handler runs PROGRAM. */
void kf_engine_judge_missing(const struct kf_engine *engine, const struct kf_class_settings *class);
void kf_engine_judge_program(const struct kf_engine *engine, const struct kf_class_settings *class,
			     const char *program);

/* The numbers of a version "MAJOR.MINOR.PATCH". */
struct kf_engine_version {
	unsigned int major, minor, patch;
};

/*
 * The first version after FRONT, in the same line of a program's answer SAID; a "v" before it and text after it are
 * fine.
 */
bool kf_engine_find_version(const char *said, const char *front, struct kf_engine_version *ret);

/*
 * Can the class's runtime read what the engine writes, if it is version MAJOR.MINOR or newer, the first with an
 * ociVersion after 1.0? False, and a row, if not.
 */
bool kf_engine_judge_runtime(const struct kf_engine *engine, const struct kf_class_settings *class,
			     unsigned int writes_major, unsigned int writes_minor);

/* Calls VISIT for every class that the engine could have a handler for; for a class of Kata only WITH_VM. */
void kf_engine_for_each_class(struct kf_engine *engine, bool with_vm,
			      void (*visit)(struct kf_engine *engine, const struct kf_class_settings *class));

/* Prints the rows about the hook JSONs in the directories that the setting names, else in the default directory. */
void kf_engine_check_hooks(const struct kf_engine *engine, const char *setting, bool precreate);

#endif
