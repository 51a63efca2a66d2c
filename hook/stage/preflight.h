/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_PREFLIGHT_H
#define KF_STAGE_PREFLIGHT_H

#include "policy/decision.h"

struct kf_error;

/*
 * Is this node able to sandbox a container as DECISION (a KF_INJECT) says: nono and its directory, the profile's file,
 * Landlock in the kernel? The rewrite asks before it touches config.json, because crun shows its caller nothing of what
 * a hook says; the hook asks again, because time has passed. *RET_NONO_FD is the nono directory (O_PATH), the
 * caller's to close; NULL if not wanted. A negative errno, and *RET_REASON, if not.
 */
int kf_preflight(const struct kf_config *config, const struct kf_decision *decision, int *ret_nono_fd,
		 enum kf_reason *ret_reason, struct kf_error *err);

#endif
