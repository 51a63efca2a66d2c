/* SPDX-License-Identifier: Apache-2.0 */
#include "node/nono-validate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

enum { OUTPUT_MAX = 8192, DEADLINE_USEC = 10 * 1000 * 1000 };

/* Nothing is there, and nobody can put anything there. */
#define NO_HOME "/proc/kubefence"

static int spawn(const char *path, const char *const argv[], int output_fd, pid_t *ret_pid)
{
	static const char *const env[] = { "HOME=" NO_HOME, "NONO_NO_UPDATE_CHECK=1", "PATH=/usr/bin:/bin", NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output_fd, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn(ret_pid, path, &actions, NULL, (char *const *)argv, (char *const *)env);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Reads until the writers are gone; what does not fit is read and thrown away. 0 or -ETIMEDOUT, or another errno. */
static int collect(int fd, char buf[static OUTPUT_MAX])
{
	uint64_t deadline = kf_clock_usec() + DEADLINE_USEC;
	char rest[512];
	size_t used = 0;

	for (;;) {
		uint64_t now = kf_clock_usec();
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int r = now < deadline ? poll(&ready, 1, (int)((deadline - now) / 1000) + 1) : 0;

		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r < 0)
			continue;

		bool full = used == OUTPUT_MAX - 1;
		ssize_t n = read(fd, full ? rest : buf + used, full ? sizeof rest : OUTPUT_MAX - 1 - used);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		if (n > 0 && !full)
			used += (size_t)n;
	}
	buf[used] = '\0';
	return 0;
}

/* The line that says what is wrong, without its mark. */
static char *complaint(char *output)
{
	char *line = strstr(output, "[err]");

	line = line ? line + strlen("[err]") : output;
	line += strspn(line, " \n");
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static int wait_for(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int kf_nono_validate(const char *nono_bin_path, const char *profile_path, struct kf_error *err)
{
	const char *const argv[] = { nono_bin_path, "-s", "profile", "validate", profile_path, NULL };
	cleanup_close int read_fd = -1, write_fd = -1;
	char output[OUTPUT_MAX], quoted[KF_QUOTED_MAX];
	int pipe_fds[2], status = 0;
	pid_t pid = -1;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return kf_fail_errno(err, errno, "cannot make a pipe");
	read_fd = pipe_fds[0];
	write_fd = pipe_fds[1];

	int r = spawn(nono_bin_path, argv, write_fd, &pid);

	if (r != 0)
		return kf_fail_errno(err, -r, "cannot run %s", nono_bin_path);
	kf_close_fd(&write_fd);
	write_fd = -1;
	r = collect(read_fd, output);
	if (r < 0)
		(void)kill(pid, SIGKILL);

	int waited = wait_for(pid, &status);

	if (r == -ETIMEDOUT)
		return kf_fail(err, ETIMEDOUT, "%s does not answer: is it nono?", nono_bin_path);
	if (r < 0 || waited < 0)
		return kf_fail_errno(err, r < 0 ? -r : -waited, "cannot run %s", nono_bin_path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return kf_fail(err, EINVAL, "nono does not accept it: %s", kf_quote(quoted, complaint(output)));
}
