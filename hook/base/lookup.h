/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_LOOKUP_H
#define KF_BASE_LOOKUP_H

#include <linux/openat2.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct kf_error;

/*
 * Look-up policies for openat2(2), by name, so that a call site reads as a promise. IN_ROOTFS is for paths that an
 * image can have made: below the directory, through no symlink, over no mount, into no magic link. TRUSTED is for paths
 * on the node below a directory, without a symlink; NO_LINKS for such paths from the root on.
 */
#define KF_LOOKUP_IN_ROOTFS (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS)
#define KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
#define KF_LOOKUP_NO_LINKS (RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
#define KF_LOOKUP_TRUSTED (RESOLVE_BENEATH | KF_LOOKUP_NO_LINKS)

/*
 * openat2(2): opens PATH below DIRFD with open(2) FLAGS (O_CLOEXEC is added) under the look-up policy RESOLVE.
 * Returns the descriptor or -errno. There is no fallback for kernels before 5.6: Landlock needs 5.13.
 */
int kf_openat2(int dirfd, const char *path, int flags, uint64_t resolve);

/*
 * Opens the absolute directory PATH (O_PATH) and promises: no symlink in PATH, every directory owned by root
 * (base/owner.h), and only root can rename entries in any of them (a group- or world-writable one has the sticky bit,
 * and the last one is not writable even with it). *RET_FD is the caller's to close.
 */
int kf_open_trusted_dir(const char *path, int *ret_fd, struct kf_error *err);

/*
 * The same for a directory in which only we write: it belongs to our effective uid, and each directory above it to us
 * or to root.
 */
int kf_open_own_dir(const char *path, int *ret_fd, struct kf_error *err);

/*
 * Does DIRFD/NAME, whose lstat(2) is ST, belong to root, and may root alone write it? The same as
 * kf_check_root_owned() for a file that is not open: DIRFD has to be trusted, so that only root could have changed the
 * entry since.
 */
int kf_check_entry_root_owned(int dirfd, const char *name, const struct stat *st, const char *label,
			      struct kf_error *err);

/*
 * Opens DIRFD/NAME for reading and promises: a regular file that root owns and alone can write, with all the
 * permissions of MODE, no symlink. LABEL names it in messages. *RET_FD is the caller's to close. -ENOENT, -ELOOP,
 * -EINVAL (not a regular file), -EACCES (MODE), -EPERM (owner or writers) or an error of openat2(2).
 */
int kf_open_trusted_file(int dirfd, const char *name, mode_t mode, const char *label, int *ret_fd,
			 struct kf_error *err);

/*
 * Checks the directories that lead to the file on FD, when FD was opened by a path that kf_open_trusted_dir() has not
 * checked. A file of uid 0 (ST) passes without a look: only root can have made it. A file of the overflow uid, which
 * stands for the host's root (base/owner.h), passes if kf_open_trusted_dir() trusts every directory above it. NAME is
 * for messages. 0, -ENOMEM, an error of readlink(2), or what kf_open_trusted_dir() returns.
 */
int kf_check_way_root_owned(int fd, const struct stat *st, const char *name, struct kf_error *err);

#endif
