/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/restore.h"

#include <errno.h>

#include "oci/annotations.h"
#include "oci/spec.h"

int kf_stage_restore(struct kf_call *call, const char *bundle, struct kf_error *err)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	struct kf_error unused;
	int r = kf_deny(
		err, KF_REASON_RESTORE_REFUSED, ENOTSUP,
		"a checkpoint cannot be restored under class %s: its processes would run outside of the sandbox; "
		"create the container anew",
		call->handler);

	call->stage = "rewrite";
	kf_call_deny(call);
	if (kf_spec_load(bundle, &spec, &unused) == 0)
		kf_annotations_identify(kf_spec_annotations(spec.document), &call->container);
	return kf_call_answer(call, r, err);
}
