/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_TESTS_UNIT_ROOTLESS_H
#define KF_TESTS_UNIT_ROOTLESS_H

/*
 * A process in a user namespace as rootless Podman makes one: uid 0 there is USER, 1 and up are subordinate uids, and
 * the host's root is not mapped. A question that is answered once in a process is answered afresh in there, as long as
 * the test's own process has not asked.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOTLESS_USER 1001
#define ROOTLESS_FIRST_SUBUID 100000
#define ROOTLESS_MAP "0 1001 1\n1 100000 65536\n"

static inline void write_map(pid_t pid, const char *file, const char *map)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);

	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, map, strlen(map)), strlen(map));
	(void)close(fd);
}

/*
 * Runs FUNCTION(ARG) as uid 0 of a user namespace with MAP (of uids and of gids); returns its result, 0 to 100. A
 * failing assertion of cmocka must not happen in there.
 */
static inline int run_in_user_namespace(const char *map, int (*function)(const void *arg), const void *arg)
{
	int mapped[2], entered[2], status;
	char byte = 0;

	assert_int_equal(pipe2(mapped, O_CLOEXEC), 0);
	assert_int_equal(pipe2(entered, O_CLOEXEC), 0);

	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || write(entered[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1 ||
		    setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			_exit(101);
		_exit(function(arg));
	}
	(void)close(entered[1]);
	assert_int_equal(read(entered[0], &byte, 1), 1);
	write_map(pid, "uid_map", map);
	write_map(pid, "gid_map", map);
	assert_int_equal(write(mapped[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(entered[0]);
	(void)close(mapped[0]);
	(void)close(mapped[1]);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 101);
	return WEXITSTATUS(status);
}

/* The same in the namespace the test runs in: only the process is a new one. */
static inline int run_here(int (*function)(const void *arg), const void *arg)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(function(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif
