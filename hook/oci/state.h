/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_STATE_H
#define KF_OCI_STATE_H

#include <json-c/json.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* No state is larger: Kubernetes allows 256 KiB of annotations in a pod. */
#define KF_STATE_MAX ((size_t)4 * 1024 * 1024)

/*
 * The state of a container as a runtime hands it to a hook (runtime-spec runtime.md, "State"). A member that is missing
 * there is NULL or 0 here: runc, crun and Kata differ in status, pid and root, and a member is checked only before its
 * use. The strings are borrowed from the document.
 */
struct kf_state {
	struct json_object *document;
	const char *id;
	const char *bundle;
	const char *status;
	pid_t pid; /* in the hook's own pid namespace; 0 without one */
	struct json_object *annotations;
	struct kf_error flaw; /* code 0: the state is strict JSON; else its flaw */
};

/*
 * Reads a state from FD, always to its end (crun writes it before it waits for us). One JSON object is demanded here,
 * which is enough to skip a container. Of a state that is larger than KF_STATE_MAX only the flaw is known, and that the
 * annotation nono.sh/runtime-class is not in it; with that word in it, it is -EFBIG. 0, -EINVAL, -EFBIG, -ENOMEM or a
 * read error.
 */
int kf_state_read(int fd, struct kf_state *ret, struct kf_error *err);

/* Demands an id that can name a record: poststop needs no more. -EINVAL and a message otherwise. */
int kf_state_check_id(const struct kf_state *state, struct kf_error *err);

/*
 * Demands the members for reading the bundle: strict JSON, a valid id, an absolute bundle. -EINVAL and a message if
 * not.
 */
int kf_state_check_bundle(const struct kf_state *state, struct kf_error *err);

/* Demands the members for mounting: all these and a process id above 1. -EINVAL and a message otherwise. */
int kf_state_check(const struct kf_state *state, struct kf_error *err);

static inline void kf_state_done(struct kf_state *state)
{
	(void)json_object_put(state->document);
}

#define cleanup_state KF_CLEANUP(kf_state_done)

#endif
