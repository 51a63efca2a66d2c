/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The superblock that a container sees at /nono. The calls and their order:
 *
 *   the layer above   fsopen(tmpfs), fsmount           detached: no namespace sees it
 *                     mkdirat, openat, write           profiles/NAME.json
 *   the superblock    fsopen(overlay)
 *                     fsconfig(lowerdir = above:below) as /proc/self/fd/N: no path of the node is looked up again
 *                     fsmount(ro,nosuid,nodev)         detached and private
 *
 * and on a kernel that takes no detached mount as a layer:
 *
 *   in a copy         fchdir(below), unshare(NEWNS)    the working directory is then below in the copy
 *                     mount(/, rec, private)           what is mounted in the copy stays there
 *                     move_mount(above -> .)           a mount of this namespace, and so good as a layer
 *                     ... the superblock, as above
 *   back              setns(own namespace)             the copy is gone; the overlay keeps its layers
 *
 * The rule for updates: files of the nono directory are replaced by rename(2) and never written in place, as
 * scripts/get-nono.sh, install-profiles.sh and install-launcher.sh do. An overlay whose lower directory changes so
 * shows the old file or the new one, each whole; the kernel documents no more than that this is not a failure
 * ("Changes to underlying filesystems"). tests/unit/test-mount.c replaces nono and profiles under a mount.
 */
#include "node/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/nono.h"
#include "base/path.h"

/* A file system that is being made. */
struct parameter {
	const char *key, *value;
};

static int open_file_system(const char *type, int *ret_fd, struct kf_error *err)
{
	int fd = fsopen(type, FSOPEN_CLOEXEC);

	if (fd < 0 && errno == ENODEV)
		return kf_fail(err, ENODEV, "the kernel has no %s file system, which /nono needs: modprobe %s", type,
			       type);
	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open the file system %s for /nono", type);
	*ret_fd = fd;
	return 0;
}

/* Makes a file system of TYPE with COUNT parameters and mounts it, detached and private. */
static int mount_detached(const char *type, const struct parameter *parameters, size_t count, unsigned int flags,
			  int *ret_fd, struct kf_error *err)
{
	cleanup_close int context = -1;
	int r = open_file_system(type, &context, err), fd;

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		if (fsconfig(context, FSCONFIG_SET_STRING, parameters[i].key, parameters[i].value, 0) < 0)
			return kf_fail_errno(err, errno, "cannot set %s of the file system %s for /nono",
					     parameters[i].key, type);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return kf_fail_errno(err, errno, "cannot make the file system %s for /nono", type);
	fd = fsmount(context, FSMOUNT_CLOEXEC, flags | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot mount the file system %s for /nono", type);
	*ret_fd = fd;
	return 0;
}

/*
 * Under SELinux a container's process may read the policy where it may read the node's nono directory. Without the
 * label nono cannot read the policy, and does not start.
 */
static void label_like(int source_fd, int fd)
{
	static const char name[] = "security.selinux";
	char path[KF_FD_PATH_MAX], label[256];
	ssize_t length = getxattr(kf_fd_path(source_fd, path), name, label, sizeof label);

	if (length > 0)
		(void)fsetxattr(fd, name, label, (size_t)length, 0);
}

static int write_policy(int source_fd, int above_fd, const struct kf_policy_file *policy, struct kf_error *err)
{
	char name[KF_PROFILE_FILE_MAX];
	int r = mkdirat(above_fd, KF_PROFILES_DIR, 0755) < 0 ? -errno : 0;
	cleanup_close int dir = r < 0 ? -1 : openat(above_fd, KF_PROFILES_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = dir < 0 ? -1
				       : openat(above_fd, kf_profile_file(policy->profile, name),
						O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (r == 0 && fd < 0)
		r = -errno;
	if (r == 0)
		r = kf_write_all(fd, policy->text, policy->length);
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot write the container's policy");
	label_like(source_fd, dir);
	label_like(source_fd, fd);
	return 0;
}

/* The layer above the node's directory; its root is that of /nono. */
static int make_above(int source_fd, const struct kf_policy_file *policy, int *ret_fd, struct kf_error *err)
{
	static const struct parameter parameters[] = { { "mode", "0755" }, { "source", "kubefence" } };
	cleanup_close int mount_fd = -1;
	int r = mount_detached("tmpfs", parameters, sizeof parameters / sizeof *parameters, 0, &mount_fd, err);

	if (r == 0 && policy->text)
		r = write_policy(source_fd, mount_fd, policy, err);
	if (r < 0)
		return r;
	label_like(source_fd, mount_fd);
	*ret_fd = kf_steal_fd(&mount_fd);
	return 0;
}

static int make_overlay(int above_fd, int below_fd, int *ret_fd, struct kf_error *err)
{
	char above[KF_FD_PATH_MAX], below[KF_FD_PATH_MAX], layers[2 * KF_FD_PATH_MAX];
	const struct parameter parameters[] = { { "lowerdir", layers }, { "source", "kubefence" } };

	(void)snprintf(layers, sizeof layers, "%s:%s", kf_fd_path(above_fd, above), kf_fd_path(below_fd, below));
	return mount_detached("overlay", parameters, sizeof parameters / sizeof *parameters, MOUNT_ATTR_RDONLY, ret_fd,
			      err);
}

/* Attaches ABOVE to the copy of the namespace, over the working directory, which is below. */
static int make_overlay_here(int above_fd, int *ret_fd, struct kf_error *err)
{
	cleanup_close int below = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (below < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    move_mount(above_fd, "", below, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return kf_fail_errno(err, errno, "cannot mount in a copy of our own mount namespace");
	return make_overlay(above_fd, below, ret_fd, err);
}

static int make_overlay_in_copy(int above_fd, int below_fd, int own_fd, int *ret_fd, struct kf_error *err)
{
	int r;

	if (fchdir(below_fd) < 0 || unshare(CLONE_NEWNS) < 0)
		return kf_fail_errno(err, errno, "cannot copy our own mount namespace");
	r = make_overlay_here(above_fd, ret_fd, err);
	if (setns(own_fd, CLONE_NEWNS) < 0)
		abort();
	return r;
}

int kf_overlay_make(int source_fd, const struct kf_policy_file *policy, int own_fd, int *ret_fd, struct kf_error *err)
{
	cleanup_close int above = -1;
	int r = make_above(source_fd, policy, &above, err);

	if (r < 0)
		return r;
	r = make_overlay(above, source_fd, ret_fd, err);
	return r == -EINVAL ? make_overlay_in_copy(above, source_fd, own_fd, ret_fd, err) : r;
}

int kf_overlay_make_in_copy(int source_fd, const struct kf_policy_file *policy, int own_fd, int *ret_fd,
			    struct kf_error *err)
{
	cleanup_close int above = -1;
	int r = make_above(source_fd, policy, &above, err);

	return r < 0 ? r : make_overlay_in_copy(above, source_fd, own_fd, ret_fd, err);
}
