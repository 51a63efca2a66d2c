/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/rewrite.h"

#include <errno.h>

#include "base/clock.h"
#include "base/error.h"
#include "node/journal.h"
#include "node/nono-dir.h"
#include "node/self.h"
#include "oci/annotations.h"
#include "oci/rewrite.h"
#include "oci/spec.h"
#include "policy/names.h"
#include "stage/preflight.h"

static int edit(const struct kf_rewrite_request *request, const struct kf_decision *decision, struct kf_spec *spec,
		enum kf_reason *ret_reason, struct kf_error *err)
{
	cleanup_free char *source = NULL, *hook_path = NULL;
	bool changed;
	int r;

	*ret_reason = KF_REASON_INTERNAL_ERROR;
	r = kf_nono_dir_path(request->config->nono_bin_path, &source, err);
	if (r == 0)
		r = kf_self_hook_path(&hook_path, err);
	if (r < 0)
		return r;

	const struct kf_hook_call hook = {
		.path = hook_path,
		.config = request->config_path,
		.runtime_class = decision->runtime_class,
	};
	const struct kf_rewrite rewrite = {
		.runtime_class = decision->runtime_class,
		.profile = decision->profile,
		.mount_source = decision->class.delivery == KF_DELIVERY_MOUNT ? source : NULL,
		.hook = &hook,
	};

	*ret_reason = KF_REASON_SPEC_INVALID;
	r = kf_rewrite(spec->document, &rewrite, &changed, err);
	if (r == -EEXIST)
		*ret_reason = KF_REASON_MOUNT_REFUSED;
	return r == 0 && changed ? kf_spec_save(spec, err) : r;
}

static int sandbox(const struct kf_rewrite_request *request, const struct kf_decision *decision, struct kf_spec *spec,
		   enum kf_reason *ret_reason, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	*ret_reason = KF_REASON_SPEC_INVALID;
	if (!kf_container_id_valid(request->id))
		return kf_fail(err, EINVAL, "'%s' is not a container id: use letters, digits and _+-.",
			       kf_quote(quoted, request->id));

	int r = kf_preflight(request->config, decision, NULL, ret_reason, err);

	return r < 0 ? r : edit(request, decision, spec, ret_reason, err);
}

static void log_denial(const struct kf_rewrite_request *request, const struct kf_spec *spec,
		       const struct kf_decision *decision, const struct kf_error *err)
{
	struct kf_journal_entry entry = {
		.event = KF_EVENT_DENIED,
		.reason = decision->reason,
		.stage = "rewrite",
		.profile = decision->profile,
		.runtime_handler = decision->runtime_class,
		.duration_usec = kf_clock_usec() - request->start_usec,
		.error = err,
	};

	kf_annotations_identify(kf_spec_annotations(spec), &entry.container);
	entry.container.id = request->id;
	(void)kf_journal_send(&entry);
}

static struct kf_decision decide(const struct kf_rewrite_request *request, struct kf_spec *spec, struct kf_error *err)
{
	struct kf_request wish = { .imposed_class = request->runtime_class };
	struct kf_decision deny = { .verdict = KF_DENY, .runtime_class = request->runtime_class };
	struct kf_error spec_error;

	if (kf_spec_load(request->bundle, spec, &spec_error) < 0) {
		/* Without a configuration, that is what has to be mended first. */
		deny.reason = request->config ? KF_REASON_SPEC_INVALID : KF_REASON_CONFIG_INVALID;
		if (request->config)
			*err = spec_error;
		return deny;
	}
	kf_annotations_request(kf_spec_annotations(spec), request->id, &wish);
	if (!request->config)
		return kf_decide_without_config(&wish);

	struct kf_decision decision = kf_decide(request->config, &wish, err);
	enum kf_reason reason;

	if (decision.verdict == KF_INJECT && sandbox(request, &decision, spec, &reason, err) < 0) {
		decision.verdict = KF_DENY;
		decision.reason = reason;
	}
	return decision;
}

int kf_stage_rewrite(const struct kf_rewrite_request *request, struct kf_error *err)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	struct kf_decision decision = decide(request, &spec, err);

	if (decision.verdict != KF_DENY)
		return 0;
	log_denial(request, &spec, &decision, err);
	return err->code ? -err->code : -EPERM;
}
