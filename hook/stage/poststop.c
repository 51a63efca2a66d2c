/* SPDX-License-Identifier: Apache-2.0 */
#include "node/privileges.h"
#include "oci/annotations.h"
#include "oci/policy-file.h"
#include "oci/state.h"
#include "stage/hook-stage.h"

/* A container that did not opt in has no record, and must not notice that records cannot be read. */
static bool opted_in(const struct kf_call *call, const struct kf_request *request)
{
	struct kf_error unused;

	return kf_decide(call->config, call->config_flaw, request, &unused).verdict != KF_SKIP;
}

static int forget_container(const struct kf_call *call, const struct kf_state *state, struct kf_error *err)
{
	cleanup_config struct kf_config *salvaged = NULL;
	struct kf_error unused;
	int r = kf_state_check_id(state, err);

	if (r < 0)
		return kf_because(err, KF_REASON_STATE_INVALID);
	if (!call->config)
		salvaged = kf_config_salvage(call->config_path);
	r = kf_call_remove_record(call, call->config ? call->config : salvaged, state->pid, err);
	if (r < 0)
		return kf_because(err, KF_REASON_RECORD_FAILED);
	if (r == 0)
		return 0;
	if (state->bundle)
		kf_policy_file_remove(state->bundle);
	/* Only the entry in the journal is left to do. */
	(void)kf_privileges_drop(&unused);
	kf_call_log_removal(call);
	return 0;
}

int kf_stage_poststop(int state_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_state struct kf_state state = { 0 };
	struct kf_call call = kf_call_of_hook(options, "poststop");
	struct kf_request request = { .handler = options->handler };
	struct kf_error config_flaw;
	int r = kf_state_read(state_fd, &state, err);

	if (r < 0)
		return kf_because(err, KF_REASON_STATE_INVALID);
	state.bundle = kf_hook_bundle(options, &state);
	/* Bundle and process are those of the pod's pause container then. */
	if (options->container_id) {
		state.id = options->container_id;
		state.bundle = NULL;
		state.pid = 0;
	}
	call.container.id = state.id;
	call.container.bundle = state.bundle;
	kf_annotations_identify(state.annotations, &call.container);
	kf_annotations_request(state.annotations, state.id, &request);
	call.decision.handler = request.handler ? request.handler : request.annotated_handler;
	(void)kf_config_load(options->config, &config, &config_flaw);
	call.config = config;
	call.config_flaw = &config_flaw;
	r = forget_container(&call, &state, err);
	return r < 0 && opted_in(&call, &request) ? r : 0;
}
