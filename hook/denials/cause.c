/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/cause.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "denials/ask.h"

static bool has_capability(const struct kf_event *event, unsigned int capability)
{
	return event->capabilities >> capability & 1;
}

static bool is_about_files(enum kf_operation operation)
{
	return operation <= KF_OP_IOCTL;
}

/* TARGET is "ADDRESS:PORT". */
static unsigned int port_of(const char *target)
{
	const char *colon = target ? strrchr(target, ':') : NULL;

	return colon ? (unsigned int)strtoul(colon + 1, NULL, 10) : 0;
}

static bool is_local(const struct kf_denial *denial)
{
	return denial->target && strncmp(denial->target, "unix:", strlen("unix:")) == 0;
}

/* The causes that need no look at the file system. KF_CAUSE_UNKNOWN: that look is needed. */
static enum kf_cause judge_by_number(const struct kf_event *event, const struct kf_denial *denial)
{
	bool named = is_local(denial) && strncmp(denial->target, "unix:@", strlen("unix:@")) != 0;

	if (is_about_files(denial->operation))
		return event->error == EPERM ? KF_CAUSE_PERMISSIONS : KF_CAUSE_UNKNOWN;
	switch (denial->operation) {
	case KF_OP_MOUNT:
		return event->error == EPERM && has_capability(event, CAP_SYS_ADMIN) ? KF_CAUSE_POLICY
										     : KF_CAUSE_PERMISSIONS;
	case KF_OP_SOCKET:
		return (event->args[1] & 0xf) == SOCK_RAW && !has_capability(event, CAP_NET_RAW) ? KF_CAUSE_PERMISSIONS
												 : KF_CAUSE_SECCOMP;
	case KF_OP_BIND:
	case KF_OP_CONNECT:
	case KF_OP_SEND:
		/* Landlock refuses an abstract socket with EPERM, TCP and files with EACCES. */
		if (is_local(denial) ? named != (event->error == EACCES) : event->error != EACCES)
			return KF_CAUSE_PERMISSIONS;
		if (is_local(denial) && !named)
			return KF_CAUSE_POLICY;
		return denial->operation != KF_OP_BIND && !named ? KF_CAUSE_POLICY : KF_CAUSE_UNKNOWN;
	case KF_OP_SIGNAL:
	case KF_OP_PTRACE:
		return event->error == EPERM ? KF_CAUSE_UNKNOWN : KF_CAUSE_PERMISSIONS;
	default:
		return KF_CAUSE_UNKNOWN;
	}
}

/* Would these answers of the kernel have let the call through? Then Landlock was the reason. */
static enum kf_cause conclude(int answer)
{
	if (answer == 0)
		return KF_CAUSE_POLICY;
	return answer == -EACCES || answer == -EPERM || answer == -EROFS || answer == -EXDEV ? KF_CAUSE_PERMISSIONS
											     : KF_CAUSE_UNKNOWN;
}

static int ask_open(const struct kf_event *event, const char *path)
{
	unsigned int flags = kf_denial_open_flags(event);
	int mode = (flags & O_ACCMODE) == O_RDONLY ? R_OK : (flags & O_ACCMODE) == O_WRONLY ? W_OK : R_OK | W_OK;
	int answer;

	if (flags & O_TRUNC)
		mode |= W_OK;
	answer = kf_ask_access(path, mode);
	if (answer == -ENOENT && (flags & O_CREAT))
		return kf_ask_parent(path);
	if (answer == 0 && (flags & O_CREAT))
		answer = kf_ask_protected(path);
	return answer < 0 ? answer : kf_ask_device(path);
}

static int ask_two_parents(const struct kf_event *event, const struct kf_denial *denial)
{
	int answer = kf_ask_parent(denial->path);

	if (denial->operation == KF_OP_LINK)
		answer = 0;
	if (answer == 0 && denial->new_path)
		answer = kf_ask_parent(denial->new_path);
	if (answer == 0 && event->error == EXDEV && denial->new_path)
		answer = kf_ask_same_mount(denial->path, denial->new_path);
	return answer;
}

static int ask_files(const struct kf_event *event, const struct kf_denial *denial)
{
	if (!denial->path)
		return -ENOENT;
	switch (denial->operation) {
	case KF_OP_READ:
	case KF_OP_WRITE:
	case KF_OP_CREATE:
		return ask_open(event, denial->path);
	case KF_OP_EXEC:
		return kf_ask_access(denial->path, X_OK);
	case KF_OP_TRUNCATE:
		return event->number == SYS_ftruncate ? 0 : kf_ask_access(denial->path, W_OK);
	case KF_OP_RENAME:
	case KF_OP_LINK:
		return ask_two_parents(event, denial);
	case KF_OP_IOCTL:
		return 0;
	default:
		return kf_ask_parent(denial->path);
	}
}

/* Which ports are privileged is a matter of the network namespace, and /proc is the host's here. */
static int ask_port(const struct kf_watched *watched, const struct kf_event *event, const struct kf_denial *denial)
{
	unsigned int first = 0, port = port_of(denial->target);
	int r;

	if (has_capability(event, CAP_NET_BIND_SERVICE))
		return 0;
	r = kf_ask_first_free_port(watched, &first);
	return r < 0 || port == 0 || port >= first ? r : -EACCES;
}

/* kill(2) and ptrace(2), "Ptrace access mode checking". */
static int compare_processes(const struct kf_event *event, const struct kf_denial *denial, uid_t uid,
			     const struct kf_ask_process *other)
{
	if (denial->operation == KF_OP_SIGNAL)
		return has_capability(event, CAP_KILL) || uid == other->real || uid == other->saved ? 0 : -EPERM;
	if (other->traced)
		return -EPERM;
	if (has_capability(event, CAP_SYS_PTRACE))
		return 0;
	if (uid != other->real || uid != other->effective || uid != other->saved ||
	    (other->capabilities & ~event->capabilities) != 0)
		return -EPERM;
	/* Yama lets a process trace its descendants, and others by arrangement. */
	return kf_ask_yama() ? -ENOENT : 0;
}

static int ask_processes(const struct kf_watched *watched, const struct kf_event *event, const struct kf_denial *denial)
{
	const struct kf_call *call = kf_call_find(event->number);
	int number = call && call->process ? (int)event->args[call->process - 1] : 0;
	struct kf_ask_process other;
	uid_t uid;

	if (call && call->number == SYS_ptrace && event->args[0] == PTRACE_TRACEME)
		return 0;
	if (number <= 0 || kf_ask_uid(watched, event, &uid) < 0 || kf_ask_process(number, &other) < 0)
		return -ENOENT;
	return compare_processes(event, denial, uid, &other);
}

static int ask(const struct kf_watched *watched, const struct kf_event *event, const struct kf_denial *denial)
{
	if (denial->operation == KF_OP_BIND && !is_local(denial))
		return ask_port(watched, event, denial);
	if (kf_ask_enter(watched) < 0)
		return -EIO;
	if (denial->operation == KF_OP_SIGNAL || denial->operation == KF_OP_PTRACE)
		return ask_processes(watched, event, denial);
	if (kf_ask_become(watched, event) < 0)
		return -EIO;
	if (denial->operation == KF_OP_BIND)
		return kf_ask_parent(denial->target + strlen("unix:"));
	if (is_local(denial))
		return kf_ask_access(denial->target + strlen("unix:"), W_OK);
	return ask_files(event, denial);
}

/* A child asks, and its exit status is the answer: a question changes the user and the namespaces of the process. */
static int ask_in_child(const struct kf_watched *watched, const struct kf_event *event, const struct kf_denial *denial)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-ask(watched, event, denial) & 0xff);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

enum kf_cause kf_cause_find(const struct kf_watched *watched, const struct kf_event *event,
			    const struct kf_denial *denial)
{
	enum kf_cause cause = judge_by_number(event, denial);

	if (cause != KF_CAUSE_UNKNOWN || denial->operation == KF_OP_FOREIGN)
		return cause;
	/* The capabilities of a namespace that a process of the container has made count there alone. */
	if (event->user_namespace != watched->user_namespace)
		return KF_CAUSE_UNKNOWN;
	return conclude(ask_in_child(watched, event, denial));
}
