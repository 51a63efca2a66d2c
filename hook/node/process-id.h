/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_PROCESS_ID_H
#define KF_NODE_PROCESS_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Identifies one process for ever: another process will have the same number one day, but not the same start time. The
 * start time is field 22 of /proc/PID/stat (proc(5)), in clock ticks since boot.
 */
struct kf_process_id {
	pid_t pid; /* 0: no process */
	uint64_t start_time;
};

/* Identifies the present process PID. 0, -ESRCH if there is no such process, or another error of reading /proc. */
int kf_process_id_get(pid_t pid, struct kf_process_id *ret);

/* Is this process still there? A zombie, which runs nothing any more, is not. In doubt the answer is yes. */
bool kf_process_id_alive(const struct kf_process_id *id);

#endif
