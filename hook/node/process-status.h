/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_PROCESS_STATUS_H
#define KF_NODE_PROCESS_STATUS_H

#include <stdbool.h>

#include "node/process-id.h"

struct kf_error;

/* What /proc shows of how a process is confined (proc(5), "status"). Landlock domains are not shown there. */
struct kf_process_status {
	bool no_new_privs;
	int seccomp_mode; /* 0 none, 1 strict, 2 filter; -1: the kernel does not say */
	int seccomp_filters;
	char command[256]; /* its words with a blank between, cut; not escaped */
};

/* Reads it of the process ID. -ESRCH, with a message, if it is gone, also if it went meanwhile. */
int kf_process_status(const struct kf_process_id *id, struct kf_process_status *ret, struct kf_error *err);

#endif
