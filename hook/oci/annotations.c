/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/annotations.h"

#include <string.h>

#include "base/json.h"

/* The keys of one engine. CRI-O writes its own after the pod's annotations, containerd too. */
struct engine_keys {
	const char *type, *sandbox_id;
	const char *pod, *namespace, *pod_uid, *name;
};

static const struct engine_keys crio = {
	.type = "io.kubernetes.cri-o.ContainerType",
	.sandbox_id = "io.kubernetes.cri-o.SandboxID",
	.pod = "io.kubernetes.pod.name",
	.namespace = "io.kubernetes.pod.namespace",
	.pod_uid = "io.kubernetes.pod.uid",
	.name = "io.kubernetes.container.name",
};

static const struct engine_keys containerd = {
	.type = "io.kubernetes.cri.container-type",
	.sandbox_id = "io.kubernetes.cri.sandbox-id",
	.pod = "io.kubernetes.cri.sandbox-name",
	.namespace = "io.kubernetes.cri.sandbox-namespace",
	.pod_uid = "io.kubernetes.cri.sandbox-uid",
	.name = "io.kubernetes.cri.container-name",
};

enum { ENGINE_COUNT = 2 };

static const struct engine_keys *const engines[ENGINE_COUNT] = { &crio, &containerd };

/* Under CRI-O a pod can write containerd's keys; io.container.manager is CRI-O's own. */
static const struct engine_keys *engine_of(struct json_object *annotations)
{
	const char *manager = kf_json_string(annotations, "io.container.manager");

	if (manager && strcmp(manager, "cri-o") == 0)
		return &crio;
	return kf_json_string(annotations, containerd.type) ? &containerd : &crio;
}

void kf_annotations_identify(struct json_object *annotations, struct kf_container *ret)
{
	const struct engine_keys *keys = engine_of(annotations);

	ret->pod = kf_json_string(annotations, keys->pod);
	ret->namespace = kf_json_string(annotations, keys->namespace);
	ret->pod_uid = kf_json_string(annotations, keys->pod_uid);
	ret->name = kf_json_string(annotations, keys->name);
}

static bool says(struct json_object *annotations, const char *key, const char *word)
{
	const char *value = kf_json_string(annotations, key);

	return value && word && strcmp(value, word) == 0;
}

static enum kf_sandbox sandbox_of(struct json_object *annotations, const char *id)
{
	enum kf_sandbox found = KF_SANDBOX_NO;

	for (size_t i = 0; i < ENGINE_COUNT; i++) {
		if (!kf_json_string(annotations, engines[i]->type))
			continue;
		if (!says(annotations, engines[i]->type, "sandbox"))
			return KF_SANDBOX_NO;
		if (says(annotations, engines[i]->sandbox_id, id))
			found = KF_SANDBOX_YES;
		else if (found == KF_SANDBOX_NO)
			found = KF_SANDBOX_CLAIMED;
	}
	return found;
}

void kf_annotations_request(struct json_object *annotations, const char *id, struct kf_request *ret)
{
	ret->annotated_class = kf_json_string(annotations, KF_ANNOTATION_CLASS);
	ret->profile = kf_json_string(annotations, KF_ANNOTATION_PROFILE);
	ret->sandbox = sandbox_of(annotations, id);
}
