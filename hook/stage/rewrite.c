/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/rewrite.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "oci/policy-file.h"
#include "oci/spec.h"
#include "stage/confine.h"

static int write_record_of_vm(const struct kf_call *call, const struct kf_spec *spec, struct kf_error *err)
{
	cleanup_free char *path = realpath(spec->bundle, NULL);
	cleanup_close int state_fd = -1;
	struct kf_record record = kf_call_record(call);

	/* A record of no process goes with its bundle (kf_record_may_live): without one it would never go. */
	if (!path)
		return kf_fail_errno(err, errno, "cannot find the real path of the bundle");
	record.container.bundle = path;

	int r = kf_record_open_dir(call->config->state_dir, &state_fd, err);

	return r < 0 ? r : kf_record_write(state_fd, &record, err);
}

static int save_spec(const struct kf_spec *spec, bool changed, struct kf_error *err)
{
	return changed && kf_spec_save(spec, err) < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

/* The record goes first: a new config.json must not be taken back. */
static int save_record_and_spec(const struct kf_call *call, const struct kf_spec *spec, bool changed,
				struct kf_error *err)
{
	struct kf_error unused;
	int r;

	if (write_record_of_vm(call, spec, err) < 0)
		return kf_because(err, KF_REASON_RECORD_FAILED);
	r = save_spec(spec, changed, err);
	if (r < 0)
		(void)kf_record_remove(call->config->state_dir, call->container.id, &unused);
	return r;
}

/* The policy's file, if the runtime mounts /nono. The hook mounts its own. */
static int save_policy(const struct kf_call *call, const char *bundle, const struct kf_policy *policy,
		       struct kf_error *err)
{
	size_t length;
	const char *text;

	if (!policy->document || call->decision.class.delivery != KF_DELIVERY_MOUNT)
		return 0;
	text = kf_json_text(policy->document, &length);
	if (!text)
		return kf_oom(err);
	return kf_policy_file_write(bundle, text, length, err) < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

static int confine_and_save(const struct kf_call *call, const struct kf_spec *spec, struct kf_error *err)
{
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	bool changed = false;
	int r = kf_confine_document(call, spec->document, &policy, &changed, err);

	if (r == 0)
		r = save_policy(call, spec->bundle, &policy, err);
	if (r < 0)
		return r;
	return call->vm ? save_record_and_spec(call, spec, changed, err) : save_spec(spec, changed, err);
}

int kf_stage_rewrite(struct kf_call *call, const char *bundle, struct kf_error *err)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	struct kf_error flaw;
	int r;

	call->stage = call->vm ? "kata" : "rewrite";
	call->container.bundle = bundle;
	/* containerd and Docker have no hook that would log a pause container, and Kata has none that would log. */
	call->logs_skip = true;
	call->logs_inject = call->vm;
	if (kf_spec_load(bundle, &spec, &flaw) < 0)
		r = kf_confine_unreadable(call, &flaw, err);
	else
		r = kf_call_decide(call, kf_spec_annotations(spec.document), err);
	if (r == 0 && call->decision.verdict == KF_INJECT)
		r = confine_and_save(call, &spec, err);
	return kf_call_answer(call, r, err);
}
