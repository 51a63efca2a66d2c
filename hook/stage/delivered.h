/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_DELIVERED_H
#define KF_STAGE_DELIVERED_H

#include "node/record.h"
#include "stage/preflight.h"

/*
 * Has the container whose first process is PID at its /nono what its RECORD says, as kf_mount_check() looks at it? A
 * record that does not say it is that of an older version, or there is none: then it has to be the node's own
 * directory, READY's. -ESRCH: the process has ended. Other negative errnos are denials.
 */
int kf_delivered_check(const struct kf_record *record, const struct kf_readiness *ready, pid_t pid,
		       struct kf_error *err);

#endif
