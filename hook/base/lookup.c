/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lookup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/owner.h"
#include "base/path.h"

/* The kernel allows 2048 components in a path; real paths have a few. */
enum { DEPTH_MAX = 64 };

int kf_openat2(int dirfd, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.resolve = resolve,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}

int kf_check_entry_root_owned(int dirfd, const char *name, const struct stat *st, const char *label,
			      struct kf_error *err)
{
	cleanup_close int fd = -1;

	/* kf_check_root_owned() needs a descriptor for a file that is not root's in this user namespace. */
	if (st->st_uid != 0) {
		fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return kf_fail_errno(err, errno, "cannot open %s", label);
	}
	return kf_check_root_owned(fd, st, label, err);
}

#define UP_8 "../../../../../../../../"

/* The relative path to the directory LEVELS above. */
static const char *upwards(size_t levels)
{
	static const char up[] = UP_8 UP_8 UP_8 UP_8 UP_8 UP_8 UP_8 UP_8;

	static_assert(sizeof up == DEPTH_MAX * 3 + 1, "one for each level");
	return levels ? up + (DEPTH_MAX - levels) * 3 : ".";
}

/* Counts the directories from the root to PATH. */
static int check_path(const char *path, size_t *ret_depth, struct kf_error *err)
{
	size_t depth = 0, length;

	if (path[0] != '/')
		return kf_fail(err, EINVAL, "%s is not an absolute path", path);
	for (const char *name = path + strspn(path, "/"); *name; name += strspn(name, "/")) {
		length = strcspn(name, "/");
		if (length == 2 && strncmp(name, "..", length) == 0)
			return kf_fail(err, EINVAL, "%s has '..' in it: name the real path", path);
		if (length != 1 || name[0] != '.')
			depth++;
		name += length;
	}
	if (depth > DEPTH_MAX)
		return kf_fail(err, ENAMETOOLONG, "%s is more than %d directories deep", path, DEPTH_MAX);
	*ret_depth = depth;
	return 0;
}

/* /tmp is fine as a directory above: with the sticky bit, others cannot rename root's entries. */
static void overlook_sticky_writers(struct stat *st)
{
	if (st->st_mode & S_ISVTX)
		st->st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
}

/*
 * Checks the directory LEVELS above DIRFD. OWN: a directory of ours is as good as root's. *SHARED says whether others
 * can make entries in the directory above it, and afterwards in this one.
 */
static int check_level(int dirfd, size_t levels, bool own, bool *shared, const char *path, struct kf_error *err)
{
	struct stat st;

	if (fstatat(dirfd, upwards(levels), &st, 0) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", path);
	if (own && levels == 0)
		return kf_check_own(&st, path, err);
	if (own && st.st_uid != 0 && st.st_uid == geteuid())
		st.st_uid = 0;
	/* There, only uid 0 proves an owner: the overflow uid can stand for any user of the host (base/owner.h). */
	if (*shared && st.st_uid != 0)
		return kf_fail(err, EPERM, "%s belongs to uid %u where others can write: chown it to root", path,
			       (unsigned int)st.st_uid);
	*shared = st.st_mode & (S_IWGRP | S_IWOTH);
	if (levels > 0)
		overlook_sticky_writers(&st);
	return kf_check_entry_root_owned(dirfd, upwards(levels), &st, path, err);
}

/*
 * The kernel resolves the whole path at once. Then every directory of the path is checked, from the root down, through
 * ".." of the last one, which needs no descriptor for each. If only root can change these directories, the path led to
 * the same place when the kernel resolved it.
 */
static int open_dir(const char *path, bool own, int *ret_fd, struct kf_error *err)
{
	size_t depth = 0;
	bool shared = false;
	int r = check_path(path, &depth, err);

	if (r < 0)
		return r;

	cleanup_close int dirfd = kf_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, KF_LOOKUP_NO_LINKS);

	if (dirfd == -ENOTDIR || dirfd == -ELOOP)
		return kf_fail(err, ENOTDIR, "%s is not a plain directory (a symlink?): name the real path", path);
	if (dirfd < 0)
		return kf_fail_errno(err, -dirfd, "cannot open %s", path);
	for (size_t levels = depth + 1; r == 0 && levels-- > 0;)
		r = check_level(dirfd, levels, own, &shared, path, err);
	if (r == 0)
		*ret_fd = kf_steal_fd(&dirfd);
	return r;
}

int kf_open_trusted_dir(const char *path, int *ret_fd, struct kf_error *err)
{
	return open_dir(path, false, ret_fd, err);
}

int kf_open_own_dir(const char *path, int *ret_fd, struct kf_error *err)
{
	return open_dir(path, true, ret_fd, err);
}

int kf_open_trusted_file(int dirfd, const char *name, mode_t mode, const char *label, int *ret_fd, struct kf_error *err)
{
	cleanup_close int fd = kf_openat2(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, KF_LOOKUP_TRUSTED);
	struct stat st;

	if (fd == -ELOOP)
		return kf_fail(err, ELOOP, "%s is a symlink: put the file itself there", label);
	if (fd < 0)
		return kf_fail_errno(err, -fd, "cannot open %s", label);
	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", label);
	if (!S_ISREG(st.st_mode))
		return kf_fail(err, EINVAL, "%s is not a regular file", label);
	if ((st.st_mode & mode) != mode)
		return kf_fail(err, EACCES, "%s has mode %04o: chmod it to %04o", label,
			       (unsigned int)(st.st_mode & 07777), (unsigned int)(mode | S_IWUSR));

	int r = kf_check_root_owned(fd, &st, label, err);

	if (r == 0)
		*ret_fd = kf_steal_fd(&fd);
	return r;
}

int kf_check_way_root_owned(int fd, const struct stat *st, const char *name, struct kf_error *err)
{
	cleanup_free char *path = NULL, *dir = NULL;
	cleanup_close int dirfd = -1;
	char link[KF_FD_PATH_MAX];

	if (st->st_uid == 0)
		return 0;

	int r = kf_read_link(kf_fd_path(fd, link), &path);

	if (r < 0)
		return kf_fail_errno(err, -r, "cannot find the directory of %s", name);
	r = kf_parent_dir(path, &dir, err);
	return r < 0 ? r : kf_open_trusted_dir(dir, &dirfd, err);
}
