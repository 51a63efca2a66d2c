/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/error.h"
#include "node/journal.h"
#include "node/record.h"
#include "oci/annotations.h"
#include "oci/state.h"
#include "policy/state-dir.h"
#include "stage/hook-stage.h"

static void log_removal(const struct kf_state *state, const struct kf_hook_options *options)
{
	struct kf_request request = { .imposed_class = options->runtime_class };
	struct kf_journal_entry entry = {
		.event = KF_EVENT_REMOVED,
		.stage = "poststop",
		.container = { .id = state->id },
	};

	kf_annotations_request(state->annotations, state->id, &request);
	kf_annotations_identify(state->annotations, &entry.container);
	entry.runtime_handler = request.imposed_class ? request.imposed_class : request.annotated_class;
	entry.duration_usec = kf_clock_usec() - options->start_usec;
	kf_journal_send_detached(&entry);
}

static int remove_record(const char *config_path, const char *id, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_free char *state_dir = NULL;
	struct kf_error unused;

	(void)kf_config_load(config_path, &config, &unused);

	int r = kf_state_dir(config, &state_dir, err);

	return r < 0 ? r : kf_record_remove(state_dir, id, err);
}

enum kf_exit kf_stage_poststop(int state_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_state struct kf_state state = { 0 };

	if (kf_state_read(state_fd, &state, err) < 0)
		return KF_EXIT_STATE;
	if (options->container_id)
		state.id = options->container_id;
	if (kf_state_check_id(&state, err) < 0)
		return KF_EXIT_STATE;

	int r = remove_record(options->config, state.id, err);

	if (r > 0)
		log_removal(&state, options);
	return r < 0 ? KF_EXIT_RECORD : KF_EXIT_OK;
}
