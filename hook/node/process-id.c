/* SPDX-License-Identifier: Apache-2.0 */
#include "node/process-id.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

struct stat_line {
	char state;
	uint64_t start_time;
};

/* "PID (NAME) STATE ...": the name may hold any byte, brackets too, so the last bracket ends it. */
static int parse_stat(const char *text, struct stat_line *ret)
{
	const char *field = strrchr(text, ')');

	if (!field || field[1] != ' ')
		return -EINVAL;
	ret->state = field[2];
	field += 2;
	for (int i = 3; i < 22; i++) {
		field = strchr(field, ' ');
		if (!field)
			return -EINVAL;
		field++;
	}
	return sscanf(field, "%" SCNu64, &ret->start_time) == 1 ? 0 : -EINVAL;
}

static int read_stat(pid_t pid, struct stat_line *ret)
{
	char path[32], text[1024];

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);

	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;

	ssize_t length = read(fd, text, sizeof text - 1);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	return parse_stat(text, ret);
}

int kf_process_id_get(pid_t pid, struct kf_process_id *ret)
{
	struct stat_line line = { 0 };
	int r = read_stat(pid, &line);

	if (r == 0)
		*ret = (struct kf_process_id){ .pid = pid, .start_time = line.start_time };
	return r;
}

bool kf_process_id_alive(const struct kf_process_id *id)
{
	struct stat_line line = { 0 };
	int r = read_stat(id->pid, &line);

	if (r < 0)
		return r != -ESRCH;
	return line.start_time == id->start_time && line.state != 'Z' && line.state != 'X';
}
