/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/start.h"

#include <errno.h>

#include "node/record.h"
#include "node/warm.h"
#include "runtime/state.h"
#include "stage/delivered.h"
#include "stage/preflight.h"

/* A broken configuration still says where records are, as far as it can be read. */
static int read_record(const struct kf_call *call, struct kf_saved_record *ret, struct kf_error *err)
{
	cleanup_config struct kf_config *salvaged = call->config ? NULL : kf_config_salvage(call->config_path);
	cleanup_free char *state_dir = NULL;
	int r = kf_config_state_dir(call->config ? call->config : salvaged, &state_dir, err);

	return r < 0 ? r : kf_record_read(state_dir, call->container.id, ret, err);
}

/* Returns 1 for a container that we sandboxed, 0 for another one, and for a missing one. */
static int find(const struct kf_call *call, const char *root, struct kf_saved_record *saved,
		struct kf_runtime_state *state, struct kf_error *err)
{
	int r = read_record(call, saved, err);

	if (r == 0)
		r = kf_runtime_state_read(root, call->container.id, state, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return kf_because(err, KF_REASON_CONTAINER_UNKNOWN);
	return kf_record_is_about(&saved->record, state->bundle, state->pid);
}

static int check(struct kf_call *call, const struct kf_record *record, pid_t pid, struct kf_error *err)
{
	cleanup_readiness struct kf_readiness ready = KF_NOT_READY;
	int r;

	call->container = record->container;
	call->decision.profile = record->profile;
	if (!call->config) {
		(void)kf_fail_as(err, call->config_flaw);
		return kf_because(err, KF_REASON_CONFIG_INVALID);
	}
	call->decision.class = kf_config_class(call->config, call->handler);
	r = kf_preflight(call->config, &call->decision, &ready, err);
	if (r < 0)
		return r;
	kf_warm_nono(ready.nono_fd);
	call->landlock_abi = ready.landlock_abi;
	r = kf_delivered_check(record, &ready, pid, err);
	/* The runtime says that the process has ended. */
	return r == -ESRCH ? 0 : r;
}

int kf_stage_start(struct kf_call *call, const struct kf_runtime_args *args, struct kf_error *err)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	cleanup_runtime_state struct kf_runtime_state state = { 0 };
	struct kf_error unused;
	int r;

	call->stage = "start";
	call->container.id = args->id;
	call->decision = (struct kf_decision){ .verdict = KF_INJECT, .handler = call->handler };
	/* The runtime has no such container, and says so. */
	if (kf_container_id_check(args->id, &unused) < 0)
		return 0;
	r = find(call, args->root, &saved, &state, err);
	if (r > 0)
		r = check(call, &saved.record, state.pid, err);
	return kf_call_answer(call, r, err);
}
