/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_REWRITE_H
#define KF_OCI_REWRITE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "oci/hooks.h"
#include "oci/process.h"

struct kf_error;

/* What a decision means for a spec. */
struct kf_rewrite {
	const char *runtime_class;
	struct kf_wrapping wrapping;
	const char *mount_source;        /* the node's nono directory; NULL: the hook mounts it, no mounts entry */
	struct json_object *seccomp;     /* from kf_seccomp_profile_parse(); NULL: the pod's own filter stays */
	const struct kf_hook_call *hook; /* NULL: no hook is added */
};

/*
 * Edits a spec in place so that its container runs under nono: process (oci/process.h), mounts, seccomp, annotations
 * (the stamp; those with which a pod could steer the runtime are dropped) and hooks. Everything else stays as it is,
 * key order and numbers included. Idempotent: *RET_CHANGED says whether anything changed. After a failure the document
 * is half edited and must be thrown away.
 */
int kf_rewrite(struct json_object *spec, const struct kf_rewrite *rewrite, bool *ret_changed, struct kf_error *err);

/*
 * Is this spec what kf_rewrite() would have made of it, as far as confinement goes: process, mounts and seccomp? -EPERM
 * if not. Edits the document, so it must be thrown away.
 */
int kf_rewrite_verify(struct json_object *spec, const struct kf_rewrite *rewrite, struct kf_error *err);

#endif
