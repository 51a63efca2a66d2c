/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_PROCESS_H
#define KF_OCI_PROCESS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/nono.h"
#include "policy/names.h"

struct kf_error;
struct kf_list;

/* The wrapping of a process. */
struct kf_wrapping {
	const char *profile; /* a valid name */
	bool by_name;        /* nono gets the bare name and looks for the profile itself */

	/*
	 * For a further process in a container: the container's own process; NULL: the process is the first, or the
	 * container's own is not known.
	 */
	struct json_object *container;
};

/*
 * Wraps a process (runtime-spec config.md, "Process") in nono, so that it runs under PROFILE:
 *   args:    /nono/launcher/kubefence-launcher first-step --profile /nono/profiles/PROFILE.json [--rlimit WORD]... --
 *            and then the original, byte for byte;
 *   env:     NONO_PROFILE=PROFILE in the place of every NONO_PROFILE, or appended; /nono in front of every PATH. No
 *            variable changes its index. Nono sees none of them (launcher/first-step.h);
 *   rlimits: a limit that is too low for nono is raised here, and goes into a WORD (base/rlimit.h) for the last step.
 * Parts that are already so stay, so wrapping twice changes nothing: *RET_CHANGED says whether a part changed. A
 * container whose own args happen to start with our words is as confined as one that we wrapped: they can lower its
 * limits, not more. -EINVAL for args that are missing, empty, or not strings, and for a malformed env.
 */
int kf_process_wrap(struct json_object *process, const struct kf_wrapping *wrapping, bool *ret_changed,
		    struct kf_error *err);

/* Appends the words in front of a wrapped command: those of the container, if it has some. 0 or -ENOMEM. */
int kf_process_prefix(const struct kf_wrapping *wrapping, struct kf_list *words);

/*
 * The form that the assignment VARIABLE ("NAME=value") takes in a wrapped process whose other variables are not known:
 * NONO_PROFILE=PROFILE if it sets another one. *RET is the caller's to free; NULL: it stays as it is. 0 or -ENOMEM.
 */
int kf_process_env_edit(const char *variable, const char *profile, char **ret);

/*
 * The wrapping of PROCESS, if its args start with exactly our prefix, for any profile; false if they do not. The
 * profile's name goes to PROFILE, which RET borrows.
 */
bool kf_process_wrapping(struct json_object *process, struct kf_wrapping *ret,
			 char profile[static KF_PROFILE_NAME_MAX + 1]);

#endif
