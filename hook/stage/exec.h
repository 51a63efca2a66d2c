/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_EXEC_H
#define KF_STAGE_EXEC_H

#include "base/cleanup.h"
#include "base/list.h"
#include "runtime/args.h"
#include "stage/call.h"

/* The command line that the runtime has to be called with. */
struct kf_exec_line {
	struct kf_list argv; /* empty: with the one that we were called with */
	int process_fd;      /* argv names it as /proc/self/fd/N; -1: it names none */
};

/* "Nothing to call": safe for cleanup_exec_line. */
#define KF_EXEC_LINE_NONE ((struct kf_exec_line){ .process_fd = -1 })

/*
 * Decides about one exec, which ARGS are, and logs that. For a container that we sandboxed, under the class's exec =
 * wrap: checks node and container as at the start (preflight; /nono in the container is still ours), wraps the process
 * in nono with the container's own profile, and fills RET with the command line for it. The caller's process file is
 * only read; the runtime reads memory instead that ends with the processes that have it open. The profile is that of
 * the record, if the record is about the container that the runtime means; else that of the bundle's config.json, if
 * its process is wrapped. A pod's pause container, or exec = allow: RET stays empty.
 *
 * The record names the class, too, with any name of CALL. Without a record, a neutral name leaves RET empty and logs
 * nothing, and an unknown name is a denial (stage/name.h).
 *
 * A negative errno means: do not start this process, the denial is in the journal.
 */
int kf_stage_exec(struct kf_call *call, const struct kf_runtime_args *args, struct kf_exec_line *ret,
		  struct kf_error *err);

static inline void kf_exec_line_done(struct kf_exec_line *line)
{
	kf_list_clear(&line->argv);
	kf_close_fd(&line->process_fd);
}

#define cleanup_exec_line KF_CLEANUP(kf_exec_line_done)

#endif
