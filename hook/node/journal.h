/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_JOURNAL_H
#define KF_NODE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/container.h"
#include "policy/decision.h"

struct kf_error;

/* The kinds of entries; each has a MESSAGE and a MESSAGE_ID of its own (see systemd/kubefence.catalog). */
enum kf_event {
	KF_EVENT_INJECTED,
	KF_EVENT_SKIP,
	KF_EVENT_DENIED,
	KF_EVENT_REMOVED,
	/* The first three, about a further process in a container that runs. */
	KF_EVENT_EXEC_INJECTED,
	KF_EVENT_EXEC_SKIP,
	KF_EVENT_EXEC_DENIED,
};

/* One entry. A string that is NULL leaves its field out. */
struct kf_journal_entry {
	enum kf_event event;
	enum kf_reason reason;
	const char *stage; /* "create-runtime", "poststop", "rewrite", "kata", "start", "exec" */
	const char *profile;
	const char *asked; /* the profile that the pod asked for in vain, as the pod wrote it */
	const char *handler;
	const char *allow;   /* the pod's nono.sh/allow, as the pod wrote it */
	const char *command; /* of an exec: the name of its program, never its arguments; printable */
	const char *warning; /* about a container that starts all the same */
	struct kf_container container;
	int landlock_abi; /* 0: not known */
	uint64_t duration_usec;
	const struct kf_error *error; /* of a denial: ERRNO and NONO_ERROR */
};

/* The event for a decision with this VERDICT about a container or, if EXEC, about a further process in one. */
enum kf_event kf_journal_event(enum kf_verdict verdict, bool exec);

/*
 * Writes one entry to the journal (sd_journal_sendv(3)). Values from pods cannot add fields or lines: the native
 * protocol sends them with their length, and long ones are cut. A node without a journal is not an error. -ETIMEDOUT if
 * the journal does not take the entry within 200 ms (a skip, for which no container may wait: 5 ms); -ENOPKG without
 * libsystemd, which is loaded here. Uses SIGALRM and the real-time interval timer.
 */
int kf_journal_send(const struct kf_journal_entry *entry);

#endif
