/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_RECORD_H
#define KF_NODE_RECORD_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "node/process-id.h"
#include "policy/container.h"

struct kf_error;

/* What is kept about a sandboxed container as long as it lives: STATE_DIR/<container id>/metadata.json. */
struct kf_record {
	struct kf_container container;
	const char *profile;
	const char *runtime_handler;
	struct kf_process_id process; /* the container's first; under Kata the virtual machine, or not known: 0 */
	int landlock_abi;             /* the kernel's; 0: not known */
};

/*
 * Opens the directory of records (O_PATH), which is made if it is missing (0700) and must be ours alone, see
 * kf_open_own_dir(). Rootless that takes CAP_FOWNER (base/owner.h), so it comes before capabilities are given up.
 * *RET_FD is the caller's to close.
 */
int kf_record_open_dir(const char *state_dir, int *ret_fd, struct kf_error *err);

/*
 * Writes the record into that directory, with the present time as "timestamp" (RFC 3339, UTC); needs no capability. The
 * record is there complete or not at all. An older record of the same id is replaced.
 */
int kf_record_write(int state_fd, const struct kf_record *record, struct kf_error *err);

/* A record that was read. The strings are borrowed from the document; what was unknown when it was written is "". */
struct kf_saved_record {
	struct json_object *document;
	struct kf_record record;
	const char *timestamp;
};

/*
 * Reads the record of container ID (a valid id). -ENOENT, with a message, if there is none. Directory and file must be
 * root's alone, the file small strict JSON with all the members and about this container: -EPERM, -EFBIG or -EINVAL
 * otherwise. Only the numbers may be missing, older versions did not write them: 0. *RET is untouched on failure.
 */
int kf_record_read(const char *state_dir, const char *id, struct kf_saved_record *ret, struct kf_error *err);

static inline void kf_saved_record_done(struct kf_saved_record *saved)
{
	(void)json_object_put(saved->document);
}

#define cleanup_saved_record KF_CLEANUP(kf_saved_record_done)

/* The ids of all containers with a record, sorted. No STATE_DIR is no record. The list is the caller's to clear. */
int kf_record_list(const char *state_dir, struct kf_list *ret, struct kf_error *err);

/* Removes the record of container ID. Returns 1 if there was one, 0 if not, or -errno. */
int kf_record_remove(const char *state_dir, const char *id, struct kf_error *err);

/*
 * May the container of a record that was read still be there? Where the record has no process (Kata's shim knows none,
 * nor did an old version), what goes with a container is its bundle. In doubt it lives: better one record too many.
 */
bool kf_record_may_live(const struct kf_record *record);

/*
 * Removes the record of container ID if the container cannot live any more, or if there
 * is only an old empty directory. Returns 1 if it did, 0 if the container lives (or may live) or has no record, or
 * -errno for a record that cannot be read.
 */
int kf_record_collect(const char *state_dir, const char *id, struct kf_error *err);

#endif
