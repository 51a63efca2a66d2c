/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_DELIVERED_H
#define KF_STAGE_DELIVERED_H

#include "node/record.h"
#include "stage/preflight.h"

/*
 * Is the mount of its RECORD at the /nono of the container whose first process is PID, as kf_mount_check() looks at it?
 * Without a record, or with one of an older version, which names no mount, it has to be the node's own directory,
 * READY's. -ESRCH: the process has ended. Other negative errnos are denials.
 */
int kf_delivered_check(const struct kf_record *record, const struct kf_readiness *ready, pid_t pid,
		       struct kf_error *err);

#endif
