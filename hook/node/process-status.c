/* SPDX-License-Identifier: Apache-2.0 */
#include "node/process-status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Reads /proc/PID/NAME into BUF, cut to fit. Returns the length or -errno. */
static ssize_t read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	size_t used = 0;
	ssize_t length;

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);

	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (used < size - 1 && (length = read(fd, buf + used, size - 1 - used)) != 0) {
		if (length < 0)
			return -errno;
		used += (size_t)length;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}

/* The number after "\nKEY:\t", or -1. */
static int number_of(const char *status, const char *key)
{
	char pattern[64];
	const char *found;
	int number;

	(void)snprintf(pattern, sizeof pattern, "\n%s:", key);
	found = strstr(status, pattern);
	return found && sscanf(found + strlen(pattern), "%d", &number) == 1 ? number : -1;
}

static void join_words(char *words, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
		if (words[i] == '\0')
			words[i] = ' ';
}

int kf_process_status(const struct kf_process_id *id, struct kf_process_status *ret, struct kf_error *err)
{
	struct kf_process_status found = { 0 };
	char status[8192];
	ssize_t length = read_proc(id->pid, "status", status, sizeof status);

	if (length >= 0)
		length = read_proc(id->pid, "cmdline", found.command, sizeof found.command);
	/* This comes last: if the process is still there, everything was read from it. */
	if (length >= 0 && !kf_process_id_alive(id))
		length = -ESRCH;
	if (length == -ESRCH)
		return kf_fail(err, ESRCH, "the container's process %d is gone", (int)id->pid);
	if (length < 0)
		return kf_fail_errno(err, (int)-length, "cannot look at process %d", (int)id->pid);
	join_words(found.command, (size_t)length);
	found.no_new_privs = number_of(status, "NoNewPrivs") == 1;
	found.seccomp_mode = number_of(status, "Seccomp");
	found.seccomp_filters = number_of(status, "Seccomp_filters");
	*ret = found;
	return 0;
}
