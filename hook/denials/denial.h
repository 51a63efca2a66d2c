/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_DENIAL_H
#define KF_DENIALS_DENIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "denials/calls.h"

/* Why a call was refused, as far as that can be told (denials/cause.h). */
enum kf_cause {
	KF_CAUSE_UNKNOWN,
	KF_CAUSE_POLICY,      /* Landlock: nothing else that was looked at explains it */
	KF_CAUSE_PERMISSIONS, /* owner, mode, ACL, capabilities or a mount refuse it without us, too */
	KF_CAUSE_SECCOMP,     /* a filter of system calls: nono's own, the class's or the pod's */
};

/* One refusal, in words. The strings are the container's text, not escaped; NULL: not known. */
struct kf_denial {
	uint64_t time_usec; /* CLOCK_REALTIME; of the first one, when equal ones are folded */
	uint64_t count;
	uint32_t watched; /* the number of the container */
	enum kf_operation operation;
	enum kf_cause cause;
	int error;
	pid_t pid;      /* of the process, in its own pid namespace */
	char *program;  /* its executable */
	char *path;     /* absolute, as the process sees it */
	char *new_path; /* of rename and link */
	char *target;   /* not a file: an address, or a process and a signal */
};

/*
 * Makes a denial of EVENT, which is whole, with its parts at TEXT (denials/event.h). The cause is not looked for. *RET
 * is the caller's to clean up. 0, or -ENOMEM; -EINVAL for an event of a call that is not in the table.
 */
int kf_denial_make(const struct kf_event *event, const char *text, struct kf_denial *ret);

/* Are the parts of EVENT in the SIZE bytes at TEXT, those that are text with a NUL at their end? */
bool kf_event_is_whole(const struct kf_event *event, const char *text, size_t size);

/* The flags of open(2) of an event of a call that opens a file; 0 for others. */
unsigned int kf_denial_open_flags(const struct kf_event *event);

/* The word for CAUSE. Static. */
const char *kf_cause_name(enum kf_cause cause);

void kf_denial_done(struct kf_denial *denial);

#define cleanup_denial KF_CLEANUP(kf_denial_done)

#endif
