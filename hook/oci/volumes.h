/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_VOLUMES_H
#define KF_OCI_VOLUMES_H

#include <json-c/json.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "policy/volume.h"

struct kf_config;
struct kf_error;

/*
 * Tells the mounts and devices of the container of SPEC apart (policy/volume.h, node/volume.h). ID is the container's,
 * NULL if it is not known; CONFIG may be NULL. *RET is the caller's to clean up. -EINVAL: mounts or linux.devices is
 * not an array, an entry is not an object or has no destination. -ENOMEM.
 */
int kf_volumes_tell(struct json_object *spec, const char *id, const struct kf_config *config, struct kf_volumes *ret,
		    struct kf_error *err);

#endif
