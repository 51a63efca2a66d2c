/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_ANNOTATIONS_H
#define KF_OCI_ANNOTATIONS_H

#include <json-c/json.h>

#include "policy/container.h"
#include "policy/decision.h"

/* The annotation a pod asks for a profile with, and the one that names its runtime class (our stamp). */
#define KF_ANNOTATION_PROFILE "nono.sh/profile"
#define KF_ANNOTATION_CLASS "nono.sh/runtime-class"

/*
 * Fills pod, namespace, pod_uid and name of RET from the keys that CRI-O (io.kubernetes.pod.*,
 * io.kubernetes.container.name) or containerd (io.kubernetes.cri.*) set last, so that a pod cannot. ANNOTATIONS may be
 * NULL; the strings are borrowed from it.
 */
void kf_annotations_identify(struct json_object *annotations, struct kf_container *ret);

/*
 * Fills annotated_class, profile and sandbox of RET. ID is the container's. A container counts as a sandbox beyond
 * doubt when the engine's type annotation says so, names this very container as its own sandbox (ids are random: a
 * pod cannot know its own beforehand), and the other engine's type annotation does not say otherwise.
 */
void kf_annotations_request(struct json_object *annotations, const char *id, struct kf_request *ret);

#endif
