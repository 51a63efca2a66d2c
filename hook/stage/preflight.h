/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_PREFLIGHT_H
#define KF_STAGE_PREFLIGHT_H

#include <json-c/json.h>

#include "base/cleanup.h"
#include "nono/profile.h"
#include "oci/process.h"
#include "policy/decision.h"

/* The parts of a node that is ready for a container. */
struct kf_readiness {
	int nono_fd;                 /* the nono directory, O_PATH; -1: in the guest */
	int landlock_abi;            /* of the kernel, 1 or more; 0: not this one's */
	struct kf_wrapping wrapping; /* the profile's, for the container's process */
	struct kf_profile profile;   /* its file; empty where nono finds the profile itself, or in the guest */
};

#define KF_NOT_READY                                                                                                   \
	{                                                                                                              \
		.nono_fd = -1                                                                                          \
	}

static inline void kf_readiness_done(struct kf_readiness *readiness)
{
	kf_close_fd(&readiness->nono_fd);
	kf_profile_done(&readiness->profile);
}

#define cleanup_readiness KF_CLEANUP(kf_readiness_done)

/*
 * Is this node able to sandbox a container for DECISION (a KF_INJECT): nono and its directory, the
 * profile's file and its rules, Landlock in the kernel? The rewrite asks before it touches config.json, because crun
 * shows its caller nothing of a hook's message; the hook asks again, because time has passed. *RET is the caller's to
 * clean up. A negative errno, and a denial, if not. A virtual machine has a kernel of its own, and under
 * KF_DELIVERY_GUEST also its own nono: neither is looked for on this node then.
 */
int kf_preflight(const struct kf_config *config, const struct kf_decision *decision, struct kf_readiness *ret,
		 struct kf_error *err);

#endif
