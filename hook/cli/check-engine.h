/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_CHECK_ENGINE_H
#define KF_CLI_CHECK_ENGINE_H

/*
 * Does what an engine calls a handler run kubefence's wrapper or shim, and are our hooks in force? The engine itself is
 * asked where it has a command for that; else its files are read the way scripts/install-node.sh writes them, and the
 * row says so: what other files may add or take away is not claimed to be known. One file for each engine.
 */
#include <stdbool.h>

#include "base/list.h"
#include "cli/check.h"

struct kf_engine {
	struct kf_check *check;
	const char *name;     /* as install-node.sh calls it; also the word for the check */
	char *program;        /* NULL: only its files are on this node */
	const char *source;   /* where the texts come from */
	struct kf_list texts; /* its configuration; a later one goes over an earlier one */
};

void kf_engine_done(struct kf_engine *engine);

#define cleanup_engine KF_CLEANUP(kf_engine_done)

/* The path of a program, where install-node.sh looks, too; NULL if it is not there. The caller's to free. */
char *kf_engine_find_program(const char *name);

/* Is the engine on this node: its program, or CONFIG_DIR (may be NULL)? */
bool kf_engine_is_here(const struct kf_engine *engine, const char *config_dir);

/* Adds the text of a file, or of all that match the pattern (glob(7)). What cannot be read has a row. */
void kf_engine_read(struct kf_engine *engine, const char *path);
void kf_engine_read_all(struct kf_engine *engine, const char *pattern);

/* What the program says, WORDS for people; NULL, and a row, if it does not. The caller's to free. */
char *kf_engine_ask(const struct kf_engine *engine, const char *const argv[], const char *words);

/* The same as the engine's configuration. False: its files have to do. */
bool kf_engine_ask_config(struct kf_engine *engine, const char *const argv[], const char *words);

/* As kf_toml_strings(), over all texts. */
bool kf_engine_strings(const struct kf_engine *engine, const char *name, struct kf_list *ret);

/* The string that FRONT, the class's name and BACK name; NULL if there is none. The caller's to free. */
char *kf_engine_of_class(const struct kf_engine *engine, const char *front, const char *class, const char *back);

/* Print the row about a class: there is no such handler, or it runs PROGRAM. */
void kf_engine_judge_missing(const struct kf_engine *engine, const struct kf_class_settings *class);
void kf_engine_judge_program(const struct kf_engine *engine, const struct kf_class_settings *class,
			     const char *program);

/* Calls VISIT for every class that the engine could have a handler for; those of Kata only WITH_VM. */
void kf_engine_for_each_class(struct kf_engine *engine, bool with_vm,
			      void (*visit)(struct kf_engine *engine, const struct kf_class_settings *class));

/* Prints the rows about the hook JSONs: those in the directories that the setting names, else in the default one. */
void kf_engine_check_hooks(const struct kf_engine *engine, const char *setting, bool precreate);

/* Print the rows about one engine, if it is here. */
void kf_check_crio(struct kf_check *check);
void kf_check_containerd(struct kf_check *check);
void kf_check_docker(struct kf_check *check);
void kf_check_podman(struct kf_check *check);

#endif
