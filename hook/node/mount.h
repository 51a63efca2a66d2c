/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_MOUNT_H
#define KF_NODE_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/path.h"

struct kf_error;

/*
 * Is process PID in the mount namespace of this process, so that it cannot be a container's? False too when there is
 * no such process.
 */
bool kf_in_own_mount_namespace(pid_t pid);

/* A container whose mount namespace is locked, as descriptors. */
struct kf_mount_lock {
	pid_t pid;
	int own_fd;       /* our own mount namespace */
	int pidfd;        /* the container's process */
	int namespace_fd; /* its mount namespace, which holds the lock */
};

#define KF_MOUNT_UNLOCKED ((struct kf_mount_lock){ .own_fd = -1, .pidfd = -1, .namespace_fd = -1 })

/*
 * Locks the mount namespace of the container's process PID (a createRuntime hook's state.pid) against other calls of
 * this function, in any process: the second caller finds the first one's mount and record. The lock ends with
 * kf_mount_unlock(), and *RET is untouched on failure. -EPERM: the process has the host's mount namespace. -ESRCH: no
 * such process. -EBUSY: another holder did not end within ten seconds.
 */
int kf_mount_lock(pid_t pid, struct kf_mount_lock *ret, struct kf_error *err);

static inline void kf_mount_unlock(struct kf_mount_lock *lock)
{
	kf_close_fd(&lock->own_fd);
	kf_close_fd(&lock->pidfd);
	kf_close_fd(&lock->namespace_fd);
}

/* Takes the lock out of a cleanup_mount_lock variable and hands it on. */
static inline struct kf_mount_lock kf_mount_lock_steal(struct kf_mount_lock *lock)
{
	struct kf_mount_lock taken = *lock;

	*lock = KF_MOUNT_UNLOCKED;
	return taken;
}

#define cleanup_mount_lock KF_CLEANUP(kf_mount_unlock)

/* The mount that a container has to find at /nono. */
struct kf_mount {
	const char *rootfs;  /* absolute path of the root file system, the same on the host and in the namespace */
	const char *profile; /* a valid name: the container starts with its file; NULL: with no file */
	const char *policy;  /* the text of that file for this container; NULL: the node's file */
	size_t policy_length;
	struct kf_file_id delivered; /* the mount of an earlier call, from the record; zeroed: no earlier call */
	bool by_runtime;         /* the runtime mounts it, by entries in the spec's mounts: here it is only checked */
	struct kf_file_id cover; /* by_runtime: the file that it mounts over the profile's; zeroed: no file may be
				    mounted there */
};

/*
 * Mounts a superblock of the container's own at its /nono: the directory SOURCE_FD (from kf_nono_dir_open()) and the
 * policy, which no process in the container can write (node/overlay.h), read-only, nosuid, nodev and private. Nothing
 * is resolved through the image: not the target, not a symlink, not a mount that is already there. *RET identifies the
 * mount for execs (kf_mount_check()): the container's record keeps it.
 *
 * Nothing is mounted where /nono must be there already: delivered, or by_runtime, which is SOURCE_FD itself. It must be
 * there then, with nothing over it, and if delivered also read-only; crun makes its own mounts read-only only after the
 * hooks.
 *
 * LOCK is the container's. The caller must be single-threaded; it is back in its own namespace when this returns, also
 * after a failure, and if that is impossible the process aborts. After a failure no mount and no directory is left.
 *
 * -ENOTDIR: /nono in the image is not a plain directory. -EXDEV: something else is mounted there, or over the whole
 * rootfs. -ESRCH: the process has ended. Or an error of kf_overlay_make().
 */
int kf_mount_nono(int source_fd, const struct kf_mount_lock *lock, const struct kf_mount *mount, struct kf_file_id *ret,
		  struct kf_error *err);

/* The mount that a process of a running container has to find at /nono. */
struct kf_nono_expected {
	struct kf_file_id directory; /* the result of kf_mount_nono(); under delivery = mount the node's directory */
	const char *profile;         /* a valid name: its file must be there; NULL: the profile is not a file there */
	struct kf_file_id cover;     /* the file that is mounted over the profile's; zeroed: nothing may be */
};

/*
 * Before a process starts in a container: is /nono there the EXPECTED mount, read-only, and neither its nono, nor the
 * launcher, nor the profile's file covered by another mount? The look-up starts where the runtime will start the
 * process, at the root of PID's mount namespace (/proc/PID/root is another directory once PID 1 has called chroot(2)).
 * The device and the inode of its root identify a superblock as long as it is mounted, also in a copy of the mount
 * namespace, where ids of mounts are others.
 *
 * No process in the container can change the answer before the process starts. A confined process cannot change any
 * mount (Landlock forbids it even with CAP_SYS_ADMIN). An unconfined one exists only under exec = allow. The caller
 * must be single-threaded; namespace, root and working directory are its own again when this returns, or the process
 * aborts. -EXDEV: the answer is no. -ESRCH: no such process. -EPERM: PID has the host's mount namespace.
 */
int kf_mount_check(const struct kf_nono_expected *expected, pid_t pid, struct kf_error *err);

#endif
