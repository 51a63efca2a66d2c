/* SPDX-License-Identifier: Apache-2.0 */
#include "node/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

static int set_up(const struct kf_command *command, int output_fd, posix_spawn_file_actions_t *actions,
		  posix_spawnattr_t *attributes)
{
	int r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
	if (r == 0 && command->with_stderr)
		r = posix_spawn_file_actions_adddup2(actions, output_fd, STDERR_FILENO);
	else if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addchdir_np(actions, "/");
	/* A process group of its own, so that its children can be killed, too. */
	return r == 0 ? posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP) : r;
}

static int spawn(const struct kf_command *command, int output_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = set_up(command, output_fd, &actions, &attributes);
		if (r == 0)
			r = posix_spawn(ret_pid, command->argv[0], &actions, &attributes, (char *const *)command->argv,
					(char *const *)command->env);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Waits until FD can be read; a pidfd can be when its process has ended. 0, -ETIMEDOUT or another errno. */
static int wait_readable(int fd, uint64_t deadline)
{
	for (;;) {
		uint64_t now = kf_clock_usec();
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int r = now < deadline ? poll(&ready, 1, (int)((deadline - now) / 1000) + 1) : 0;

		if (r > 0)
			return 0;
		if (r == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Reads until all writers have closed it, and throws away the bytes that do not fit. */
static int collect(int fd, uint64_t deadline, char *buf, size_t max)
{
	char rest[4096];
	size_t used = 0;

	for (;;) {
		bool full = used == max;
		int r = wait_readable(fd, deadline);

		if (r < 0)
			return r;

		ssize_t n = read(fd, full ? rest : buf + used, full ? sizeof rest : max - used);

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

/* Waits for the end of the process, which may have closed its output before, and reaps it in any case. */
static int wait_for(pid_t pid, int r, uint64_t deadline, int *ret_status)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int status = 0;

	if (r == 0)
		r = pidfd < 0 ? -errno : wait_readable(pidfd, deadline);
	if (r < 0)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return r;
}

int kf_command_ask(const struct kf_command *command, char **ret_output, int *ret_status, struct kf_error *err)
{
	uint64_t deadline = kf_clock_usec() + (uint64_t)command->msec * 1000;
	cleanup_close int read_fd = -1, write_fd = -1;
	cleanup_free char *output = NULL;
	int pipe_fds[2];
	pid_t pid = -1;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return kf_fail_errno(err, errno, "cannot make a pipe");
	read_fd = pipe_fds[0];
	write_fd = pipe_fds[1];

	int r = spawn(command, write_fd, &pid);

	if (r != 0)
		return kf_fail_errno(err, -r, "cannot run %s", command->argv[0]);
	(void)close(kf_steal_fd(&write_fd));
	output = malloc(command->max + 1);
	r = output ? collect(read_fd, deadline, output, command->max) : -ENOMEM;
	r = wait_for(pid, r, deadline, ret_status);
	if (r == -ETIMEDOUT)
		return kf_fail(err, ETIMEDOUT, "%s does not answer within %g seconds", command->argv[0],
			       command->msec / 1000.0);
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot run %s", command->argv[0]);
	*ret_output = kf_steal_string(&output);
	return 0;
}
