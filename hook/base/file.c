/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

enum { FIRST_CHUNK = 16 * 1024, DRAIN_MAX = 64 * 1024 * 1024, HIGH_DESCRIPTOR = 512 };

/* Linux 6.3; the header of an older distribution does not name it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static ssize_t read_retry(int fd, void *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

struct watcher {
	kf_watch watch;
	void *data;
};

/* A runtime that still writes into the pipe must not die of SIGPIPE because we have read enough. */
static void drain(int fd, const struct watcher *watcher)
{
	char waste[4096];
	size_t seen = 0;
	ssize_t n;

	while ((watcher || seen < DRAIN_MAX) && (n = read_retry(fd, waste, sizeof waste)) > 0) {
		seen += (size_t)n;
		if (watcher)
			watcher->watch(watcher->data, waste, (size_t)n);
	}
}

static int too_large(const char *name, size_t max, struct kf_error *err)
{
	return kf_fail(err, EFBIG, "%s is larger than %zu bytes: make it smaller", name, max);
}

static int grow(char **data, size_t *room)
{
	char *moved = realloc(*data, *room * 2);

	if (!moved)
		return -ENOMEM;
	*data = moved;
	*room *= 2;
	return 0;
}

/* SIZE is that of a regular file, else 0. */
static int read_to_end(int fd, size_t size, const char *name, size_t max, const struct watcher *watcher, char **ret,
		       size_t *ret_length, struct kf_error *err)
{
	size_t used = 0, room = size ? size + 2 : FIRST_CHUNK;
	cleanup_free char *data = size <= max ? malloc(room) : NULL;

	if (size > max)
		return too_large(name, max, err);
	if (!data)
		return kf_oom(err);
	for (;;) {
		size_t wanted = room - used - 1;
		ssize_t n = read_retry(fd, data + used, wanted);

		if (n < 0)
			return kf_fail_errno(err, errno, "cannot read %s", name);
		used += (size_t)n;
		if (used > max) {
			if (watcher)
				watcher->watch(watcher->data, data, used);
			drain(fd, watcher);
			return too_large(name, max, err);
		}
		/* A short read that reaches the size of a regular file is its end. */
		if (n == 0 || (used == size && (size_t)n < wanted))
			break;
		if (room - used < 2 && grow(&data, &room) < 0)
			return kf_oom(err);
	}
	data[used] = '\0';
	*ret = kf_steal_string(&data);
	*ret_length = used;
	return 0;
}

int kf_read_all(int fd, const char *name, size_t max, char **ret, size_t *ret_length, struct kf_error *err)
{
	return read_to_end(fd, 0, name, max, NULL, ret, ret_length, err);
}

int kf_read_all_watched(int fd, const char *name, size_t max, kf_watch watch, void *data, char **ret,
			size_t *ret_length, struct kf_error *err)
{
	const struct watcher watcher = { watch, data };

	return read_to_end(fd, 0, name, max, &watcher, ret, ret_length, err);
}

int kf_read_regular(int fd, const struct stat *st, const char *name, size_t max, char **ret, size_t *ret_length,
		    struct kf_error *err)
{
	return read_to_end(fd, (size_t)st->st_size, name, max, NULL, ret, ret_length, err);
}

int kf_read_file(const char *path, size_t max, char **ret, size_t *ret_length, struct kf_error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char quoted[KF_QUOTED_MAX];
	struct stat st;

	(void)kf_quote(quoted, path);
	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open %s", quoted);
	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", quoted);
	if (!S_ISREG(st.st_mode))
		return kf_fail(err, EINVAL, "%s is not a regular file", quoted);
	return kf_read_regular(fd, &st, quoted, max, ret, ret_length, err);
}

int kf_write_all(int fd, const void *data, size_t length)
{
	const char *next = data;

	while (length > 0) {
		ssize_t n = write(fd, next, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		next += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Every writer uses the same name: a killed writer leaves one file at most, and the next writer uses it. */
static int temporary_name(const char *name, char buf[static NAME_MAX + 1], struct kf_error *err)
{
	if (snprintf(buf, NAME_MAX + 1, ".%s.kubefence", name) > NAME_MAX)
		return kf_fail_errno(err, ENAMETOOLONG, "cannot make a temporary name for %s", name);
	return 0;
}

/* Can a writer have left this file? No other file is ever written into. */
static bool left_by_writer(const struct stat *st, const struct stat *like)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 && (st->st_uid == like->st_uid || st->st_uid == geteuid());
}

int kf_lock_named_at(int dirfd, const char *name, int fd, struct stat *ret_st)
{
	struct stat named;
	int r;

	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	if (r < 0 || fstat(fd, ret_st) < 0)
		return -errno;
	if (fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return kf_same_file(&named, ret_st);
}

/* Opens the temporary file, locked and in its place: no other writer touches it until FD is closed. */
static int open_temporary(int dirfd, const char *temporary, const struct stat *like, int *ret_fd, struct stat *ret_st,
			  struct kf_error *err)
{
	for (;;) {
		cleanup_close int fd = openat(
			dirfd, temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

		if (fd < 0)
			return kf_fail_errno(err, errno, "cannot open %s", temporary);

		int r = kf_lock_named_at(dirfd, temporary, fd, ret_st);

		if (r < 0) {
			(void)unlinkat(dirfd, temporary, 0);
			return kf_fail_errno(err, -r, "cannot lock %s", temporary);
		}
		if (r == 0)
			continue;
		if (!left_by_writer(ret_st, like))
			return kf_fail(err, EPERM, "%s is not ours: remove it", temporary);
		*ret_fd = kf_steal_fd(&fd);
		return 0;
	}
}

/* A new file, the usual case, needs none of this. */
static int make_empty(int fd, const struct stat *st)
{
	if ((st->st_mode & 07777) != 0600 && fchmod(fd, 0600) < 0)
		return -errno;
	return st->st_size && ftruncate(fd, 0) < 0 ? -errno : 0;
}

/* The owner comes before the mode: chown(2) clears set-id bits. */
static int make_like(int fd, const struct stat *st, const struct stat *like)
{
	if ((st->st_uid != like->st_uid || st->st_gid != like->st_gid) && fchown(fd, like->st_uid, like->st_gid) < 0)
		return -errno;
	return (like->st_mode & 07777) != 0600 && fchmod(fd, like->st_mode & 07777) < 0 ? -errno : 0;
}

/* Network and quota file systems report a failed write at close. A duplicate is closed: the last descriptor has the
 * lock. */
static int finish_writing(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 || close(copy) < 0 ? -errno : 0;
}

static void on_size_limit(int number)
{
	(void)number;
}

/* RLIMIT_FSIZE comes with a signal that would end the program before it could say why. */
static int write_within_limits(int fd, const void *data, size_t length)
{
	const struct sigaction action = { .sa_handler = on_size_limit };
	struct sigaction before;
	int r;

	if (sigaction(SIGXFSZ, &action, &before) < 0)
		return -errno;
	r = kf_write_all(fd, data, length);
	(void)sigaction(SIGXFSZ, &before, NULL);
	return r;
}

/* The file is ours alone until it is whole. */
static int fill_file(int fd, const struct stat *st, const void *data, size_t length, const struct stat *like)
{
	int r = make_empty(fd, st);

	if (r == 0)
		r = write_within_limits(fd, data, length);
	if (r == 0)
		r = make_like(fd, st, like);
	return r < 0 ? r : finish_writing(fd);
}

int kf_replace_file_at(int dirfd, const char *name, const void *data, size_t length, const struct stat *like,
		       struct kf_error *err)
{
	char temporary[NAME_MAX + 1];
	cleanup_close int fd = -1;
	struct stat st = { 0 };
	int r = temporary_name(name, temporary, err);

	if (r == 0)
		r = open_temporary(dirfd, temporary, like, &fd, &st, err);
	if (r < 0)
		return r;
	r = fill_file(fd, &st, data, length, like);
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, temporary, 0);
		return kf_fail_errno(err, -r, "cannot replace %s", name);
	}
	return 0;
}

int kf_remove_temporary_at(int dirfd, const char *name, struct kf_error *err)
{
	char temporary[NAME_MAX + 1];
	int r = temporary_name(name, temporary, err);

	if (r < 0)
		return r;
	if (unlinkat(dirfd, temporary, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : kf_fail_errno(err, errno, "cannot remove %s", temporary);
}

/* A kernel with vm.memfd_noexec = 2 demands MFD_NOEXEC_SEAL; a kernel before 6.3 does not know it. */
static int open_memfd(const char *label)
{
	int fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

static int fill_memfd(int fd, const void *data, size_t length, const struct stat *like)
{
	/* Without privilege the copy stays the caller's own, which is safe: the caller could read the original. */
	if (fchown(fd, like->st_uid, like->st_gid) < 0 && errno != EPERM)
		return -errno;
	if (fchmod(fd, like->st_mode & 0666) < 0)
		return -errno;

	int r = kf_write_all(fd, data, length);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		r = -errno;
	return r;
}

int kf_sealed_copy(const char *label, const void *data, size_t length, const struct stat *like, int *ret_fd,
		   struct kf_error *err)
{
	cleanup_close int fd = open_memfd(label);
	int r = fd < 0 ? -errno : fill_memfd(fd, data, length, like);

	if (r < 0)
		return kf_fail_errno(err, -r, "cannot make a copy of %s in memory", label);

	/* Neither duplicate has FD_CLOEXEC. */
	int copy = fcntl(fd, F_DUPFD, HIGH_DESCRIPTOR);

	if (copy < 0)
		copy = dup(fd);
	if (copy < 0)
		return kf_fail_errno(err, errno, "cannot make a copy of %s in memory", label);
	*ret_fd = copy;
	return 0;
}
