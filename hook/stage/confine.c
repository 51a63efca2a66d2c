/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/confine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/state-dir.h"
#include "node/self.h"
#include "node/warm.h"
#include "oci/namespaces.h"
#include "oci/policy-file.h"
#include "oci/spec-edit.h"
#include "oci/spec.h"
#include "policy/names.h"
#include "stage/compose.h"
#include "stage/preflight.h"
#include "stage/seccomp.h"

/* A delivery into a virtual machine does not reach a container, nor the other way round. */
static int check_kind(const struct kf_call *call, struct kf_error *err)
{
	const char *handler = call->decision.handler;

	if (call->vm == call->decision.class.vm)
		return 0;
	if (call->vm)
		return kf_deny(err, KF_REASON_CONFIG_INVALID, EINVAL,
			       "class %s is not for Kata: set shim in [class %s]", handler, handler);
	return kf_deny(err, KF_REASON_CONFIG_INVALID, EINVAL,
		       "class %s is for Kata: start the container through its shim, not an OCI runtime", handler);
}

static int check_rootfs(const struct kf_call *call, struct json_object *document, struct kf_error *err)
{
	const char *root = kf_json_string(kf_json_member(document, "root", json_type_object), "path");
	cleanup_free char *path = NULL;
	int r;

	/* Podman's filter knows no bundle. A relative path is for the hook, which asks again, to judge. */
	if (!call->container.bundle && (!root || root[0] != '/'))
		return 0;
	r = kf_spec_root_path(document, call->container.bundle, &path, err);
	if (r == 0)
		r = kf_spec_check_rootfs(path, err);
	return r < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

/* The policy's file, where the runtime mounts it. *RET stays NULL where it does not. */
static int find_policy_source(const struct kf_call *call, const struct kf_policy *policy, char **ret,
			      struct kf_error *err)
{
	if (call->decision.class.delivery != KF_DELIVERY_MOUNT || !policy->document)
		return 0;
	if (!call->container.bundle)
		return kf_deny(
			err, KF_REASON_CONFIG_INVALID, ENOTSUP,
			"delivery = mount has no place for the policy of this container: call kubefence-runtime as "
			"the runtime, or set delivery = hook in [class %s]",
			call->decision.handler);
	return kf_policy_file_path(call->container.bundle, ret, err);
}

/* The parts of an edit that are made for it. */
struct made {
	struct json_object *seccomp;
	char *policy_source;
};

static void made_done(struct made *made)
{
	(void)json_object_put(made->seccomp);
	free(made->policy_source);
}

/* The part of the edit that confines, which is also the one that can be verified. It borrows from *MADE. */
static int make_edit(const struct kf_call *call, const struct kf_wrapping *wrapping, const struct kf_policy *policy,
		     struct made *made, struct kf_spec_edit *ret, struct kf_error *err)
{
	const struct kf_class_settings *class = &call->decision.class;

	if (kf_stage_seccomp(class, &made->seccomp, err) < 0)
		return kf_because(err, KF_REASON_CONFIG_INVALID);
	if (find_policy_source(call, policy, &made->policy_source, err) < 0)
		return kf_because(err, KF_REASON_SPEC_INVALID);
	*ret = (struct kf_spec_edit){
		.handler = call->decision.handler,
		.wrapping = *wrapping,
		.hidden = &policy->hidden,
		.mount_source = class->delivery == KF_DELIVERY_MOUNT ? call->config->nono_dir : NULL,
		.policy_source = made->policy_source,
		.vm = class->vm,
		.privileged = class->privileged == KF_PRIVILEGED_ALLOW,
		.seccomp = made->seccomp,
	};
	return 0;
}

/* The bundle for the hook, where crun may lose it (kf_bundle_is_lost()) and the caller knows it; else NULL. */
static char *bundle_to_tell(const struct kf_call *call, struct json_object *document)
{
	struct stat st;

	if (call->vm || !call->container.bundle || kf_namespace_tell(document, "user") == KF_NAMESPACE_OF_HOST)
		return NULL;
	/* kubefence explain may have no more than a config.json. */
	if (stat(call->container.bundle, &st) < 0 || !S_ISDIR(st.st_mode))
		return NULL;
	return realpath(call->container.bundle, NULL);
}

static int apply_edit(const struct kf_call *call, const struct kf_wrapping *wrapping, const struct kf_policy *policy,
		      struct json_object *document, bool *ret_changed, struct kf_error *err)
{
	KF_CLEANUP(made_done) struct made made = { .seccomp = NULL };
	cleanup_free char *hook_path = NULL, *bundle = bundle_to_tell(call, document);
	struct kf_spec_edit edit;
	int r = make_edit(call, wrapping, policy, &made, &edit, err);

	if (r == 0)
		r = kf_self_hook_path(&hook_path, err);
	if (r < 0)
		return r;

	const struct kf_hook_call hook = {
		.path = hook_path,
		.config = call->config_path,
		.handler = call->decision.handler,
		.bundle = bundle,
		.runtime_dir = kf_user_runtime_dir(),
		.vm_id = call->vm ? call->container.id : NULL,
	};

	/* With any hook in the spec, runtime-rs's agent calls the guest's own prestart hooks too late to mount nono. */
	edit.hook = call->decision.class.delivery == KF_DELIVERY_GUEST ? NULL : &hook;
	r = kf_spec_edit_apply(document, &edit, ret_changed, err);
	return r < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

int kf_confine_document(const struct kf_call *call, struct json_object *document, struct kf_policy *ret_policy,
			bool *ret_changed, struct kf_error *err)
{
	cleanup_readiness struct kf_readiness readiness = KF_NOT_READY;
	int r = check_kind(call, err);

	if (r == 0)
		r = check_rootfs(call, document, err);
	if (r < 0)
		return r;
	if (call->container.id && kf_container_id_check(call->container.id, err) < 0)
		return kf_because(err, KF_REASON_SPEC_INVALID);
	r = kf_preflight(call->config, &call->decision, &readiness, err);
	/* A virtual machine has a page cache of its own. */
	if (r == 0 && !call->vm)
		kf_warm_nono(readiness.nono_fd);
	if (r == 0)
		r = kf_stage_compose(call, &readiness.profile, document, ret_policy, err);
	return r < 0 ? r : apply_edit(call, &readiness.wrapping, ret_policy, document, ret_changed, err);
}

/* Oddities in the JSON are only a reason to refuse a container that opted in. */
int kf_confine_text(struct kf_call *call, const char *text, size_t length, struct json_object **ret_document,
		    struct kf_policy *ret_policy, bool *ret_changed, struct kf_error *err)
{
	struct kf_error flaw, unused;
	int r = kf_spec_parse(text, length, KF_JSON_STRICT, ret_document, &flaw);

	if (r == 0) {
		r = kf_call_decide(call, kf_spec_annotations(*ret_document), err);
		if (r == 0 && call->decision.verdict == KF_INJECT)
			r = kf_confine_document(call, *ret_document, ret_policy, ret_changed, err);
		return r;
	}
	/* Without memory, the relaxed parser need not find every annotation. */
	if (r != -ENOMEM && kf_spec_parse(text, length, KF_JSON_RELAXED, ret_document, &unused) == 0 &&
	    kf_call_decide(call, kf_spec_annotations(*ret_document), &unused) == 0 && call->decision.verdict == KF_SKIP)
		return 0;
	return kf_confine_unreadable(call, &flaw, err);
}

int kf_confine_verify(const struct kf_call *call, struct json_object *document, const struct kf_wrapping *wrapping,
		      const struct kf_policy *policy, struct kf_error *err)
{
	KF_CLEANUP(made_done) struct made made = { .seccomp = NULL };
	struct kf_spec_edit edit;
	int r = make_edit(call, wrapping, policy, &made, &edit, err);

	if (r < 0)
		return r;
	r = kf_spec_edit_verify(document, &edit, err);
	return r < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

int kf_confine_unreadable(struct kf_call *call, const struct kf_error *flaw, struct kf_error *err)
{
	kf_call_deny(call);
	(void)kf_fail_as(err, call->config ? flaw : call->config_flaw);
	return kf_because(err, call->config ? KF_REASON_SPEC_INVALID : KF_REASON_CONFIG_INVALID);
}
