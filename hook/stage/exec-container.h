/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_EXEC_CONTAINER_H
#define KF_STAGE_EXEC_CONTAINER_H

#include <json-c/json.h>
#include <sys/types.h>

#include "node/record.h"
#include "oci/spec.h"
#include "policy/names.h"
#include "runtime/state.h"
#include "stage/call.h"

/* All that could be found out about the container that an exec is for. */
struct kf_exec_container {
	struct kf_exec_target target;
	struct kf_container container; /* its id, bundle and pod */
	const char *handler; /* the class of its record, or of config.json where that cannot be read; or NULL */
	/* Its own process in config.json, if that is wrapped in that profile: the base of a plain exec. */
	struct json_object *process;
	struct kf_error flaw; /* why it is KF_CONTAINER_UNKNOWN, or has no PROCESS */

	/* The owners of the memory that is borrowed above. */
	struct kf_runtime_state state; /* of the runtime; its pid 0: not known */
	struct kf_saved_record saved;
	struct kf_spec spec;
	char profile[KF_PROFILE_NAME_MAX + 1];
};

#define KF_EXEC_CONTAINER_NONE ((struct kf_exec_container){ .spec = KF_SPEC_NONE })

/*
 * Finds out about container ID: the runtime's state below ROOT names the bundle and the process; the record, or that
 * bundle's config.json, says whether we sandboxed it and with which profile. A record of another bundle or process is
 * that of another container that had the same id, and counts for nothing; if the record cannot be read, only a pause
 * container is known. CALL has the configuration, or the path of a broken one, and the handler we were called by. Never
 * fails: RET->flaw says why something stays unknown. RET must not move afterwards: it points into itself.
 */
void kf_exec_container_find(const struct kf_call *call, const char *root, const char *id,
			    struct kf_exec_container *ret);

static inline void kf_exec_container_done(struct kf_exec_container *container)
{
	kf_runtime_state_done(&container->state);
	kf_saved_record_done(&container->saved);
	kf_spec_done(&container->spec);
}

#define cleanup_exec_container KF_CLEANUP(kf_exec_container_done)

#endif
