/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_STATE_H
#define KF_RUNTIME_STATE_H

#include <sys/types.h>

#include "base/cleanup.h"

struct kf_error;

/* A runtime's own state of one of its containers, as far as we need it. */
struct kf_runtime_state {
	char *bundle; /* absolute */
	pid_t pid;    /* the container's first process, which may have ended since */
};

/*
 * Reads the state of container ID (a valid id) from the runtime's own files: runc's ROOT/ID/state.json, crun's
 * ROOT/ID/status. Their layout is not an interface, but is the same from runc 1.0 to 1.5 and from crun 0.17 to 1.29.
 * The command `state` would give the same, but the runtime would start twice for every exec. ROOT NULL: the default
 * places (runc and crun in /run and in $XDG_RUNTIME_DIR). The file must be ours alone (root's; rootless, the user's),
 * small strict JSON.
 *
 * -ENOENT: no such container; -EEXIST: more than one has the id; -EINVAL: its state cannot be read, also because a pod
 * tries to name another bundle in an annotation. *RET is untouched on failure.
 */
int kf_runtime_state_read(const char *root, const char *id, struct kf_runtime_state *ret, struct kf_error *err);

static inline void kf_runtime_state_done(struct kf_runtime_state *state)
{
	free(state->bundle);
}

/* Takes the state out of a cleanup_runtime_state variable and hands it on. */
static inline struct kf_runtime_state kf_runtime_state_steal(struct kf_runtime_state *state)
{
	struct kf_runtime_state taken = *state;

	state->bundle = NULL;
	return taken;
}

#define cleanup_runtime_state KF_CLEANUP(kf_runtime_state_done)

#endif
