/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_EXEC_ARGS_H
#define KF_RUNTIME_EXEC_ARGS_H

#include <stdbool.h>

#include "base/list.h"
#include "oci/process.h"

struct kf_error;

/* The command line of `exec` after that word: runc 1.0 to 1.5, crun 0.17 to 1.29. Borrowed from argv. */
struct kf_exec_args {
	int argc;
	char *const *argv;
	int first;           /* the index in argv of the first word after exec */
	const char *id;      /* the container's id; NULL: not given */
	int id_word;         /* its index */
	const char *process; /* the file of --process; NULL or "": the words after the id are the command */
	const char *command; /* the first of those words; NULL: not given */
	int command_word;    /* its index, or argc */
	bool help;           /* it asks for help: nothing will be started */
	const char *unknown; /* an option that is in no table; nothing after it was read */
};

/*
 * Reads the options of exec from ARGV[FIRST] on. They end with the id. The words after it are the command, except one
 * "--" that newer runc takes there.
 */
void kf_exec_args_parse(int argc, char *const argv[], int first, struct kf_exec_args *ret);

/*
 * The values of all --cap: capabilities that the process gets beside those of the container. ARGS have an id. *RET is
 * the caller's to clear. 0 or -ENOMEM.
 */
int kf_exec_args_capabilities(const struct kf_exec_args *args, struct kf_list *ret, struct kf_error *err);

/*
 * Makes the command line that starts the same process wrapped in nono, as kf_process_wrap() does it:
 *   with --process: its value becomes PROCESS_FILE (not NULL then), which holds the wrapped process;
 *   without: the prefix goes before the command; in every --env, our NONO_PROFILE replaces a variable that steers nono,
 *   and /nono goes before PATH.
 * All other words stay as they are. *RET is the caller's to clear. 0 or -ENOMEM.
 */
int kf_exec_args_wrap(const struct kf_exec_args *args, const struct kf_wrapping *wrapping, const char *process_file,
		      struct kf_list *ret, struct kf_error *err);

#endif
