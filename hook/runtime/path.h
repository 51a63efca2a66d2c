/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_PATH_H
#define KF_RUNTIME_PATH_H

struct kf_error;

/*
 * Finds a program of the node in the usual directories (KF_DEFAULT_PATH; never $PATH, which is the caller's). The
 * program of this process is passed by. *RET is the caller's to free. 0, -ENOENT or -ENOMEM.
 */
int kf_find_program(const char *name, char **ret);

/*
 * Refuses (-ELOOP) the NAME of a runtime, runc or crun, that leads to the program of this process in one of the usual
 * directories: an administrator who made such a link means all containers to be sandboxed, and not one would be.
 */
int kf_runtime_check_name(const char *name, struct kf_error *err);

/*
 * Refuses (-ENOTSUP) a runtime whose containers have a kernel of its own without Landlock: gVisor's runsc, known by the
 * name of the file that CONFIGURED leads to. 0 for all others, for a missing one and for NULL; an error of readlink(2)
 * or realpath(3).
 */
int kf_runtime_check_kernel(const char *configured, struct kf_error *err);

/*
 * Finds the real OCI runtime: CONFIGURED if not NULL, else crun, else runc, by kf_find_program(). *RET_PATH is the
 * caller's to free. -ELOOP if CONFIGURED is the program of this process, -ENOENT if there is no runtime, -ENOMEM.
 */
int kf_runtime_path(const char *configured, char **ret_path, struct kf_error *err);

#endif
