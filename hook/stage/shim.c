/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/shim.h"

#include "base/clock.h"
#include "base/error.h"
#include "node/journal.h"
#include "node/record.h"
#include "policy/names.h"
#include "policy/state-dir.h"
#include "stage/rewrite.h"

void kf_stage_shim_delete(const struct kf_rewrite_request *request, const struct kf_config *config)
{
	struct kf_journal_entry entry = {
		.event = KF_EVENT_REMOVED,
		.stage = "kata",
		.runtime_handler = request->runtime_class,
		.container.id = request->id,
	};
	cleanup_free char *state_dir = NULL;
	struct kf_error unused;

	if (!request->id || !kf_container_id_valid(request->id))
		return;
	if (kf_state_dir(config, &state_dir, &unused) < 0 || kf_record_remove(state_dir, request->id, &unused) <= 0)
		return;
	entry.duration_usec = kf_clock_usec() - request->start_usec;
	(void)kf_journal_send(&entry);
}
