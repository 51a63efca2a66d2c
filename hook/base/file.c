/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

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

/* A runtime that still writes into the pipe must not die of SIGPIPE because we know enough already. */
static void drain(int fd)
{
	char waste[4096];
	size_t seen = 0;
	ssize_t n;

	while (seen < DRAIN_MAX && (n = read_retry(fd, waste, sizeof waste)) > 0)
		seen += (size_t)n;
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

/* SIZE: what a regular file has, else 0. */
static int read_to_end(int fd, size_t size, const char *name, size_t max, char **ret, size_t *ret_length,
		       struct kf_error *err)
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
			drain(fd);
			return too_large(name, max, err);
		}
		/* Less than was asked for, and all that a regular file has: that is its end. */
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
	return read_to_end(fd, 0, name, max, ret, ret_length, err);
}

int kf_read_regular(int fd, const struct stat *st, const char *name, size_t max, char **ret, size_t *ret_length,
		    struct kf_error *err)
{
	return read_to_end(fd, (size_t)st->st_size, name, max, ret, ret_length, err);
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

/* A name nobody else has: opened with O_EXCL, so a collision is an error and never a file shared with others. */
static int temporary_name(const char *name, char *buf, size_t size)
{
	uint64_t number;

	if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
		return -errno;
	if ((size_t)snprintf(buf, size, ".%s.%016" PRIx64, name, number) >= size)
		return -ENAMETOOLONG;
	return 0;
}

static int fill_file(int fd, const void *data, size_t length, const struct stat *like)
{
	/* The owner first: chown clears set-id bits, and the file is ours alone until the mode opens it. */
	if (fchown(fd, like->st_uid, like->st_gid) < 0 || fchmod(fd, like->st_mode & 07777) < 0)
		return -errno;
	return kf_write_all(fd, data, length);
}

int kf_replace_file_at(int dirfd, const char *name, const void *data, size_t length, const struct stat *like,
		       struct kf_error *err)
{
	char temporary[NAME_MAX + 1];
	int r = temporary_name(name, temporary, sizeof temporary);

	if (r < 0)
		return kf_fail_errno(err, -r, "cannot make a temporary name for %s", name);

	cleanup_close int fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot create a temporary file beside %s", name);
	r = fill_file(fd, data, length, like);
	/* Network and quota file systems report a failed write at close. */
	if (close(kf_steal_fd(&fd)) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, temporary, 0);
		return kf_fail_errno(err, -r, "cannot replace %s", name);
	}
	return 0;
}

/* A kernel with vm.memfd_noexec = 2 demands MFD_NOEXEC_SEAL, one before 6.3 does not know it. */
static int open_memfd(const char *label)
{
	int fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

static int fill_memfd(int fd, const void *data, size_t length, const struct stat *like)
{
	/* Without privilege it stays the caller's own, who could read the original. */
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

int kf_parent_dir(const char *path, char **ret, struct kf_error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = strndup(path, slash > path ? (size_t)(slash - path) : 1);

	if (!dir)
		return kf_oom(err);
	*ret = dir;
	return 0;
}
