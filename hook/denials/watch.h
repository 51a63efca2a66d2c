/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_WATCH_H
#define KF_DENIALS_WATCH_H

#include <stdint.h>

#include "base/cleanup.h"
#include "denials/event.h"
#include "denials/watched.h"

struct kf_error;

/* Takes one event, whose parts are at TEXT. Returns 0, or -errno, which ends the look. */
typedef int (*kf_event_sink)(void *data, const struct kf_event *event, const char *text);

/* A look at the system calls of containers. */
struct kf_watch;

/*
 * By BPF: all containers at once, at next to no cost for them. Needs a kernel with BTF and CAP_BPF and CAP_PERFMON, or
 * root's rights, without a lockdown that forbids it. -EOPNOTSUPP, with the reason: this kubefence was built without, or
 * the kernel has no BTF; -EPERM; or another error of bpf(2).
 */
int kf_watch_open_bpf(kf_event_sink sink, void *data, struct kf_watch **ret, struct kf_error *err);

/* By ptrace(2): the processes stop at each system call. Never fails but for memory and descriptors. */
int kf_watch_open_ptrace(kf_event_sink sink, void *data, struct kf_watch **ret, struct kf_error *err);

/* Looks at WATCHED, too. NUMBER is the container's in the events. WATCHED stays where it is until the end. */
int kf_watch_add(struct kf_watch *watch, const struct kf_watched *watched, uint32_t number, struct kf_error *err);

/* Forgets a container that has ended. */
void kf_watch_remove(struct kf_watch *watch, const struct kf_watched *watched);

/* The descriptor that poll(2) finds readable when kf_watch_take() has something to do. Borrowed. */
int kf_watch_fd(const struct kf_watch *watch);

/* Hands the events that are there to the sink. Call it from time to time in any case. 0 or -errno. */
int kf_watch_take(struct kf_watch *watch, struct kf_error *err);

/* The number of events that were lost because the sink was too slow. */
uint64_t kf_watch_lost(const struct kf_watch *watch);

/* Ends the look. Traced processes go on. WATCH may be NULL. */
void kf_watch_free(struct kf_watch *watch);

static inline void kf_watch_freep(struct kf_watch **watch)
{
	kf_watch_free(*watch);
}

#define cleanup_watch KF_CLEANUP(kf_watch_freep)

/* --- for the files that look alone -------------------------------------------------------------------------------- */

struct kf_watch_calls {
	int (*add)(struct kf_watch *watch, const struct kf_watched *watched, uint32_t number, struct kf_error *err);
	void (*remove)(struct kf_watch *watch, const struct kf_watched *watched);
	int (*take)(struct kf_watch *watch, struct kf_error *err);
	uint64_t (*lost)(const struct kf_watch *watch);
	void (*free)(struct kf_watch *watch);
};

/* The first member of the object that each of them makes. */
struct kf_watch {
	const struct kf_watch_calls *calls;
	kf_event_sink sink;
	void *data;
	int fd;
};

#endif
