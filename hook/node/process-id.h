/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_PROCESS_ID_H
#define KF_NODE_PROCESS_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A process beyond doubt: its number alone will be another's one day. The start time is field 22 of /proc/PID/stat
 * (proc(5)), in clock ticks since boot.
 */
struct kf_process_id {
	pid_t pid; /* 0: none */
	uint64_t start_time;
};

/* Who process PID is now. -ESRCH if there is none, or another error of reading /proc. */
int kf_process_id_get(pid_t pid, struct kf_process_id *ret);

/* Is this very process still there? A zombie, which runs nothing any more, is not. When in doubt it is. */
bool kf_process_id_alive(const struct kf_process_id *id);

#endif
