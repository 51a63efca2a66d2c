/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_STATE_DIR_H
#define KF_BASE_STATE_DIR_H

struct kf_error;

/*
 * The directory of records when no configuration names one. For root: /run/kubefence. For others, and rootless
 * (base/user-namespace.h): $XDG_RUNTIME_DIR/kubefence, or /run/user/UID/kubefence with the user's uid on the host if
 * the variable is not an absolute path: Podman runs precreate and poststop hooks without it, with nothing but the
 * JSON's own env. *RET is the caller's to free. 0 or -ENOMEM.
 */
int kf_default_state_dir(char **ret, struct kf_error *err);

/* The $XDG_RUNTIME_DIR that a hook of this container has to be given; NULL unless rootless. Borrowed. */
const char *kf_user_runtime_dir(void);

#endif
