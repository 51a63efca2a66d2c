/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_SHIM_H
#define KF_STAGE_SHIM_H

#include "runtime/shim-args.h"
#include "stage/call.h"

/*
 * Fills handler, vm and container.id of CALL, for a shim that was called by NAME; the configuration of CALL was loaded.
 * The handler is the one whose section says shim = NAME, in CONFIG, which may be salvaged and may be NULL; else that of
 * the name itself, in memory that is the caller's to free at *RET_OWN. 0 or -ENOMEM.
 */
int kf_shim_call_identify(const char *name, const struct kf_config *config, const struct kf_shim_args *args,
			  struct kf_call *call, char **ret_own, struct kf_error *err);

/*
 * The path of the real shim, from the class of CALL->handler in CONFIG (may be salvaged, may be NULL). *RET_PATH is the
 * caller's to free. A negative errno if the class names no shim, or a missing one.
 */
int kf_shim_call_find_shim(const struct kf_call *call, const struct kf_config *config, char **ret_path,
			   struct kf_error *err);

/*
 * Prepares the way for the real shim, which takes over with the command line ARGS of ARGC words at ARGV: "start" of
 * a configured class rewrites config.json (stage/rewrite.h), "delete" removes the record, and everything else passes. A
 * negative errno means: stop here. CONFIG: as above.
 */
int kf_shim_call_prepare(int argc, char *const argv[], const struct kf_shim_args *args, struct kf_call *call,
			 const struct kf_config *config, struct kf_error *err);

#endif
