/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_PROCESS_H
#define KF_OCI_PROCESS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/nono.h"
#include "policy/names.h"

struct kf_error;
struct kf_list;

/* What a process is wrapped in. */
struct kf_wrapping {
	const char *profile; /* a valid name */
	bool by_name;        /* nono gets the bare name and looks for the profile itself */
	bool workdir;        /* the profile grants /$NONO_WORKDIR (oci/workdir.h) */

	/* For a further process in a container: the container's own, whose cwd that is; NULL: the process's own cwd. */
	struct json_object *container;
};

/*
 * Wraps a process (runtime-spec config.md, "Process") in nono, so that it runs under PROFILE:
 *   args: /nono/nono -s wrap --profile /nono/profiles/PROFILE.json -- and then the original, byte for byte;
 *   env:  NONO_PROFILE=PROFILE, and NONO_WORKDIR=cwd where the profile wants it and cwd may be granted, in the place of
 *         every NONO_* and TOOL_SANDBOX_*, or appended; /nono in front of every PATH. No variable changes its index.
 *         What is executed later is granted the container's cwd, not one that whoever executes it chooses.
 * What is already exactly so stays, so wrapping twice changes nothing: *RET_CHANGED says whether anything did. A
 * container whose own args happen to start with exactly our prefix is as confined as one that we wrapped.
 * -EINVAL for args that are missing, empty, or no strings, and for a malformed env.
 */
int kf_process_wrap(struct json_object *process, const struct kf_wrapping *wrapping, bool *ret_changed,
		    struct kf_error *err);

/* Appends the words in front of a wrapped command. 0 or -ENOMEM. */
int kf_process_prefix(const struct kf_wrapping *wrapping, struct kf_list *words);

/*
 * What the assignment VARIABLE ("NAME=value") becomes in a wrapped process where nothing else is known of its
 * environment: NONO_PROFILE=PROFILE if it steers nono, PATH with /nono in front. *RET is the caller's to free; NULL: it
 * stays as it is. 0 or -ENOMEM.
 */
int kf_process_env_edit(const char *variable, const char *profile, char **ret);

/*
 * How PROCESS is wrapped, if its args start with exactly our prefix, for whichever profile; false if they do not. The
 * profile's name goes to PROFILE, which RET borrows.
 */
bool kf_process_wrapping(struct json_object *process, struct kf_wrapping *ret,
			 char profile[static KF_PROFILE_NAME_MAX + 1]);

#endif
