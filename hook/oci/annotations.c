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

static enum kf_pause pause_of(struct json_object *annotations, const char *id)
{
	enum kf_pause found = KF_PAUSE_NO;

	for (size_t i = 0; i < ENGINE_COUNT; i++) {
		if (!kf_json_string(annotations, engines[i]->type))
			continue;
		if (!says(annotations, engines[i]->type, "sandbox"))
			return KF_PAUSE_NO;
		if (says(annotations, engines[i]->sandbox_id, id))
			found = KF_PAUSE_YES;
		else if (found == KF_PAUSE_NO)
			found = KF_PAUSE_CLAIMED;
	}
	return found;
}

/* The values of annotations KEY/NAME. */
struct named {
	const char *first; /* in the order of the document; NULL: there is no such key */
	const char *key;   /* of the first */
	bool differ;
};

/*
 * Adds the values of the annotations KEY/NAME. `podman generate kube` writes KEY of the container NAME so, and `podman
 * kube play` gives that to all containers of the pod. NAME NULL: the name of this container is not known, as under
 * Podman; then all of them count.
 */
static void find_named(struct json_object *annotations, const char *key, const char *name, struct named *found)
{
	size_t length = strlen(key);

	if (!annotations)
		return;

	struct json_object_iterator i = json_object_iter_begin(annotations), end = json_object_iter_end(annotations);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *annotation = json_object_iter_peek_name(&i);
		const char *value = kf_json_string_value(json_object_iter_peek_value(&i));

		if (!value || strncmp(annotation, key, length) != 0 || annotation[length] != '/' ||
		    (name && strcmp(name, annotation + length + 1) != 0))
			continue;
		if (!found->first)
			*found = (struct named){ .first = value, .key = annotation };
		found->differ |= strcmp(found->first, value) != 0;
	}
}

/* Any class opts in. */
static const char *handler_of(struct json_object *annotations, const char *name)
{
	const char *stamp = kf_json_string(annotations, KF_ANNOTATION_HANDLER);
	struct named named = { 0 };

	find_named(annotations, KF_ANNOTATION_HANDLER, name, &named);
	return stamp ? stamp : named.first;
}

/*
 * The wish for the container NAME, by the keys PREFIX/NAME (PREFIX may be NULL) and KEY/NAME, else the pod's by KEY.
 * Where containers of the pod wish for different things, and this one cannot be told, it has no wish. RET_KEY is the
 * key that counts.
 */
static const char *wish_of(struct json_object *annotations, const char *prefix, const char *key, const char *name,
			   const char **ret_key)
{
	const char *of_pod = kf_json_string(annotations, key);
	struct named named = { 0 };

	if (prefix)
		find_named(annotations, prefix, name, &named);
	if (!named.first || !name)
		find_named(annotations, key, name, &named);
	if (of_pod && (!name || !named.first)) {
		*ret_key = key;
		return of_pod;
	}
	*ret_key = named.differ ? NULL : named.key;
	return named.differ ? NULL : named.first;
}

void kf_annotations_request(struct json_object *annotations, const char *id, struct kf_request *ret)
{
	const char *name = kf_json_string(annotations, engine_of(annotations)->name), *unused;

	ret->annotated_handler = handler_of(annotations, name);
	ret->profile = wish_of(annotations, KF_ANNOTATION_PROFILE_OF, KF_ANNOTATION_PROFILE, name, &ret->profile_key);
	ret->allow = wish_of(annotations, NULL, KF_ANNOTATION_ALLOW, name, &unused);
	ret->deny = wish_of(annotations, NULL, KF_ANNOTATION_DENY, name, &unused);
	ret->pause = pause_of(annotations, id);
}

/* The value on which the keys A and B agree. A key that is missing does not count. */
static const char *agreed(struct json_object *annotations, const char *a, const char *b)
{
	const char *first = kf_json_string(annotations, a), *second = kf_json_string(annotations, b);

	if (first && second)
		return strcmp(first, second) == 0 ? first : NULL;
	return first ? first : second;
}

/* Is there a key that only a container of a pod has? CRI-O writes the kubelet's labels last; Podman does not write
 * them. */
static bool is_in_pod(struct json_object *annotations)
{
	const char *const keys[] = {
		containerd.type,    containerd.sandbox_id,
		containerd.pod,     containerd.namespace,
		containerd.pod_uid, containerd.name,
		crio.pod,           crio.namespace,
		crio.pod_uid,       crio.name,
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (kf_json_string(annotations, keys[i]))
			return true;
	return kf_json_string(annotations, crio.type) && !says(annotations, "io.container.manager", "libpod");
}

void kf_annotations_own(struct json_object *annotations, const char *id, struct kf_volume_owner *ret)
{
	ret->pod = is_in_pod(annotations);
	ret->pod_uid = agreed(annotations, crio.pod_uid, containerd.pod_uid);
	ret->pause = agreed(annotations, crio.sandbox_id, containerd.sandbox_id);
	ret->id = id;
}
