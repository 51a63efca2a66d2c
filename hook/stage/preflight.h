/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_PREFLIGHT_H
#define KF_STAGE_PREFLIGHT_H

#include <json-c/json.h>

#include "base/cleanup.h"
#include "oci/process.h"
#include "policy/decision.h"

struct kf_error;

/* What a node that is ready for a container has for it. */
struct kf_readiness {
	int nono_fd;                 /* the nono directory, O_PATH; -1: in the guest */
	int landlock_abi;            /* of the kernel, 1 or more; 0: not this one's */
	struct kf_wrapping wrapping; /* what the profile means for the container's process */
};

#define KF_NOT_READY                                                                                                   \
	{                                                                                                              \
		.nono_fd = -1                                                                                          \
	}

static inline void kf_readiness_done(struct kf_readiness *readiness)
{
	kf_close_fd(&readiness->nono_fd);
}

#define cleanup_readiness KF_CLEANUP(kf_readiness_done)

/*
 * Is this node able to sandbox the container of SPEC as DECISION (a KF_INJECT) says: nono and its directory, the
 * profile's file and what it says, Landlock in the kernel? The rewrite asks before it touches config.json, because
 * crun shows its caller nothing of what a hook says; the hook asks again, because time has passed. *RET is the
 * caller's to clean up. A negative errno, and *RET_REASON, if not. Of what a virtual machine has itself, be it the
 * kernel or also nono (KF_DELIVERY_GUEST), nothing is asked here.
 */
int kf_preflight(const struct kf_config *config, const struct kf_decision *decision, struct json_object *spec,
		 struct kf_readiness *ret, enum kf_reason *ret_reason, struct kf_error *err);

#endif
