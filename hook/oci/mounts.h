/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_MOUNTS_H
#define KF_OCI_MOUNTS_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/*
 * Refuses a spec (-EEXIST) whose mounts would put something at /nono, under it or above it: whoever controls that
 * mount controls what runs as /nono/nono. SOURCE not NULL: the one entry allowed there is ours, a read-only bind
 * mount of SOURCE, and only as the last entry, so that nothing is mounted over it; *RET_PRESENT says whether it is
 * there. Destinations are compared by their text, "." and ".." resolved; what a symlink in the image makes of a
 * destination is seen by the mount itself (node/mount.h).
 */
int kf_mounts_check(struct json_object *spec, const char *source, bool *ret_present, struct kf_error *err);

/* Appends our entry: {"destination":"/nono","type":"bind","source":SOURCE,"options":["rbind","rprivate","ro"]}. */
int kf_mounts_append(struct json_object *spec, const char *source, struct kf_error *err);

#endif
