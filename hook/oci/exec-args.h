/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_EXEC_ARGS_H
#define KF_OCI_EXEC_ARGS_H

#include <stdbool.h>

#include "base/list.h"
#include "oci/process.h"

struct kf_error;

/* What the command line of `exec` says behind that word: runc 1.0 to 1.5, crun 0.17 to 1.29. Borrowed from argv. */
struct kf_exec_args {
	int first;           /* where its options start in argv */
	const char *id;      /* the container's id; NULL: there is none */
	int id_word;         /* its index */
	const char *process; /* the file of --process; NULL or "": the words behind the id are the command */
	const char *command; /* the first of those words; NULL: there is none */
	int command_word;    /* its index, or argc */
	bool help;           /* asks for help: nothing will be started */
	const char *unknown; /* an option that is in no table; nothing behind it was read */
};

/*
 * Reads the options of exec from ARGV[FIRST] on. They end with the id: what is behind belongs to the command, but for
 * one "--" that newer runc takes there.
 */
void kf_exec_args_parse(int argc, char *const argv[], int first, struct kf_exec_args *ret);

/*
 * The command line with which the same process starts wrapped in nono, as kf_process_wrap() does it:
 *   with --process: its value replaced by PROCESS_FILE (not NULL then), which is the wrapped process;
 *   without: the prefix in front of the command; in every --env the variables that steer nono replaced by our
 *   NONO_PROFILE, and /nono in front of PATH.
 * All other words stay as they are. *RET is the caller's to clear. 0 or -ENOMEM.
 */
int kf_exec_args_wrap(int argc, char *const argv[], const struct kf_exec_args *args, const struct kf_wrapping *wrapping,
		      const char *process_file, struct kf_list *ret, struct kf_error *err);

#endif
