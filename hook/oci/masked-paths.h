/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_MASKED_PATHS_H
#define KF_OCI_MASKED_PATHS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "policy/access.h"

struct kf_error;

/*
 * Appends the paths of HIDDEN to linux.maskedPaths of SPEC (runtime-spec config-linux.md, "Masked Paths") that are not
 * there yet. The runtime puts an empty file or an empty, read-only directory in the place of each. *CHANGED becomes
 * true if one was added. -EINVAL: linux or maskedPaths is something else; -ENOMEM.
 */
int kf_masked_paths_add(struct json_object *spec, const struct kf_access_list *hidden, bool *changed,
			struct kf_error *err);

#endif
