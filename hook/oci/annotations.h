/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_ANNOTATIONS_H
#define KF_OCI_ANNOTATIONS_H

#include <json-c/json.h>

#include "policy/container.h"
#include "policy/decision.h"
#include "policy/volume.h"

/* The annotations of a pod: the profile it asks for, and the places that its policy leaves visible or hides. */
#define KF_ANNOTATION_PROFILE "nono.sh/profile"
/* The prefix of the annotations that are about one container's profile: "profile.nono.sh/NAME". */
#define KF_ANNOTATION_PROFILE_OF "profile.nono.sh"
#define KF_ANNOTATION_ALLOW "nono.sh/allow"
#define KF_ANNOTATION_DENY "nono.sh/deny"

/* The annotation that names its handler (our stamp). */
#define KF_ANNOTATION_HANDLER "nono.sh/runtime-class"

/*
 * Fills pod, namespace, pod_uid and name of RET from the keys that CRI-O (io.kubernetes.pod.*,
 * io.kubernetes.container.name) or containerd (io.kubernetes.cri.*) set last, so that a pod cannot. ANNOTATIONS may be
 * NULL; the strings are borrowed from it.
 */
void kf_annotations_identify(struct json_object *annotations, struct kf_container *ret);

/*
 * Fills annotated_handler, profile, profile_key, allow, deny and pause of RET; the strings are borrowed. The profile of
 * the container NAME is "profile.nono.sh/NAME" (Kubernetes' keys have one slash), else "nono.sh/profile/NAME" (as
 * `podman generate kube` writes it), else "nono.sh/profile"; allow and deny have the last two forms. Where the engine
 * does not tell the container's name, the annotation without a name goes first, and those with a name count for every
 * container if they agree. The handler is "nono.sh/runtime-class", our stamp, before any with a name. ID is the
 * container's. A container counts as a pause container beyond doubt when the engine's type annotation says so, names
 * this very container as its own sandbox (ids are random: a pod cannot know its own beforehand), and the other engine's
 * type annotation does not say otherwise.
 */
void kf_annotations_request(struct json_object *annotations, const char *id, struct kf_request *ret);

/*
 * Fills pod, pod_uid, id and pause of RET; ANNOTATIONS may be NULL, ID is the container's, NULL if it is not known. A
 * pod may have written the keys of the engine that it does not run under: where both engines' keys are there and
 * differ, the UID, or the pause container's id, counts as not known. Podman's containers, which have keys of CRI-O's,
 * are no pod's. The strings are borrowed.
 */
void kf_annotations_own(struct json_object *annotations, const char *id, struct kf_volume_owner *ret);

#endif
