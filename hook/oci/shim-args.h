/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SHIM_ARGS_H
#define KF_OCI_SHIM_ARGS_H

#include <stdbool.h>

/* What the command line of a containerd shim says, as far as we act on it. All borrowed from argv; NULL: not there. */
struct kf_shim_args {
	const char *action;  /* "start", "delete", ...; NULL: the daemon that a shim starts of itself, or a question */
	const char *id;      /* -id: the container's */
	const char *bundle;  /* -bundle; NULL or "": the working directory */
	const char *unknown; /* an option that is in no table, so that what follows may be its value */
};

/*
 * Reads ARGV as a shim does (containerd's runtime/v2 README, "Command Line"): with Go's flag package, so "-k v",
 * "-k=v" and either with two dashes, a switch never takes the next word, the last of two counts, and "--" or the
 * first other word ends the options; that word is the action. Shims ignore what is behind it; an option there only
 * counts here when it was not in front. Never fails: what it cannot read is for the shim to refuse.
 */
void kf_shim_args_parse(int argc, char *const argv[], struct kf_shim_args *ret);

/* Is the action ACTION? */
bool kf_shim_args_is(const struct kf_shim_args *args, const char *action);

/* Could an option we do not know hide "start": is there one and also that word behind it? */
bool kf_shim_args_ambiguous(int argc, char *const argv[], const struct kf_shim_args *args);

/*
 * The class that a shim's file name stands for when no section of the configuration claims it: NAME of
 * containerd-shim-NAME-v2, any other name as it is. The caller's to free; NULL without memory.
 */
char *kf_shim_class_name(const char *program);

#endif
