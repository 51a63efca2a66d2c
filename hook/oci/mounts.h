/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_MOUNTS_H
#define KF_OCI_MOUNTS_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/* The entries of ours, for a container in which the runtime mounts /nono. */
struct kf_nono_mounts {
	const char *source; /* the node's nono directory, mounted at /nono; NULL: the spec has no entries of ours */
	const char *policy_source; /* the container's policy, mounted over the profile's file; NULL: no such entry */
	const char *profile;       /* with policy_source: a valid name */
};

/*
 * Refuses a spec (-EEXIST) whose mounts would put something at /nono, under it or above it: the owner of such a mount
 * controls the program that runs as /nono/nono. The entries allowed there are OURS, read-only bind mounts, and only as
 * the last ones in the order of kf_mounts_append(), so that nothing is mounted over them; *RET_PRESENT says whether
 * they are there. Destinations are compared by their text, "." and ".." resolved; a symlink in the image can change a
 * destination, which the mount itself sees (node/mount.h).
 */
int kf_mounts_check(struct json_object *spec, const struct kf_nono_mounts *ours, bool *ret_present,
		    struct kf_error *err);

/*
 * Appends OURS: {"destination":"/nono","type":"bind","source":SOURCE,"options":["rbind","rprivate","ro"]} and, with a
 * policy, the same for its file at /nono/profiles/NAME.json.
 */
int kf_mounts_append(struct json_object *spec, const struct kf_nono_mounts *ours, struct kf_error *err);

#endif
