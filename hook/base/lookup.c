/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lookup.h"

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

int kf_openat2(int dirfd, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.resolve = resolve,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}

/* /tmp is fine on the way: the sticky bit keeps others from renaming what root put there. */
static int check_parent(int fd, const struct stat *st, const char *path, struct kf_error *err)
{
	struct stat without_sticky_writers = *st;

	if (st->st_mode & S_ISVTX)
		without_sticky_writers.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
	return kf_check_root_owned(fd, &without_sticky_writers, path, err);
}

static int open_component(int dirfd, const char *name, const char *path, int *ret_fd, struct kf_error *err)
{
	int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (errno == ENOTDIR || errno == ELOOP)
		return kf_fail(err, ENOTDIR, "%s is not a plain directory (a symlink?): name the real path", path);
	return kf_fail_errno(err, errno, "cannot open %s", path);
}

/* OWN: ours are as good as root's. *SHARED: others can make entries in the directory above; then in this one. */
static int check_component(int fd, bool last, bool own, bool *shared, const char *path, struct kf_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", path);
	if (own && last)
		return kf_check_own(&st, path, err);
	if (own && st.st_uid == geteuid())
		st.st_uid = 0;
	/* There, only uid 0 proves an owner: the overflow uid can be anybody's (base/owner.h). */
	if (*shared && st.st_uid != 0)
		return kf_fail(err, EPERM, "%s belongs to uid %u where others can write: chown it to root", path,
			       (unsigned int)st.st_uid);
	*shared = st.st_mode & (S_IWGRP | S_IWOTH);
	return last ? kf_check_root_owned(fd, &st, path, err) : check_parent(fd, &st, path, err);
}

static int open_dir(const char *path, bool own, int *ret_fd, struct kf_error *err)
{
	cleanup_free char *walk = strdup(path);
	cleanup_close int dirfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = walk;
	bool shared = false;

	if (!walk)
		return kf_oom(err);
	if (path[0] != '/')
		return kf_fail(err, EINVAL, "%s is not an absolute path", path);
	if (dirfd < 0)
		return kf_fail_errno(err, errno, "cannot open /");

	for (;;) {
		rest += strspn(rest, "/");

		int r = check_component(dirfd, *rest == '\0', own, &shared, path, err);

		if (r < 0)
			return r;
		if (*rest == '\0')
			break;

		size_t length = strcspn(rest, "/");
		char after = rest[length];
		int next = -1;

		rest[length] = '\0';
		if (strcmp(rest, "..") == 0)
			return kf_fail(err, EINVAL, "%s has '..' in it: name the real path", path);
		r = open_component(dirfd, rest, path, &next, err);
		if (r < 0)
			return r;
		rest[length] = after;
		rest += length;
		(void)close(dirfd);
		dirfd = next;
	}
	*ret_fd = kf_steal_fd(&dirfd);
	return 0;
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
