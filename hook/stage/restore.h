/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_RESTORE_H
#define KF_STAGE_RESTORE_H

#include "stage/call.h"

/*
 * Refuses to restore a container of CALL's handler: the processes come out of the checkpoint as they were, and neither
 * nono nor the last step runs. config.json in BUNDLE says which pod it is, if it can be read. Always a negative errno
 * and a denial (KF_REASON_RESTORE_REFUSED), which is logged.
 */
int kf_stage_restore(struct kf_call *call, const char *bundle, struct kf_error *err);

#endif
