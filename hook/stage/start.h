/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_START_H
#define KF_STAGE_START_H

#include "runtime/args.h"
#include "stage/call.h"

/*
 * Looks once more at a container that was created, before `start` lets its own process run: the runtime's last mounts
 * come after the hook, and another container in the same pid namespace may have moved mounts since. Node and /nono must
 * be as for an exec (stage/delivered.h). 0 for a container without a record, which did not opt in, and for one that is
 * gone. A negative errno means: do not start it, the denial is in the journal.
 */
int kf_stage_start(struct kf_call *call, const struct kf_runtime_args *args, struct kf_error *err);

#endif
