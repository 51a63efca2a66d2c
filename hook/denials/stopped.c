/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/stopped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"

enum { STATUS_MAX = 64 * 1024, PAGE = 4096 };

/* A thread and the facts known so far. */
struct reader {
	pid_t tid;
	struct kf_stopped *stopped;
	size_t used;
};

static __u64 argument(const struct reader *reader, __u8 role)
{
	return reader->stopped->event.args[role - 1];
}

/* --- /proc/TID/status --------------------------------------------------------------------------------------------- */

static const char *field(const char *status, const char *name)
{
	const char *found = strstr(status, name);

	return found ? found + strlen(name) : "";
}

static void read_groups(const char *line, struct kf_event *event)
{
	char *end;

	for (;;) {
		unsigned long group = strtoul(line, &end, 10);

		if (end == line || *end == '\n')
			return;
		if (event->group_count < KF_EVENT_GROUPS)
			event->groups[event->group_count] = (__u32)group;
		event->group_count++;
		line = end;
	}
}

/* The last number of a line: the process's own namespace is the innermost. */
static __u32 last_number(const char *line)
{
	__u32 last = 0;
	char *end;

	while (*line && *line != '\n') {
		last = (__u32)strtoul(line, &end, 10);
		if (end == line)
			break;
		line = end;
	}
	return last;
}

static int read_status(struct reader *reader)
{
	struct kf_event *event = &reader->stopped->event;
	cleanup_free char *text = NULL;
	struct kf_error unused;
	uint64_t capabilities;
	size_t length;
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)reader->tid);
	if (kf_read_file(path, STATUS_MAX, &text, &length, &unused) < 0)
		return -ESRCH;
	(void)sscanf(text, "Name: %15[^\n]", event->name);
	event->tid = (__u32)reader->tid;
	if (sscanf(field(text, "\nTgid:"), "%u", &event->pid) != 1 ||
	    sscanf(field(text, "\nUid:"), "%*u %*u %*u %u", &event->uid) != 1 ||
	    sscanf(field(text, "\nGid:"), "%*u %*u %*u %u", &event->gid) != 1 ||
	    sscanf(field(text, "\nCapEff:"), "%" SCNx64, &capabilities) != 1)
		return -ESRCH;
	event->capabilities = capabilities;
	event->inner_pid = last_number(field(text, "\nNStgid:"));
	read_groups(field(text, "\nGroups:"), event);
	(void)snprintf(path, sizeof path, "/proc/%d/ns/user", (int)reader->tid);
	if (stat(path, &st) == 0)
		event->user_namespace = (__u32)st.st_ino;
	return 0;
}

/* --- the parts ---------------------------------------------------------------------------------------------------- */

/* Appends the components of the target of NAME in /proc/TID, from the last one on. */
static void put_place(struct reader *reader, const char *name, enum kf_event_part part)
{
	struct kf_stopped *stopped = reader->stopped;
	cleanup_free char *target = NULL;
	size_t start = reader->used, end;
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)reader->tid, name);
	if (kf_read_link(path, &target) < 0)
		return;
	end = strlen(target);
	if (target[0] != '/' || reader->used + end + 1 >= sizeof stopped->text) {
		stopped->event.flags |= KF_EVENT_CUT;
		return;
	}
	while (end > 0) {
		const char *slash = memrchr(target, '/', end);
		size_t length = (size_t)(target + end - slash) - 1;

		memcpy(stopped->text + reader->used, slash + 1, length);
		reader->used += length + (length > 0);
		end = (size_t)(slash - target);
	}
	stopped->event.lengths[part] = (__u32)(reader->used - start);
}

static void put_directory(struct reader *reader, __u8 role, bool from_cwd, enum kf_event_part part)
{
	int fd = role ? (int)argument(reader, role) : AT_FDCWD;
	char name[32];

	if (fd == AT_FDCWD && (role || from_cwd)) {
		put_place(reader, "cwd", part);
	} else if (fd >= 0) {
		(void)snprintf(name, sizeof name, "fd/%d", fd);
		put_place(reader, name, part);
	}
}

/* Reads SIZE bytes of the thread's memory, or as much as there is. Returns the number read. */
static size_t peek(const struct reader *reader, __u64 address, char *buf, size_t size)
{
	size_t done = 0;

	/* One page after the other: the page after the last one may not be mapped. */
	while (done < size) {
		size_t chunk = PAGE - (address + done) % PAGE;
		struct iovec local = { buf + done, chunk < size - done ? chunk : size - done };
		struct iovec remote = { (void *)(uintptr_t)(address + done), local.iov_len };
		ssize_t length = process_vm_readv(reader->tid, &local, 1, &remote, 1, 0);

		if (length <= 0)
			break;
		done += (size_t)length;
		if (memchr(local.iov_base, '\0', (size_t)length) && size == KF_EVENT_PATH)
			break;
	}
	return done;
}

static void put_path(struct reader *reader, __u8 role, enum kf_event_part part)
{
	struct kf_stopped *stopped = reader->stopped;
	char *text = stopped->text + reader->used;
	size_t length;

	if (!role)
		return;
	if (reader->used + KF_EVENT_PATH > sizeof stopped->text) {
		stopped->event.flags |= KF_EVENT_CUT;
		return;
	}
	length = peek(reader, argument(reader, role), text, KF_EVENT_PATH);
	length = strnlen(text, length) + 1;
	if (length > KF_EVENT_PATH || length == 1) {
		stopped->event.flags |= length == 1 ? 0U : KF_EVENT_UNREADABLE;
		length = length == 1 ? 1 : 0;
	}
	text[length ? length - 1 : 0] = '\0';
	stopped->event.lengths[part] = (__u32)length;
	reader->used += length;
}

static void put_address(struct reader *reader, const struct kf_event_roles *roles)
{
	struct kf_stopped *stopped = reader->stopped;
	__u64 address = roles->address ? argument(reader, roles->address) : 0;
	__u64 length = roles->address ? argument(reader, roles->address_length) : 0;
	struct {
		__u64 name;
		__u32 length;
	} message = { 0 };

	if (roles->message &&
	    peek(reader, argument(reader, roles->message), (char *)&message, sizeof message) == sizeof message) {
		address = message.name;
		length = message.length;
	}
	if (!address || length == 0 || reader->used + KF_EVENT_ADDRESS > sizeof stopped->text)
		return;
	if (length >= KF_EVENT_ADDRESS)
		length = KF_EVENT_ADDRESS - 1;
	if (peek(reader, address, stopped->text + reader->used, length) != length)
		return;
	stopped->event.lengths[KF_PART_ADDRESS] = (__u32)length;
	reader->used += length;
}

int kf_stopped_read(pid_t tid, const struct kf_stopped_call *call, const struct kf_event_roles *roles,
		    struct kf_stopped *ret)
{
	struct reader reader = { .tid = tid, .stopped = ret };
	struct timespec now = { 0 };

	ret->event.number = call->number;
	memcpy(ret->event.args, call->args, sizeof ret->event.args);
	if (read_status(&reader) < 0)
		return -ESRCH;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	ret->event.time_ns = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
	put_directory(&reader, roles->directory, roles->from_cwd, KF_PART_DIRECTORY);
	put_directory(&reader, roles->new_directory, roles->new_from_cwd, KF_PART_NEW_DIRECTORY);
	put_place(&reader, "exe", KF_PART_PROGRAM);
	put_path(&reader, roles->path, KF_PART_PATH);
	put_path(&reader, roles->new_path, KF_PART_NEW_PATH);
	put_address(&reader, roles);
	if (roles->how)
		(void)peek(&reader, argument(&reader, roles->how), (char *)&ret->event.how_flags,
			   sizeof ret->event.how_flags);
	return 0;
}
