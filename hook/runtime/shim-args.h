/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_SHIM_ARGS_H
#define KF_RUNTIME_SHIM_ARGS_H

#include <stdbool.h>

/* The parts of a containerd shim's command line that we act on. All are borrowed from argv; NULL: not there. */
struct kf_shim_args {
	const char *action;  /* "start", "delete", ...; NULL: a shim that became a daemon, or a question such as -v */
	const char *id;      /* -id: the container's */
	const char *bundle;  /* -bundle; NULL or "": the working directory */
	const char *unknown; /* an option that is in no table: the next word may be its value */
};

/*
 * Reads ARGV as a shim does (containerd's runtime/v2 README, "Command Line"): with Go's flag package, so "-k v",
 * "-k=v" and either with two dashes, a switch never takes the next word, the last of two counts, and "--" or the
 * first other word ends the options; that word is the action. Shims ignore the options after it; here such an option
 * counts if it is not before the action, too. Never fails: the shim refuses what cannot be read.
 */
void kf_shim_args_parse(int argc, char *const argv[], struct kf_shim_args *ret);

/* Is the action ACTION? */
bool kf_shim_args_is(const struct kf_shim_args *args, const char *action);

/* Could an unknown option hide "start": is there such an option, and that word after it? */
bool kf_shim_args_ambiguous(int argc, char *const argv[], const struct kf_shim_args *args);

/*
 * The class that a shim's file name stands for when no section of the configuration claims it: NAME of
 * containerd-shim-NAME-v2, any other name as it is. The caller's to free; NULL without memory.
 */
char *kf_shim_handler(const char *program);

#endif
