/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_ARGS_H
#define KF_RUNTIME_ARGS_H

#include <stdbool.h>

/* The parts of an OCI runtime's command line that we act on. All are borrowed from argv; NULL: not there. */
struct kf_runtime_args {
	int argc;
	char *const *argv;
	const char *command;   /* "create", "state", ...; NULL: only global options */
	int command_word;      /* the index of the command in argv */
	const char *bundle;    /* --bundle, -b; NULL or "": the working directory */
	const char *spec_file; /* crun's --config, -f: another file than config.json */
	const char *id;        /* the container's id */
	const char *log;       /* --log */
	const char *root;      /* --root: where the runtime keeps its state; NULL: its default */
	bool help;             /* it asks for help: nothing will be started */
	const char *unknown;   /* a global option that is in no table: the next word may be its value */
};

/*
 * Reads ARGV as runc (urfave/cli) and crun (argp) do: global options by a table with arities, in the forms
 * "--key value", "--key=value" and, where a runtime takes them, "-key", unambiguous beginnings of long names and
 * bundled short options; then the command; then, for commands that create or start a container, its options (those of
 * exec are in runtime/exec-args.h). Never fails: the runtime refuses what cannot be read.
 */
void kf_runtime_args_parse(int argc, char *const argv[], struct kf_runtime_args *ret);

/* Does this command start a container from a bundle: create, run or restore? */
bool kf_runtime_args_starts(const struct kf_runtime_args *args);

/* Does this command let the process of a created container run: start? */
bool kf_runtime_args_releases(const struct kf_runtime_args *args);

/* Does this command restore a container from a checkpoint: restore? */
bool kf_runtime_args_restores(const struct kf_runtime_args *args);

/* Does this command start a further process in a container that runs: exec? */
bool kf_runtime_args_executes(const struct kf_runtime_args *args);

/* Could an unknown option hide one of these commands: is there such an option, and one of those words after it? */
bool kf_runtime_args_ambiguous(int argc, char *const argv[], const struct kf_runtime_args *args);

#endif
