/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_COMPOSE_H
#define KF_STAGE_COMPOSE_H

#include <json-c/json.h>

#include "nono/compose.h"
#include "stage/call.h"

/*
 * Composes the policy (nono/compose.h) of the container of CALL, whose config.json is DOCUMENT, from PROFILE. The same
 * before and after the rewrite: the hook composes the rewrite's policy once more. *RET is the caller's to clean up. A
 * negative errno and a denial: PROFILE_REFUSED, ALLOW_REFUSED, SPEC_INVALID, or COMMAND_NOT_FOUND (oci/command.h).
 */
int kf_stage_compose(const struct kf_call *call, const struct kf_profile *profile, struct json_object *document,
		     struct kf_policy *ret, struct kf_error *err);

#endif
