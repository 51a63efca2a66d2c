/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_EXEC_H
#define KF_STAGE_EXEC_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "policy/config.h"

struct kf_error;

/* A command line that starts a further process in a container that runs. */
struct kf_exec_request {
	const struct kf_config *config; /* NULL: unusable, and the error already says why */
	const char *runtime_class;      /* the name we were called by */
	int argc;
	char *const *argv;
	int first;           /* where the options of exec start in argv */
	const char *root;    /* --root; NULL: the runtime's default */
	uint64_t start_usec; /* CLOCK_MONOTONIC when the process started its work */
};

/* What the runtime has to be called with. */
struct kf_exec_call {
	struct kf_list argv; /* empty: with what we were called with */
	int process_fd;      /* what argv names as /proc/self/fd/N; -1: nothing */
};

/* "Nothing to call": safe for cleanup_exec_call. */
#define KF_EXEC_CALL_NONE ((struct kf_exec_call){ .process_fd = -1 })

/*
 * Decides about one exec and logs that. For a container that we sandboxed, under the class's exec = wrap: checks node
 * and container as at the start (preflight; /nono in the container still ours), wraps the process in nono with the
 * container's own profile, and fills RET with the command line for it. The caller's process file is only read; what
 * the runtime reads instead is memory that ends with the processes that have it open. Which profile: the one in the
 * record, if that is about the container the runtime means; else the one in the bundle's config.json, if that is
 * wrapped. A pod's sandbox container, or exec = allow: RET stays empty.
 *
 * A negative errno means: do not start this process, the denial is in the journal.
 */
int kf_stage_exec(const struct kf_exec_request *request, struct kf_exec_call *ret, struct kf_error *err);

static inline void kf_exec_call_done(struct kf_exec_call *call)
{
	kf_list_clear(&call->argv);
	kf_close_fd(&call->process_fd);
}

/* Takes the call out of a cleanup_exec_call variable and hands it on. */
static inline struct kf_exec_call kf_exec_call_steal(struct kf_exec_call *call)
{
	struct kf_exec_call taken = *call;

	*call = KF_EXEC_CALL_NONE;
	return taken;
}

#define cleanup_exec_call KF_CLEANUP(kf_exec_call_done)

#endif
