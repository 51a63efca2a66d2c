/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_PROFILE_KEYS_H
#define KF_NONO_PROFILE_KEYS_H

#include <json-c/json.h>

struct kf_error;

/* The setting KEY of SECTION (NULL: of the document itself) keeps the profile NAME from being used: -ENOTSUP. */
int kf_profile_refuse(const char *name, const char *section, const char *key, const char *why, struct kf_error *err);

/*
 * Checks each key of DOCUMENT, the profile NAME, at every level: is it a key of nono's (nono-profile.schema.json and
 * ProfileDeserialize of nono-cli 0.80.0, which refuses any other), is the value of the type that nono wants, and can
 * `nono wrap` enforce it? A setting that wrap cannot enforce may be there as long as it has no effect. Paths are not
 * judged. -ENOTSUP with the key.
 */
int kf_profile_check_keys(struct json_object *document, const char *name, struct kf_error *err);

#endif
