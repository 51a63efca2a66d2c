/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/call.h"

#include "base/clock.h"
#include "node/journal.h"
#include "oci/annotations.h"

int kf_call_decide(struct kf_call *call, struct json_object *annotations, struct kf_error *err)
{
	struct kf_request request = { .handler = call->handler };

	kf_annotations_identify(annotations, &call->container);
	kf_annotations_request(annotations, call->container.id, &request);
	call->decision = kf_decide(call->config, call->config_flaw, &request, err);
	return call->decision.verdict == KF_DENY ? -err->code : 0;
}

static void write_entry(const struct kf_call *call, enum kf_event event, const struct kf_error *err)
{
	const struct kf_journal_entry entry = {
		.event = event,
		.reason = call->decision.reason,
		.stage = call->stage,
		.profile = call->decision.profile,
		.asked = call->decision.asked,
		.handler = call->decision.handler,
		.allow = call->decision.allow,
		.command = call->command,
		.warning = call->warning,
		.container = call->container,
		.landlock_abi = call->landlock_abi,
		.duration_usec = kf_clock_usec() - call->start_usec,
		.error = err,
	};

	(void)kf_journal_send(&entry);
}

static bool is_logged(const struct kf_call *call)
{
	switch (call->decision.verdict) {
	case KF_INJECT:
		return call->logs_inject;
	case KF_SKIP:
		return call->logs_skip;
	default:
		return true;
	}
}

void kf_call_deny(struct kf_call *call)
{
	call->decision = (struct kf_decision){ .verdict = KF_DENY, .handler = call->handler };
}

int kf_call_settle(struct kf_call *call, int r, const struct kf_error *err)
{
	if (r < 0) {
		call->decision.verdict = KF_DENY;
		call->decision.reason = err->reason;
	}
	return r;
}

int kf_call_answer(struct kf_call *call, int r, const struct kf_error *err)
{
	(void)kf_call_settle(call, r, err);
	if (is_logged(call))
		write_entry(call, kf_journal_event(call->decision.verdict, call->exec), r < 0 ? err : NULL);
	return r;
}

struct kf_record kf_call_record(const struct kf_call *call)
{
	return (struct kf_record){
		.container = call->container,
		.profile = call->decision.profile,
		.handler = call->decision.handler,
		.landlock_abi = call->landlock_abi,
	};
}

int kf_call_remove_record(const struct kf_call *call, const struct kf_config *config, pid_t pid, struct kf_error *err)
{
	cleanup_free char *state_dir = NULL;
	int r = kf_config_state_dir(config, &state_dir, err);

	return r < 0 ? r : kf_record_remove_of(state_dir, call->container.id, call->container.bundle, pid, err);
}

void kf_call_log_removal(const struct kf_call *call)
{
	write_entry(call, KF_EVENT_REMOVED, NULL);
}
