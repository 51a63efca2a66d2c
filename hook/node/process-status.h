/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_PROCESS_STATUS_H
#define KF_NODE_PROCESS_STATUS_H

#include <stdbool.h>

#include "node/process-id.h"

struct kf_error;

/* The confinement of a process, as far as /proc shows it (proc(5), "status"). It does not show Landlock domains. */
struct kf_process_status {
	bool no_new_privs;
	int seccomp_mode; /* 0 none, 1 strict, 2 filter; -1: the kernel does not say */
	int seccomp_filters;
	char command[256]; /* the words of its command line with blanks between, cut; not escaped */
};

/* Reads the status of process ID. -ESRCH, with a message, if it is gone, also if it ends during the call. */
int kf_process_status(const struct kf_process_id *id, struct kf_process_status *ret, struct kf_error *err);

#endif
