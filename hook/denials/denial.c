/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/denial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "base/format.h"
#include "base/path.h"

/* Setting the time of day moves one clock against the other; a report may be off by that much. */
static uint64_t to_realtime(uint64_t boottime_ns)
{
	struct timespec real = { 0 }, boot = { 0 };
	uint64_t real_usec, boot_usec;

	(void)clock_gettime(CLOCK_REALTIME, &real);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	real_usec = (uint64_t)real.tv_sec * 1000000 + (uint64_t)real.tv_nsec / 1000;
	boot_usec = (uint64_t)boot.tv_sec * 1000000 + (uint64_t)boot.tv_nsec / 1000;
	return real_usec - boot_usec + boottime_ns / 1000;
}

bool kf_event_is_whole(const struct kf_event *event, const char *text, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < KF_EVENT_PARTS; i++) {
		size_t length = event->lengths[i];

		if (length > size - used || (i == KF_PART_ADDRESS && length > KF_EVENT_ADDRESS))
			return false;
		used += length;
		if (i != KF_PART_ADDRESS && length > 0 && text[used - 1])
			return false;
	}
	return true;
}

static const char *part_at(const struct kf_event *event, const char *text, enum kf_event_part part)
{
	for (int i = 0; i < (int)part; i++)
		text += event->lengths[i];
	return text;
}

/* "bin\0usr\0" of LENGTH bytes becomes "/usr/bin"; nothing becomes "/". */
static int join_components(const char *components, size_t length, char **ret)
{
	cleanup_free char *path = calloc(1, length + 2);
	size_t end = length, used = 0;

	if (!path)
		return -ENOMEM;
	path[0] = '/';
	while (end > 0) {
		size_t start = --end;

		while (start > 0 && components[start - 1])
			start--;
		path[used++] = '/';
		memcpy(path + used, components + start, end - start);
		used += end - start;
		end = start;
	}
	*ret = kf_steal_string(&path);
	return 0;
}

/* Without "//", "/." and a slash at the end. ".." stays where it is: it may follow a symlink. */
static int tidy(char **path)
{
	cleanup_free char *tidied = NULL;

	if (kf_path_goes_up(*path))
		return 0;
	tidied = malloc(strlen(*path) + 2);
	if (!tidied)
		return -ENOMEM;
	kf_path_normalize(*path, tidied);
	free(*path);
	*path = kf_steal_string(&tidied);
	return 0;
}

static int take_path(const struct kf_event *event, const char *text, enum kf_event_part directory,
		     enum kf_event_part part, char **ret)
{
	size_t length = event->lengths[part];
	cleanup_free char *base = NULL, *path = NULL;
	const char *name = part_at(event, text, part);
	int r = 0;

	/* A call with a path that could not be read is not about the directory. */
	if (length == 0 && (event->lengths[directory] == 0 || (event->flags & KF_EVENT_UNREADABLE)))
		return 0;
	if (length > 0 && name[0] == '/')
		path = strdup(name);
	else
		r = join_components(part_at(event, text, directory), event->lengths[directory], &base);
	if (r == 0 && base && length > 1)
		r = kf_format(&path, "%s/%s", base, name);
	else if (base)
		path = kf_steal_string(&base);
	if (r < 0 || !path || tidy(&path) < 0)
		return -ENOMEM;
	*ret = kf_steal_string(&path);
	return 0;
}

static int describe_unix(const struct sockaddr_un *address, size_t length, char **ret)
{
	size_t size = length - offsetof(struct sockaddr_un, sun_path);

	if (address->sun_path[0])
		return kf_format(ret, "unix:%.*s", (int)size, address->sun_path);
	return kf_format(ret, "unix:@%.*s", (int)size - 1, address->sun_path + 1);
}

static int describe_address(const char *bytes, size_t length, char **ret)
{
	char host[INET6_ADDRSTRLEN] = "";
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
		char bytes[KF_EVENT_ADDRESS];
	} address = { 0 };

	memcpy(address.bytes, bytes, length < sizeof address.bytes ? length : sizeof address.bytes - 1);
	if (address.any.sa_family == AF_INET && length >= sizeof address.v4) {
		(void)inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof host);
		return kf_format(ret, "%s:%u", host, ntohs(address.v4.sin_port));
	}
	if (address.any.sa_family == AF_INET6 && length >= sizeof address.v6) {
		(void)inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof host);
		return kf_format(ret, "[%s]:%u", host, ntohs(address.v6.sin6_port));
	}
	if (address.any.sa_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path))
		return describe_unix(&address.local, length, ret);
	return kf_format(ret, "address family %u", address.any.sa_family);
}

static int describe_socket(const struct kf_event *event, char **ret)
{
	/* SOCK_NONBLOCK and SOCK_CLOEXEC are above the type. */
	return kf_format(ret, "family %u, type %u", (unsigned int)event->args[0], (unsigned int)event->args[1] & 0xf);
}

static int describe_process(const struct kf_event *event, const struct kf_call *call, char **ret)
{
	int process = call->process ? (int)event->args[call->process - 1] : 0;

	/* Its parent would have been the tracer. */
	if (call->number == SYS_ptrace && event->args[0] == PTRACE_TRACEME)
		return kf_format(ret, "its parent");
	if (call->signal && call->process)
		return kf_format(ret, "process %d, signal %d", process, (int)event->args[call->signal - 1]);
	if (call->signal)
		return kf_format(ret, "a pidfd, signal %d", (int)event->args[call->signal - 1]);
	return call->process ? kf_format(ret, "process %d", process) : kf_format(ret, "a pidfd");
}

static int describe_target(const struct kf_event *event, const char *text, const struct kf_call *call, char **ret)
{
	size_t length = event->lengths[KF_PART_ADDRESS];

	if (call->operation == KF_OP_FOREIGN)
		return kf_format(ret, "number %d", event->number);
	if (call->operation == KF_OP_SOCKET)
		return describe_socket(event, ret);
	if (call->operation == KF_OP_SIGNAL || call->operation == KF_OP_PTRACE)
		return describe_process(event, call, ret);
	if (call->operation == KF_OP_IOCTL)
		return kf_format(ret, "request 0x%x", (unsigned int)event->args[1]);
	return length >= sizeof(sa_family_t) ? describe_address(part_at(event, text, KF_PART_ADDRESS), length, ret) : 0;
}

unsigned int kf_denial_open_flags(const struct kf_event *event)
{
	const struct kf_call *call = kf_call_find(event->number);

	if (!call || (call->operation != KF_OP_READ && call->operation != KF_OP_CREATE))
		return 0;
	if (call->operation == KF_OP_CREATE)
		return O_CREAT | O_WRONLY | O_TRUNC;
	return (unsigned int)(call->roles.how ? event->how_flags : event->args[call->flags - 1]);
}

static enum kf_operation find_operation(const struct kf_event *event, const struct kf_call *call)
{
	unsigned int flags = kf_denial_open_flags(event);

	if (call->number == SYS_unlinkat)
		return (event->args[2] & AT_REMOVEDIR) ? KF_OP_RMDIR : KF_OP_UNLINK;
	if (call->operation != KF_OP_READ)
		return call->operation;
	if (flags & O_CREAT)
		return KF_OP_CREATE;
	return (flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC) ? KF_OP_READ : KF_OP_WRITE;
}

static int take_words(const struct kf_event *event, const char *text, const struct kf_call *call, struct kf_denial *ret)
{
	int r = join_components(part_at(event, text, KF_PART_PROGRAM), event->lengths[KF_PART_PROGRAM], &ret->program);

	if (r == 0)
		r = take_path(event, text, KF_PART_DIRECTORY, KF_PART_PATH, &ret->path);
	if (r == 0)
		r = take_path(event, text, KF_PART_NEW_DIRECTORY, KF_PART_NEW_PATH, &ret->new_path);
	return r < 0 ? r : describe_target(event, text, call, &ret->target);
}

int kf_denial_make(const struct kf_event *event, const char *text, struct kf_denial *ret)
{
	static const struct kf_call foreign = { .operation = KF_OP_FOREIGN, .number = -1 };
	const struct kf_call *call = event->flags & KF_EVENT_FOREIGN ? &foreign : kf_call_find(event->number);
	cleanup_denial struct kf_denial denial = { .count = 1, .watched = event->watched, .error = event->error };
	int r;

	if (!call)
		return -EINVAL;
	denial.time_usec = to_realtime(event->time_ns);
	denial.pid = (pid_t)event->inner_pid;
	denial.operation = find_operation(event, call);
	r = take_words(event, text, call, &denial);
	if (r < 0)
		return r;
	*ret = denial;
	denial = (struct kf_denial){ 0 };
	return 0;
}

const char *kf_cause_name(enum kf_cause cause)
{
	static const char *const names[] = {
		[KF_CAUSE_UNKNOWN] = "unknown",
		[KF_CAUSE_POLICY] = "policy",
		[KF_CAUSE_PERMISSIONS] = "permissions",
		[KF_CAUSE_SECCOMP] = "seccomp",
	};

	return names[cause];
}

void kf_denial_done(struct kf_denial *denial)
{
	free(denial->program);
	free(denial->path);
	free(denial->new_path);
	free(denial->target);
	*denial = (struct kf_denial){ 0 };
}
