/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_NEW_PROFILE_H
#define KF_CLI_NEW_PROFILE_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_config;
struct kf_error;

/* Reads the installed profile NAME. *RET is the caller's to put. */
int kf_installed_profile(const struct kf_config *config, const char *name, struct json_object **ret,
			 struct kf_error *err);

/* May a profile NAME be written? -EINVAL: NAME is not a profile name; -EEXIST: the profile is there, and REPLACE is
 * false. */
int kf_new_profile_check(const struct kf_config *config, const char *name, bool replace, struct kf_error *err);

/*
 * Puts the profile DOCUMENT beside the others as NAME, with its name in it, after it was found that nono wrap enforces
 * it, that the last step works under it and that nono accepts it. Whole or not at all; it replaces one of that name.
 */
int kf_new_profile_write(const struct kf_config *config, const char *name, struct json_object *document,
			 struct kf_error *err);

#endif
