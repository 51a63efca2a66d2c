/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_ASK_H
#define KF_DENIALS_ASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "denials/event.h"
#include "denials/watched.h"

/*
 * Questions to the kernel: would it allow this without Landlock? For a child process alone, which takes on the identity
 * of the refused process. 0 means yes; -EACCES, -EPERM, -EROFS and -EXDEV mean no; another error: it cannot be known.
 */

/*
 * Joins the user namespace and the mount namespace of WATCHED, at the root of its files. There is no way back. 0 or
 * -errno.
 */
int kf_ask_enter(const struct kf_watched *watched);

/*
 * In there, takes the user, groups and capabilities of EVENT's process, as far as the user namespace knows them. There
 * is no way back. 0 or -errno.
 */
int kf_ask_become(const struct kf_watched *watched, const struct kf_event *event);

/* faccessat2(2) with MODE of access(2). */
int kf_ask_access(const char *path, int mode);

/* Can names be made and removed in the directory of PATH? */
int kf_ask_parent(const char *path);

/* Are the directories of both paths on one mount? -EXDEV if not. */
int kf_ask_same_mount(const char *path, const char *other);

/* May PATH, which exists, be opened with O_CREAT: protected_regular and protected_fifos of proc_sys_fs(5)? */
int kf_ask_protected(const char *path);

/* Is PATH a device on a mount without devices? -EACCES. */
int kf_ask_device(const char *path);

/* The uid that EVENT's process has in the user namespace of WATCHED. 0 or -EINVAL. */
int kf_ask_uid(const struct kf_watched *watched, const struct kf_event *event, uid_t *ret);

/* The first port that needs no capability in the network namespace of WATCHED, which this process joins. */
int kf_ask_first_free_port(const struct kf_watched *watched, unsigned int *ret);

/* Another process of the container, for questions about signals and tracing. Its ids are those of the namespace. */
struct kf_ask_process {
	uid_t real, effective, saved;
	uint64_t capabilities; /* permitted */
	bool traced;
};

/* The process NUMBER, in the container's /proc, after kf_ask_enter(). 0, -ESRCH or -EINVAL. */
int kf_ask_process(int number, struct kf_ask_process *ret);

/* Does Yama restrict ptrace(2) on this kernel? */
bool kf_ask_yama(void);

#endif
