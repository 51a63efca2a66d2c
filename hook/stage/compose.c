/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/compose.h"

#include "base/cleanup.h"
#include "oci/command.h"
#include "oci/facts.h"
#include "oci/spec.h"

static int gather(const struct kf_call *call, struct json_object *document, struct kf_facts *ret, struct kf_error *err)
{
	cleanup_free char *rootfs = NULL;
	struct kf_facts_source source = {
		.spec = document,
		.id = call->container.id,
		.config = call->config,
	};
	/* The root file system of a virtual machine is not there yet when its shim is called. */
	int r = call->decision.class.vm || call->image_unseen
			? 0
			: kf_spec_root_path(document, call->container.bundle, &rootfs, err);

	source.rootfs = rootfs;
	if (r == 0)
		r = kf_facts_gather(&source, ret, err);
	return r < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

int kf_stage_compose(const struct kf_call *call, const struct kf_profile *profile, struct json_object *document,
		     struct kf_policy *ret, struct kf_error *err)
{
	const struct kf_decision *decision = &call->decision;
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	int r;

	if (!profile->composed && !decision->allow && !decision->deny)
		return 0;
	r = gather(call, document, &facts, err);
	if (r == 0)
		r = kf_command_check(document, &facts, err);
	if (r < 0)
		return r;
	facts.allow = decision->allow;
	facts.deny = decision->deny;
	r = kf_compose(profile, decision->profile, &facts, ret, err);
	return r < 0 ? kf_because(err, KF_REASON_PROFILE_REFUSED) : 0;
}
