/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_NAME_H
#define KF_STAGE_NAME_H

#include "stage/call.h"

/* The meaning of the name by which the wrapper was called. */
enum kf_name {
	KF_NAME_CLASS,   /* a configured class; without a usable configuration any name that is not neutral */
	KF_NAME_NEUTRAL, /* kubefence-runtime, runc, crun: no pod opts in with it, and it acts as the runtime itself
			  */
	KF_NAME_UNKNOWN, /* another one: a class that is not configured any more, a misspelt one, an empty name */
};

enum kf_name kf_name_of(const struct kf_config *config, const char *name);

/*
 * Denies the process that CALL would start (KF_REASON_CONFIG_INVALID), because its name is KF_NAME_UNKNOWN: the engine
 * that calls it so means a sandbox, and would not get one. Always -ENOENT; nothing is logged.
 */
int kf_name_refuse(struct kf_call *call, struct kf_error *err);

/*
 * Denies the process that CALL would start (KF_REASON_CONFIG_INVALID) if its name is that of a runtime that leads to us
 * (runtime/path.h). 0 for all other names. Nothing is logged.
 */
int kf_name_check_runtime(struct kf_call *call, struct kf_error *err);

#endif
