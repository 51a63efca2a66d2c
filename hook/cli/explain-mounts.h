/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_EXPLAIN_MOUNTS_H
#define KF_CLI_EXPLAIN_MOUNTS_H

#include <json-c/json.h>

struct kf_error;
struct kf_rows;
struct kf_volumes;

/* Prints one row for each mount and device: its kind, its place and a word for it. ERR (code 0: there is no error) says
 * why the mounts cannot be told apart. */
void kf_explain_mounts(struct kf_rows *rows, const struct kf_volumes *volumes, const struct kf_error *err);

/* The same as an array of objects with destination, kind and what. The caller's to put; NULL without memory. */
struct json_object *kf_explain_mounts_json(const struct kf_volumes *volumes);

#endif
