/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_STOPPED_H
#define KF_DENIALS_STOPPED_H

#include <sys/types.h>

#include "denials/event.h"

/* The system call that a thread has stopped after. */
struct kf_stopped_call {
	int number;
	__u64 args[KF_EVENT_ARGS];
};

/* The same that watch.bpf.c reports, read from /proc. */
struct kf_stopped {
	struct kf_event event;
	char text[KF_EVENT_TEXT + KF_EVENT_PATH];
};

/*
 * Fills in RET, which is zeroed, about the thread TID, which is stopped and has made CALL, whose arguments are ROLES.
 * The caller sets the container, the error and KF_EVENT_FOREIGN. 0 or -ESRCH.
 */
int kf_stopped_read(pid_t tid, const struct kf_stopped_call *call, const struct kf_event_roles *roles,
		    struct kf_stopped *ret);

#endif
