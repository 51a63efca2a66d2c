/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/nono.h"

enum { READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* 0 or an errno. */
static int try_to_read(int dirfd, const char *path)
{
	cleanup_close int fd = openat(dirfd, path, READ_FLAGS);

	return fd < 0 ? errno : 0;
}

/* faccessat(2) knows file permissions and not Landlock. Without flags: filters of old engines deny faccessat2(2). */
static bool denied_by_landlock(int dirfd, const char *path)
{
	return faccessat(dirfd, path, R_OK, 0) == 0 && try_to_read(dirfd, path) == EACCES;
}

bool kf_confined(int nono_dir)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || try_to_read(nono_dir, KF_LAUNCHER) != 0)
		return false;
	return denied_by_landlock(nono_dir, "nono") || denied_by_landlock(AT_FDCWD, "/");
}

/*
 * 0 or an errno. syscall(2) and not open(2): it fills all six argument registers, which a filter could tell apart
 * otherwise. Not inlined: a copy for each caller would be an instruction of its own, which a filter sees, too.
 */
__attribute__((noinline)) static int read_through(const char buffer[PATH_MAX])
{
	long fd = syscall(SYS_openat, (long)AT_FDCWD, buffer, (long)READ_FLAGS, 0L, 0L, 0L);

	if (fd < 0)
		return errno;
	(void)close((int)fd);
	return 0;
}

int kf_confined_verify(const char *granted, const char *denied, struct kf_error *err)
{
	const char *const paths[] = { granted, denied };
	char buffer[PATH_MAX];
	int results[2];

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return kf_fail(err, EPERM, "the sandbox is not on: no_new_privs is not set");
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(buffer, sizeof buffer, "%s", paths[i]);
		results[i] = read_through(buffer);
	}
	if (results[0] != 0)
		return kf_fail(err, EPERM,
			       "the sandbox cannot be verified: %s cannot be read: grant its directory in "
			       "the profile, and allow openat in the seccomp filter",
			       granted);
	if (results[1] != EACCES)
		return kf_fail(err, EPERM,
			       "the sandbox is not on: %s can be read: use a seccomp filter that lets the landlock_* "
			       "calls through, and a profile that does not grant that file",
			       denied);
	return 0;
}
