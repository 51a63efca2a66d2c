/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_NAMESPACES_H
#define KF_OCI_NAMESPACES_H

#include <json-c/json.h>
#include <stdbool.h>

enum kf_namespace_kind {
	KF_NAMESPACE_UNKNOWN, /* its path leads to nothing, or linux.namespaces has the type more than once */
	KF_NAMESPACE_OWN,     /* the container's or its pod's */
	KF_NAMESPACE_OF_HOST, /* ours, and so the host's */
};

/*
 * The namespace of TYPE ("pid", "user", "network", ...) of the container of this SPEC, which may be NULL (runtime-spec
 * config-linux.md, "Namespaces"). No entry: the host's. An entry without a path: a new one. An entry with a path joins
 * the namespace there, which is compared with our own (namespaces(7): the same device and inode).
 */
enum kf_namespace_kind kf_namespace_tell(struct json_object *spec, const char *type);

/* Is that namespace the container's or its pod's, for certain? */
static inline bool kf_namespace_is_own(struct json_object *spec, const char *type)
{
	return kf_namespace_tell(spec, type) == KF_NAMESPACE_OWN;
}

#endif
