/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_FACTS_H
#define KF_OCI_FACTS_H

#include <json-c/json.h>

#include "nono/compose.h"

struct kf_config;
struct kf_error;

/* The container whose facts are gathered. All borrowed; members may be NULL. */
struct kf_facts_source {
	struct json_object *spec; /* config.json; never NULL */
	const char *id;           /* NULL: not known */
	const char *rootfs;       /* root.path on this host; NULL: the root file system cannot be seen from here */
	const struct kf_config *config;
};

/*
 * Gathers from the spec (runtime-spec config.md and config-linux.md) and the root file system the facts that the policy
 * of the container depends on: the result is the same before and after the rewrite, and before and after the runtime
 * has made the places of mounts. ALLOW and DENY of RET are left to the caller. *RET is the caller's to clean up.
 * -EINVAL: the mounts or devices cannot be read. -E2BIG, -ENOMEM, or an error of opening the root file system.
 */
int kf_facts_gather(const struct kf_facts_source *source, struct kf_facts *ret, struct kf_error *err);

#endif
