/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_PROCESS_H
#define KF_OCI_PROCESS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/nono.h"

struct kf_error;

/* What a process is wrapped in. */
struct kf_wrapping {
	const char *profile; /* a valid name */
	bool by_name;        /* nono gets the bare name and looks for the profile itself */
	bool workdir;        /* the profile grants /$NONO_WORKDIR (oci/workdir.h) */
};

/*
 * Wraps a process (runtime-spec config.md, "Process") in nono, so that it runs under PROFILE:
 *   args: /nono/nono -s wrap --profile /nono/profiles/PROFILE.json -- and then the original, byte for byte;
 *   env:  NONO_PROFILE=PROFILE, and NONO_WORKDIR=cwd where the profile wants it and cwd may be granted, in the place of
 *         every NONO_* and TOOL_SANDBOX_*, or appended; /nono in front of every PATH. No variable changes its index.
 * What is already exactly so stays, so wrapping twice changes nothing: *RET_CHANGED says whether anything did. A
 * container whose own args happen to start with exactly our prefix is as confined as one that we wrapped.
 * -EINVAL for args that are missing, empty, or no strings, and for a malformed env.
 */
int kf_process_wrap(struct json_object *process, const struct kf_wrapping *wrapping, bool *ret_changed,
		    struct kf_error *err);

#endif
