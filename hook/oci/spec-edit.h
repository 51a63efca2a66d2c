/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SPEC_EDIT_H
#define KF_OCI_SPEC_EDIT_H

#include <json-c/json.h>
#include <stdbool.h>

#include "oci/hooks.h"
#include "oci/process.h"
#include "policy/access.h"

struct kf_error;

/* The edit of a spec that a decision asks for. */
struct kf_spec_edit {
	const char *handler;
	struct kf_wrapping wrapping;
	const struct kf_access_list *hidden; /* the places to mask; NULL: no place */
	const char *mount_source;            /* the node's nono directory; NULL: the hook mounts it, no mounts entry */
	const char *policy_source;       /* with mount_source: the container's policy; NULL: the profile's own file */
	bool vm;                         /* the container runs in a virtual machine */
	bool privileged;                 /* capabilities that go around Landlock are allowed */
	struct json_object *seccomp;     /* from kf_seccomp_profile_parse(); NULL: the pod's own filter stays */
	const struct kf_hook_call *hook; /* NULL: no hook is added */
};

/*
 * Edits a spec in place so that its container runs under nono: process (oci/process.h), mounts, masked paths, seccomp,
 * annotations (the stamp; those with which a pod could steer the runtime are dropped) and hooks. Everything else stays
 * as it is, key order and numbers included. Idempotent: *RET_CHANGED says whether anything changed. After a failure the
 * document is half edited and must be thrown away.
 */
int kf_spec_edit_apply(struct json_object *spec, const struct kf_spec_edit *edit, bool *ret_changed,
		       struct kf_error *err);

/*
 * Is this spec as kf_spec_edit_apply() would have left it, as far as confinement goes: process, mounts,
 * masked paths and seccomp? -EPERM if not. Edits the document, so it must be thrown away.
 */
int kf_spec_edit_verify(struct json_object *spec, const struct kf_spec_edit *edit, struct kf_error *err);

#endif
