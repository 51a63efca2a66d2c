/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_PROFILE_PATHS_H
#define KF_NONO_PROFILE_PATHS_H

#include <json-c/json.h>

struct kf_error;

/*
 * The path in an entry of a filesystem list: a string, or an object with a condition around one. NULL for any other
 * value.
 */
const char *kf_profile_entry_path(struct json_object *entry);

/*
 * Checks the paths in each list of filesystem of DOCUMENT, the profile NAME, whose keys and types are good. kubefence
 * has to know each of them: it is absolute and normal, "/" excluded, or one of kubefence's variables
 * (kubefence-profiles(7)), alone or with such a path after it; no pattern, no other variable, no "~". No grant is below
 * a grant that lets the container write: a process in the container could put a link to another place there before nono
 * opens it for the next exec. -ENOTSUP with the path and its list, -ENOMEM.
 */
int kf_profile_check_paths(struct json_object *document, const char *name, struct kf_error *err);

#endif
