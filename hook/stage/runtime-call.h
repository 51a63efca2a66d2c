/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_RUNTIME_CALL_H
#define KF_STAGE_RUNTIME_CALL_H

#include "runtime/args.h"
#include "stage/call.h"
#include "stage/exec.h"

/*
 * Prepares the way for the real OCI runtime, which takes over for the command line ARGS. CALL has the handler (the
 * name we were called by) and its configuration. create and run rewrite config.json (stage/rewrite.h), restore is
 * refused (stage/restore.h), exec wraps the process and fills LINE (stage/exec.h), start looks once more
 * (stage/start.h); help and every other command pass untouched. The names of runtimes and of this program are neutral:
 * under them everything passes, except an exec into a container that has a record, and a runtime's name that leads to
 * us. For every other name that is not a class, create, run, restore and exec are refused.
 *
 * A negative errno means: stop here. Also for a command line that could start a container around us: an unknown global
 * option, crun's --config, or a relative configuration path, which the hook could not follow.
 */
int kf_runtime_call_prepare(struct kf_call *call, const struct kf_runtime_args *args, struct kf_exec_line *line,
			    struct kf_error *err);

/*
 * Finds the real runtime: the one that the class of CALL's handler names, else the first of crun and runc. A broken
 * configuration still counts as far as it can be read, so that pods can be stopped. *RET_PATH is the caller's to free.
 * Errors: kf_runtime_path().
 */
int kf_runtime_call_find_runtime(const struct kf_call *call, char **ret_path, struct kf_error *err);

#endif
