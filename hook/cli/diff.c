/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/diff.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "node/command.h"

enum { DIFF_SECONDS = 10, DIFF_MAX = 16 * 1024 * 1024 };

static int run(const char *program, int before_fd, int after_fd, char **ret, struct kf_error *err)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	char before[KF_FD_PATH_MAX], after[KF_FD_PATH_MAX];
	/* The paths name diff's own descriptors: it inherits these two. */
	const char *const argv[] = { program,
				     "-u",
				     "--label",
				     "config.json",
				     "--label",
				     "config.json, rewritten",
				     kf_fd_path(before_fd, before),
				     kf_fd_path(after_fd, after),
				     NULL };
	const struct kf_command command = { .argv = argv, .env = env, .msec = DIFF_SECONDS * 1000, .max = DIFF_MAX };
	int status, r = kf_command_ask(&command, ret, &status, err);

	/* 1: they differ. */
	if (r == 0 && status > 1)
		return kf_fail(err, EINVAL, "%s failed with exit status %d", program, status);
	return r;
}

int kf_diff(const char *before, const char *after, char **ret, struct kf_error *err)
{
	static const char *const programs[] = { "/usr/bin/diff", "/bin/diff" };
	const struct stat like = { .st_mode = 0600, .st_uid = geteuid(), .st_gid = getegid() };
	cleanup_close int before_fd = -1, after_fd = -1;
	int r;

	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		if (access(programs[i], X_OK) < 0)
			continue;
		r = kf_sealed_copy("before", before, strlen(before), &like, &before_fd, err);
		if (r == 0)
			r = kf_sealed_copy("after", after, strlen(after), &like, &after_fd, err);
		return r < 0 ? r : run(programs[i], before_fd, after_fd, ret, err);
	}
	return kf_fail(err, ENOENT, "diff is not installed: --json has both documents");
}
