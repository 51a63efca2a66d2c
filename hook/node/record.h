/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_RECORD_H
#define KF_NODE_RECORD_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/path.h"
#include "node/process-id.h"
#include "policy/container.h"

struct kf_error;

/* The record of a sandboxed container, kept as long as it lives: STATE_DIR/<container id>/metadata.json. */
struct kf_record {
	struct kf_container container;
	const char *profile;
	const char *handler;
	struct kf_process_id process; /* the container's first; under Kata the virtual machine; pid 0: not known */
	int landlock_abi;             /* the kernel's; 0: not known */
	struct kf_file_id nono;       /* the directory that is mounted at its /nono; zeroed: not known */
};

/*
 * Opens the directory of records (O_PATH). It is made if it is missing (0700), and must be ours alone, as
 * kf_open_own_dir() says. Rootless, the check needs CAP_FOWNER (base/owner.h), so the caller still has its
 * capabilities. *RET_FD is the caller's to close.
 */
int kf_record_open_dir(const char *state_dir, int *ret_fd, struct kf_error *err);

/*
 * Writes the record into that directory, with the present time as "timestamp" (RFC 3339, UTC); needs no capability. The
 * record is there complete or not at all. An older record of the same id is replaced.
 */
int kf_record_write(int state_fd, const struct kf_record *record, struct kf_error *err);

/* A record that was read. The strings are borrowed from the document; an unknown one is "". */
struct kf_saved_record {
	struct json_object *document;
	struct kf_record record;
	const char *timestamp;
};

/*
 * Reads the record of container ID (a valid id). -ENOENT, with a message, if it does not exist. Directory and file must
 * be root's alone, the file small strict JSON with all the members and about this container: -EPERM, -EFBIG or -EINVAL
 * otherwise. Only a number or the container's name may be missing (older versions did not write them): then it is 0 or
 * "". *RET is untouched on
 * failure.
 */
int kf_record_read(const char *state_dir, const char *id, struct kf_saved_record *ret, struct kf_error *err);

/* The same in the directory STATE_FD, from kf_record_open_dir(). */
int kf_record_read_at(int state_fd, const char *id, struct kf_saved_record *ret, struct kf_error *err);

static inline void kf_saved_record_done(struct kf_saved_record *saved)
{
	(void)json_object_put(saved->document);
}

#define cleanup_saved_record KF_CLEANUP(kf_saved_record_done)

/*
 * Lists the ids of all containers with a record, sorted; an empty list without STATE_DIR. *RET is the caller's to
 * clear.
 */
int kf_record_list(const char *state_dir, struct kf_list *ret, struct kf_error *err);

/* Removes the record of container ID. Returns 1 if there was one, 0 if not, or -errno. */
int kf_record_remove(const char *state_dir, const char *id, struct kf_error *err);

/*
 * The same, unless the record is about another container of that id: with another bundle, which is still there, or with
 * another process. BUNDLE NULL and PID 0: not known, as of a virtual machine's container or of one whose process has
 * ended. A record that cannot be read goes. Returns 0 as well if it stays.
 */
int kf_record_remove_of(const char *state_dir, const char *id, const char *bundle, pid_t pid, struct kf_error *err);

/*
 * Is this the record of the container that a runtime knows by BUNDLE and its first process PID? An id comes back: a
 * record that outlived its container must not speak for the next one. A BUNDLE that the runtime has lost
 * (kf_bundle_is_lost()) says nothing; the process has to live then.
 */
bool kf_record_is_about(const struct kf_record *record, const char *bundle, pid_t pid);

/*
 * May the container of this record still be there? A record without a process (Kata's shim and old versions know none)
 * is judged by the bundle, which goes with its container. In doubt the answer is yes: a record too many is harmless.
 */
bool kf_record_may_live(const struct kf_record *record);

/*
 * Removes the record of container ID if the container cannot live any more, or an old directory without a record.
 * Returns 1 if it removed something, 0 if the container may live or has no record, or -errno for a record that cannot
 * be read.
 */
int kf_record_collect(const char *state_dir, const char *id, struct kf_error *err);

#endif
