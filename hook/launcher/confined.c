/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nono.h"

/* 0 or an errno. */
static int try_to_read(int dirfd, const char *path)
{
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

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
