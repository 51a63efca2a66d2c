/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_RECORD_H
#define KF_NODE_RECORD_H

#include <stdbool.h>

#include "policy/container.h"

struct kf_error;

/* What is kept about a sandboxed container as long as it lives: STATE_DIR/<container id>/metadata.json. */
struct kf_record {
	struct kf_container container;
	const char *profile;
	const char *runtime_handler;
};

/*
 * Writes the record, with the present time as "timestamp" (RFC 3339, UTC). STATE_DIR is made if it is missing (0700)
 * and must be root's alone. The record is there complete or not at all. An older record of the same id is replaced.
 */
int kf_record_write(const char *state_dir, const struct kf_record *record, struct kf_error *err);

/* Removes the record of container ID. Returns 1 if there was one, 0 if not, or -errno. */
int kf_record_remove(const char *state_dir, const char *id, struct kf_error *err);

#endif
