/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_REWRITE_H
#define KF_STAGE_REWRITE_H

#include "stage/call.h"

/*
 * Edits BUNDLE/config.json before the runtime reads it, so that the container of CALL runs under nono, or leaves it
 * alone when the decision is to skip. The decision is then in the journal. 0 in both cases. A negative errno means: do
 * not start this container. The file is as it was then, and the denial is in the journal. No hook sees a container of
 * Kata's shim in time: success means there also that the record is written and every decision in the journal
 * (NONO_STAGE=kata).
 */
int kf_stage_rewrite(struct kf_call *call, const char *bundle, struct kf_error *err);

#endif
