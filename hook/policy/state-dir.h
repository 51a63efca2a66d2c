/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_STATE_DIR_H
#define KF_POLICY_STATE_DIR_H

struct kf_config;
struct kf_error;

/*
 * Where records go when no configuration says otherwise. For root: /run/kubefence. For others, and rootless
 * (base/user-namespace.h): $XDG_RUNTIME_DIR/kubefence, and where the variable is not set, or no absolute path,
 * /run/user/UID/kubefence with the user's uid on the host. Podman runs precreate and poststop hooks with nothing but
 * the JSON's own env, and so without the variable. *RET is the caller's to free. 0 or -ENOMEM.
 */
int kf_default_state_dir(char **ret, struct kf_error *err);

/*
 * The directory of records that CONFIG names, which may be only salvaged, or without any (NULL) the default one: a
 * record must also be found, and go, when the configuration has broken since it was written. *RET is the caller's to
 * free. 0 or -ENOMEM.
 */
int kf_state_dir(const struct kf_config *config, char **ret, struct kf_error *err);

/* The $XDG_RUNTIME_DIR that a hook of this container has to be told, or NULL: only rootless it counts. Borrowed. */
const char *kf_user_runtime_dir(void);

#endif
