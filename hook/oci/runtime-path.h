/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_RUNTIME_PATH_H
#define KF_OCI_RUNTIME_PATH_H

struct kf_error;

/*
 * Where the real OCI runtime is: CONFIGURED if not NULL, else the first of crun and runc in the usual directories
 * (never $PATH: it is the caller's). A program that is this very process's is refused with -ELOOP. *RET_PATH is the
 * caller's to free. -ENOENT if there is none.
 */
int kf_runtime_path(const char *configured, char **ret_path, struct kf_error *err);

#endif
