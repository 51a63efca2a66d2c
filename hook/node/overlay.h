/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_OVERLAY_H
#define KF_NODE_OVERLAY_H

#include <stddef.h>

struct kf_error;

/* The policy of one container, which takes the place of a profile's file. */
struct kf_policy_file {
	const char *profile; /* a valid name: the file is profiles/NAME.json */
	const char *text;    /* NULL: the container has no policy of its own, and the node's file stays visible */
	size_t length;
};

/*
 * Makes the superblock that one container sees at /nono: an overlay without an upper layer
 * (Documentation/filesystems/overlayfs.rst), the directory SOURCE_FD below and the POLICY above. Such a superblock
 * refuses every change with EROFS, with any flags of its mount. The files below are the node's own, and so are
 * their pages in the page cache. *RET_FD is its detached mount, read-only, nosuid, nodev and private (fsopen(2),
 * fsmount(2)), the caller's to close; nothing else has to be removed. The umask has to be 022.
 *
 * The layer above is a tmpfs that no namespace ever sees. Linux before 6.15 takes only mounts of the caller's namespace
 * as layers: there this function works in a copy of it, and goes back to the namespace OWN_FD (of /proc/self/ns/mnt),
 * root and working directory at its root, or aborts. The caller must be single-threaded.
 *
 * -ENODEV: the kernel has no overlay. -EPERM: CAP_SYS_ADMIN is missing, or the kernel allows no overlay in a user
 * namespace (before 5.11). -EINVAL: the directory cannot be a layer (it is on an overlay over an overlay).
 */
int kf_overlay_make(int source_fd, const struct kf_policy_file *policy, int own_fd, int *ret_fd, struct kf_error *err);

/* The same, always in a copy of the namespace: the way of kernels before 6.15, for tests on newer ones. */
int kf_overlay_make_in_copy(int source_fd, const struct kf_policy_file *policy, int own_fd, int *ret_fd,
			    struct kf_error *err);

#endif
