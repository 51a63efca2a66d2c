/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_SELF_H
#define KF_NODE_SELF_H

struct kf_error;

/*
 * Finds kubefence-hook: in the directory of this program (a build directory), else at its installed place.
 * *RET_PATH is the caller's to free. -ENOENT if it is in neither place: runtimes fail late and obscurely on a missing
 * hook.
 */
int kf_self_hook_path(char **ret_path, struct kf_error *err);

/* The same for kubefence-runtime. */
int kf_self_runtime_path(char **ret_path, struct kf_error *err);

/* The same for kubefence-denials. */
int kf_self_denials_path(char **ret_path, struct kf_error *err);

#endif
