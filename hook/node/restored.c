/* SPDX-License-Identifier: Apache-2.0 */
#include "node/restored.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"

/* The kernel says so of a program that an update has replaced. */
#define DELETED " (deleted)"

int kf_process_is_restored(pid_t pid)
{
	cleanup_free char *target = NULL;
	char path[64], *deleted;
	int r;

	(void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	r = kf_read_link(path, &target);
	if (r < 0)
		return r == -EACCES || r == -EPERM || r == -ENOENT || r == -ESRCH ? 0 : r;
	deleted = strstr(target, DELETED);
	if (deleted && deleted[sizeof DELETED - 1] == '\0')
		*deleted = '\0';
	return strcmp(basename(target), "criu") == 0;
}
