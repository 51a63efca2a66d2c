/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_REWRITE_H
#define KF_STAGE_REWRITE_H

#include <stdint.h>

#include "policy/config.h"

struct kf_error;

/* One container that a runtime is about to start. */
struct kf_rewrite_request {
	const struct kf_config *config; /* NULL: unusable, and the error already says why */
	const char *config_path;        /* what the hook shall be told with --config; NULL: the default files */
	const char *runtime_class;      /* the name we were called by */
	const char *bundle;             /* directory of config.json */
	const char *id;                 /* the container's id */
	uint64_t start_usec;            /* CLOCK_MONOTONIC when the process started its work */
};

/*
 * Edits BUNDLE/config.json before the runtime reads it, so that the container runs under nono, or leaves it alone
 * when the decision is to skip. 0 in both cases. A negative errno means: do not start this container. The file is
 * as it was then, and the denial is in the journal.
 */
int kf_stage_rewrite(const struct kf_rewrite_request *request, struct kf_error *err);

#endif
