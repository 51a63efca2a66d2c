/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/clock.h"
#include "base/error.h"
#include "node/journal.h"
#include "node/privileges.h"
#include "node/record.h"
#include "oci/annotations.h"
#include "oci/state.h"
#include "policy/decision.h"
#include "policy/state-dir.h"
#include "stage/hook-stage.h"

/* Everything one call knows about its container. */
struct call {
	const struct kf_hook_options *options;
	const struct kf_config *config; /* NULL: unusable */
	const struct kf_state *state;
	struct kf_request request;
};

static void log_removal(const struct call *call)
{
	const struct kf_request *request = &call->request;
	struct kf_journal_entry entry = {
		.event = KF_EVENT_REMOVED,
		.stage = "poststop",
		.runtime_handler = request->imposed_class ? request->imposed_class : request->annotated_class,
		.container = { .id = call->state->id },
		.duration_usec = kf_clock_usec() - call->options->start_usec,
	};

	struct kf_error unused;

	kf_annotations_identify(call->state->annotations, &entry.container);
	/* There is nothing else left to do. */
	(void)kf_privileges_drop(&unused);
	(void)kf_journal_send(&entry);
}

/* Whoever did not opt in has no record, and must not notice that nobody can look for one. */
static bool opted_in(const struct call *call)
{
	struct kf_error unused;

	return kf_decide(call->config, &call->request, &unused).verdict != KF_SKIP;
}

static int remove_record(const struct call *call, struct kf_error *err)
{
	cleanup_config struct kf_config *salvaged = call->config ? NULL : kf_config_salvage(call->options->config);
	cleanup_free char *state_dir = NULL;
	int r = kf_state_dir(call->config ? call->config : salvaged, &state_dir, err);

	return r < 0 ? r : kf_record_remove(state_dir, call->state->id, err);
}

static enum kf_exit clean_up(const struct call *call, struct kf_error *err)
{
	if (kf_state_check_id(call->state, err) < 0)
		return opted_in(call) ? KF_EXIT_STATE : KF_EXIT_OK;

	int r = remove_record(call, err);

	if (r > 0)
		log_removal(call);
	return r < 0 && opted_in(call) ? KF_EXIT_RECORD : KF_EXIT_OK;
}

enum kf_exit kf_stage_poststop(int state_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_state struct kf_state state = { 0 };
	cleanup_config struct kf_config *config = NULL;
	struct call call = { .options = options, .state = &state, .request.imposed_class = options->runtime_class };
	struct kf_error unused;

	if (kf_state_read(state_fd, &state, err) < 0)
		return KF_EXIT_STATE;
	if (options->container_id)
		state.id = options->container_id;
	kf_annotations_request(state.annotations, state.id, &call.request);
	if (kf_config_load(options->config, &config, &unused) == 0)
		call.config = config;
	return clean_up(&call, err);
}
