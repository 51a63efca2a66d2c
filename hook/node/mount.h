/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_MOUNT_H
#define KF_NODE_MOUNT_H

#include <stdbool.h>
#include <sys/types.h>

struct kf_error;

/* Where the nono directory is to be mounted. */
struct kf_mount {
	pid_t pid; /* a createRuntime hook's state.pid: its mount namespace has the mounts of the spec, not pivoted */
	const char *rootfs;  /* absolute path of the root file system, the same on the host and in that namespace */
	const char *profile; /* a valid name: its file is what the container starts with; NULL: none is */
	bool by_runtime;     /* an entry in the spec's mounts has the runtime mount it; here it is only checked */
};

/*
 * Is process PID in this very process's mount namespace, so that it cannot be a container's? False too when there is no
 * such process.
 */
bool kf_in_own_mount_namespace(pid_t pid);

/*
 * Bind-mounts the directory SOURCE_FD (from kf_nono_dir_open()) read-only, nosuid, nodev and private at /nono in the
 * container. Nothing is resolved through the image: not the target, not a symlink, not a mount that is already there. A
 * mount of that same directory stays if nothing covers its nono or the profile's file, and it is read-only or
 * by_runtime (crun makes it read-only after the hooks).
 * The caller must be single-threaded; it is back in its own namespace when this returns, also after a failure, and if
 * that is impossible the process aborts. No mount and no directory is left behind on failure. Several calls at once for
 * one container take turns.
 *
 * -EPERM: the process has the host's mount namespace. -ENOTDIR: /nono in the image is no plain directory. -EXDEV:
 * something else is mounted there, or over the whole rootfs. -ESRCH: no such process. -EBUSY: another call for it did
 * not end within ten seconds.
 */
int kf_mount_nono(int source_fd, const struct kf_mount *mount, struct kf_error *err);

/*
 * Before a process starts in a running container: is /nono there still the directory SOURCE_FD, read-only, and neither
 * its nono nor the file of PROFILE (a valid name; NULL: it is in no file there) covered by another mount? Looked up
 * where the runtime will start it, at the root of the mount namespace of PID (/proc/PID/root is not that once PID 1 has
 * called chroot(2)).
 *
 * Nobody inside can put something else there between this check and the start: Landlock denies every change of the
 * mount tree to whoever is in a domain, with whatever capabilities, and who is not came in through exec = allow. The
 * caller must be single-threaded; namespace, root and working directory are its own again when this returns, or the
 * process aborts. -EXDEV: it is not. -ESRCH: no such process. -EPERM: PID has the host's mount namespace.
 */
int kf_mount_check(int source_fd, pid_t pid, const char *profile, struct kf_error *err);

#endif
