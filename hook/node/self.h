/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_SELF_H
#define KF_NODE_SELF_H

struct kf_error;

/*
 * Where kubefence-hook is: beside this very program (a build directory), else where it is installed. *RET_PATH is
 * the caller's to free. -ENOENT if it is in neither place: runtimes fail late and obscurely on a missing hook.
 */
int kf_self_hook_path(char **ret_path, struct kf_error *err);

#endif
