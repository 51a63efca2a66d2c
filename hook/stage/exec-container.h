/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_EXEC_CONTAINER_H
#define KF_STAGE_EXEC_CONTAINER_H

#include <json-c/json.h>
#include <sys/types.h>

#include "base/error.h"
#include "node/record.h"
#include "oci/runtime-state.h"
#include "oci/spec.h"
#include "policy/decision.h"
#include "policy/names.h"

/* All that could be found out about the container that an exec is for. */
struct kf_target {
	struct kf_exec_container judged;
	struct kf_container container;
	pid_t pid; /* of its first process; 0: not known */
	/* Its own process in config.json, if that is wrapped in that profile: good as the base of a plain exec. */
	struct json_object *process;
	struct kf_error why; /* what is known least: why it is KF_CONTAINER_UNKNOWN, or has no process */

	/* Owns what the above borrows. */
	struct kf_runtime_state state;
	struct kf_saved_record saved;
	struct kf_spec spec;
	char profile[KF_PROFILE_NAME_MAX + 1];
};

#define KF_TARGET_NONE ((struct kf_target){ .spec = KF_SPEC_NONE })

/*
 * Finds out about container ID: the runtime's state below ROOT says which bundle is meant and which process; the record
 * in STATE_DIR, or that bundle's config.json, says whether we sandboxed it and with which profile. A record of another
 * bundle or process is that of another container that had the same id, and counts for nothing; one that cannot be read
 * leaves only a sandbox container known. CONFIG may be NULL: no record then.
 * RUNTIME_CLASS is the name we were called by. Never fails: what it cannot find out stays unknown.
 */
void kf_target_find(const struct kf_config *config, const char *runtime_class, const char *root, const char *id,
		    struct kf_target *ret);

static inline void kf_target_done(struct kf_target *target)
{
	kf_runtime_state_done(&target->state);
	kf_saved_record_done(&target->saved);
	kf_spec_done(&target->spec);
}

#define cleanup_target KF_CLEANUP(kf_target_done)

#endif
