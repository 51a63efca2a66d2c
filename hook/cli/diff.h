/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_DIFF_H
#define KF_CLI_DIFF_H

struct kf_error;

/*
 * Compares two texts with the node's diff(1). *RET (the caller's to free) is its unified diff, "" when they are the
 * same. -ENOENT if this node has no diff. No file is left in any case.
 */
int kf_diff(const char *before, const char *after, char **ret, struct kf_error *err);

#endif
