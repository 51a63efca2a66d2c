/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"

static const char *file_of(const char *target)
{
	static const char file[] = "file:";

	if (strncmp(target, file, sizeof file - 1) == 0)
		return target + sizeof file - 1;
	if (strncmp(target, "journald:", strlen("journald:")) == 0 ||
	    strncmp(target, "syslog:", strlen("syslog:")) == 0)
		return NULL;
	return target;
}

static struct json_object *line_of(const char *message)
{
	cleanup_json struct json_object *line = json_object_new_object();
	char timestamp[KF_TIMESTAMP_MAX];

	if (!line || kf_json_set_string(line, "level", "error") < 0 || kf_json_set_string(line, "msg", message) < 0 ||
	    kf_json_set_string(line, "time", kf_clock_timestamp(timestamp)) < 0)
		return NULL;
	return kf_steal_json(&line);
}

void kf_runtime_log_append(const char *target, const char *message)
{
	const char *path = file_of(target);
	cleanup_json struct json_object *line = line_of(message);
	size_t length;
	const char *text = line ? kf_json_text(line, &length) : NULL;
	cleanup_free char *terminated = NULL;

	if (!path || !path[0] || !text)
		return;

	cleanup_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);

	if (fd < 0 || kf_format(&terminated, "%s\n", text) < 0)
		return;
	/* One write for the line: other programs append to the same file. */
	(void)kf_write_all(fd, terminated, length + 1);
}
