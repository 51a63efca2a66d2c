/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nono.h"

/* 0 or an errno. */
static int try_to_read(int dirfd, const char *name)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? errno : 0;
}

/* faccessat(2) knows file permissions and not Landlock. */
static bool denied_by_landlock(int dirfd, const char *name)
{
	return faccessat(dirfd, name, R_OK, AT_EACCESS) == 0 && try_to_read(dirfd, name) == EACCES;
}

bool kf_confined(int nono_dir)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || try_to_read(nono_dir, KF_LAUNCHER) != 0)
		return false;
	return denied_by_landlock(nono_dir, "nono") || denied_by_landlock(nono_dir, "profiles");
}

static int add_layer(void)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_BLOCK };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (ruleset < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return errno;
	return 0;
}

/* The answer comes through a pipe: where SIGCHLD is ignored, nobody gets an exit status. */
bool kf_no_layer_left(void)
{
	char byte = 0;
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return false;

	pid_t child = fork();

	if (child == 0)
		_exit(add_layer() == E2BIG && write(pipe[1], "", 1) == 1);
	(void)close(pipe[1]);

	bool full = child > 0 && TEMP_FAILURE_RETRY(read(pipe[0], &byte, 1)) == 1;

	(void)close(pipe[0]);
	if (child > 0)
		(void)TEMP_FAILURE_RETRY(waitpid(child, NULL, 0));
	return full;
}
