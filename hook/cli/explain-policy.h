/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_EXPLAIN_POLICY_H
#define KF_CLI_EXPLAIN_POLICY_H

#include <json-c/json.h>

struct kf_policy;
struct kf_rows;

/* Prints one row for each grant of POLICY, and one for each hidden place, with its origin. */
void kf_explain_policy(struct kf_rows *rows, const struct kf_policy *policy);

/*
 * The same as an object: "grants", objects with path, rights (read, write, read and write) and origin, and "hidden",
 * objects with path and origin. The caller's to put; NULL without memory.
 */
struct json_object *kf_explain_policy_json(const struct kf_policy *policy);

#endif
