/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_PROFILE_GROUPS_H
#define KF_NONO_PROFILE_GROUPS_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/*
 * Checks the names in groups.include and groups.exclude of DOCUMENT, the profile NAME, whose keys and types are good:
 * nono 0.80.0 has each of them (nono profile groups), and lets a profile exclude each excluded one. nono ends with exit
 * status 1 for the others, but passes over an excluded name that it does not know. -ENOTSUP with the name.
 */
int kf_profile_check_groups(struct json_object *document, const char *name, struct kf_error *err);

/* Does DOCUMENT exclude nono's group GROUP? */
bool kf_profile_excludes_group(struct json_object *document, const char *group);

#endif
