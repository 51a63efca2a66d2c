/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With ptrace(2): each thread of the container is seized, stops before and after each system call, and goes on. A
 * process that is seized only becomes slower; when this process ends, it goes on alone.
 */
#include "denials/watch.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "denials/calls.h"
#include "denials/stopped.h"

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#define OWN_ARCH 0
#endif

enum {
	BUCKETS = 256,
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		  PTRACE_O_TRACEEXEC,
	SYSCALL_STOP = SIGTRAP | 0x80,
	/* Threads appear while others are seized; threads that appear after so many looks are found at the next tick.
	 */
	LOOKS = 8,
	LOOK_EVERY_USEC = 200000,
	DETACH_TRIES = 2000,
};

/* A thread, between the two stops of a system call. */
struct thread {
	struct thread *next;
	pid_t tid;
	bool in_call;
	bool foreign;
	struct kf_stopped_call call;
};

struct trace {
	struct kf_watch watch;
	struct thread *threads[BUCKETS];
	const struct kf_watched *watched;
	uint32_t number;
	uint64_t looked_usec; /* when new processes were looked for */
};

/* --- threads ------------------------------------------------------------------------------------------------------ */

static struct thread **place_of(struct trace *self, pid_t tid)
{
	struct thread **place = &self->threads[(unsigned int)tid % BUCKETS];

	while (*place && (*place)->tid != tid)
		place = &(*place)->next;
	return place;
}

static struct thread *know(struct trace *self, pid_t tid)
{
	struct thread **place = place_of(self, tid);

	if (!*place) {
		*place = calloc(1, sizeof **place);
		if (*place)
			(*place)->tid = tid;
	}
	return *place;
}

static void forget_thread(struct trace *self, pid_t tid)
{
	struct thread **place = place_of(self, tid), *thread = *place;

	if (thread) {
		*place = thread->next;
		free(thread);
	}
}

/* --- finding them ------------------------------------------------------------------------------------------------- */

static bool is_of(const struct kf_watched *watched, pid_t pid)
{
	struct stat st;
	char path[48];

	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
	return stat(path, &st) == 0 && (uint32_t)st.st_ino == watched->mount_namespace;
}

/* Calls SEE for each number among the names of the directory PATH. Returns the sum of its results. */
static int each_number(const char *path, int (*see)(struct trace *self, pid_t number), struct trace *self)
{
	cleanup_dir DIR *dir = opendir(path);
	const struct dirent *entry;
	int sum = 0;

	while (dir && (entry = readdir(dir))) {
		long number = strtol(entry->d_name, NULL, 10);

		if (number > 0)
			sum += see(self, (pid_t)number);
	}
	return sum;
}

static int seize_thread(struct trace *self, pid_t tid)
{
	if (*place_of(self, tid) || ptrace(PTRACE_SEIZE, tid, NULL, (void *)(long)OPTIONS) < 0)
		return 0;
	(void)know(self, tid);
	(void)ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	return 1;
}

static int seize_process(struct trace *self, pid_t pid)
{
	char path[32];

	if (!is_of(self->watched, pid))
		return 0;
	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	return each_number(path, seize_thread, self);
}

static int seize_all(struct trace *self)
{
	int sum = 0, found = 1;

	self->looked_usec = kf_clock_usec();
	for (int i = 0; found > 0 && i < LOOKS; i++) {
		found = each_number("/proc", seize_process, self);
		sum += found;
	}
	return sum;
}

/* --- their stops -------------------------------------------------------------------------------------------------- */

static bool is_refusal(const struct __ptrace_syscall_info *info)
{
	return info->exit.is_error &&
	       (info->exit.rval == -EACCES || info->exit.rval == -EPERM || info->exit.rval == -EXDEV);
}

static int report(struct trace *self, const struct thread *thread, int error)
{
	struct kf_stopped stopped = { 0 };
	const struct kf_call *call = thread->foreign ? NULL : kf_call_find(thread->call.number);
	const struct kf_event_roles none = { 0 };

	if (!call && !thread->foreign)
		return 0;
	if (kf_stopped_read(thread->tid, &thread->call, call ? &call->roles : &none, &stopped) < 0)
		return 0;
	stopped.event.watched = self->number;
	stopped.event.error = error;
	stopped.event.flags |= thread->foreign ? KF_EVENT_FOREIGN : 0;
	return self->watch.sink(self->watch.data, &stopped.event, stopped.text);
}

static int on_call(struct trace *self, struct thread *thread)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, (void *)sizeof info, &info) <= 0)
		return 0;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		thread->in_call = true;
		thread->foreign = OWN_ARCH && info.arch != OWN_ARCH;
		thread->call.number = (int)info.entry.nr;
		for (size_t i = 0; i < 6; i++)
			thread->call.args[i] = info.entry.args[i];
		return 0;
	}
	if (info.op != PTRACE_SYSCALL_INFO_EXIT || !thread->in_call)
		return 0;
	thread->in_call = false;
	return is_refusal(&info) ? report(self, thread, (int)-info.exit.rval) : 0;
}

static bool stops_groups(int signal_number)
{
	return signal_number == SIGSTOP || signal_number == SIGTSTP || signal_number == SIGTTIN ||
	       signal_number == SIGTTOU;
}

/* Lets the thread go on, with the signal that it was about to get. ptrace(2), "Stopped states". */
static int on_stop(struct trace *self, struct thread *thread, int status)
{
	int signal_number = WSTOPSIG(status), event = status >> 16, r = 0;

	if (event == PTRACE_EVENT_STOP && stops_groups(signal_number)) {
		(void)ptrace(PTRACE_LISTEN, thread->tid, NULL, NULL);
		return 0;
	}
	if (signal_number == SYSCALL_STOP)
		r = on_call(self, thread);
	if (event != 0 || signal_number == SYSCALL_STOP)
		signal_number = 0;
	(void)ptrace(PTRACE_SYSCALL, thread->tid, NULL, (void *)(long)signal_number);
	return r;
}

static int take(struct kf_watch *watch, struct kf_error *err)
{
	struct trace *self = (struct trace *)watch;
	struct signalfd_siginfo seen;
	int status, r = 0;
	pid_t tid;

	while (read(self->watch.fd, &seen, sizeof seen) > 0)
		;
	while (r == 0 && (tid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		struct thread *thread;

		if (!WIFSTOPPED(status)) {
			forget_thread(self, tid);
			continue;
		}
		thread = know(self, tid);
		r = thread ? on_stop(self, thread, status) : -ENOMEM;
	}
	/* Finds processes that were started from outside, as by an exec. */
	if (r == 0 && self->watched && kf_clock_usec() - self->looked_usec > LOOK_EVERY_USEC)
		(void)seize_all(self);
	return r < 0 ? kf_fail_errno(err, -r, "cannot take the denials") : 0;
}

/* --- beginning and end -------------------------------------------------------------------------------------------- */

static int add(struct kf_watch *watch, const struct kf_watched *watched, uint32_t number, struct kf_error *err)
{
	struct trace *self = (struct trace *)watch;

	if (self->watched)
		return kf_fail(err, EINVAL, "with ptrace one container can be watched at a time: name it");
	self->watched = watched;
	self->number = number;
	if (seize_all(self) == 0)
		return kf_fail_errno(err, errno, "cannot trace the processes of container %s", watched->id);
	return 0;
}

static void forget(struct kf_watch *watch, const struct kf_watched *watched)
{
	struct trace *self = (struct trace *)watch;

	if (self->watched == watched)
		self->watched = NULL;
}

static uint64_t count_lost(const struct kf_watch *watch)
{
	(void)watch;
	return 0;
}

static size_t count_threads(const struct trace *self)
{
	size_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct thread *thread = self->threads[i]; thread; thread = thread->next)
			count++;
	return count;
}

/* A thread can only be let go where it has stopped, and must get the signal that it has stopped for. */
static void let_go(struct trace *self, pid_t tid, int status)
{
	int signal_number = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

	if (status >> 16 || signal_number == SYSCALL_STOP)
		signal_number = 0;
	if (WIFSTOPPED(status))
		(void)ptrace(PTRACE_DETACH, tid, NULL, (void *)(long)signal_number);
	forget_thread(self, tid);
}

static void let_all_go(struct trace *self)
{
	int status;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct thread *thread = self->threads[i]; thread; thread = thread->next)
			(void)ptrace(PTRACE_INTERRUPT, thread->tid, NULL, NULL);
	for (int i = 0; count_threads(self) > 0 && i < DETACH_TRIES; i++) {
		pid_t tid = waitpid(-1, &status, WNOHANG | __WALL);

		if (tid > 0)
			let_go(self, tid, status);
		else if (tid < 0)
			break;
		else
			(void)usleep(1000);
	}
}

static void end(struct kf_watch *watch)
{
	struct trace *self = (struct trace *)watch;

	let_all_go(self);
	for (size_t i = 0; i < BUCKETS; i++)
		while (self->threads[i])
			forget_thread(self, self->threads[i]->tid);
	kf_close_fd(&self->watch.fd);
	free(self);
}

int kf_watch_open_ptrace(kf_event_sink sink, void *data, struct kf_watch **ret, struct kf_error *err)
{
	static const struct kf_watch_calls calls = { add, forget, take, count_lost, end };
	struct trace *self = calloc(1, sizeof *self);
	sigset_t signals;

	if (!self)
		return kf_oom(err);
	self->watch = (struct kf_watch){ .calls = &calls, .sink = sink, .data = data };
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	self->watch.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self->watch.fd < 0) {
		free(self);
		return kf_fail_errno(err, errno, "cannot wait for processes");
	}
	*ret = &self->watch;
	return 0;
}
