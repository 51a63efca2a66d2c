/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_REWRITE_H
#define KF_STAGE_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oci/rewrite.h"
#include "policy/config.h"
#include "policy/decision.h"

struct kf_error;

/* One container that a runtime is about to start. */
struct kf_rewrite_request {
	const struct kf_config *config; /* NULL: unusable, and the error already says why */
	const char *config_path;        /* what the hook shall be told with --config; NULL: the default files */
	const char *runtime_class;      /* what the node imposes: the name we were called by; NULL: nothing */
	const char *id;                 /* the container's id; NULL: not known yet */
	bool shim;                      /* Kata's shim asks: no hook comes that could record and log, so this does */
	uint64_t start_usec;            /* CLOCK_MONOTONIC when the process started its work */
};

/*
 * What DECISION (a KF_INJECT) means for a spec, with the WRAPPING that kf_preflight() found and its class's SECCOMP
 * profile (stage/seccomp.h; may be NULL). HOOK NULL: for kf_rewrite_verify(). Everything is borrowed.
 */
struct kf_rewrite kf_rewrite_of(const struct kf_config *config, const struct kf_decision *decision,
				const struct kf_wrapping *wrapping, struct json_object *seccomp,
				const struct kf_hook_call *hook);

/*
 * Edits BUNDLE/config.json before the runtime reads it, so that the container runs under nono, or leaves it alone
 * when the decision is to skip, which is in the journal then. 0 in both cases. A negative errno means: do not start
 * this container. The file is as it was then, and the denial is in the journal. For a shim, whose
 * containers no hook sees in time, success means also that the record is written and every decision in the journal
 * (NONO_STAGE=kata).
 */
int kf_stage_rewrite(const struct kf_rewrite_request *request, const char *bundle, struct kf_error *err);

/*
 * The same for a config.json that comes and goes through pipes (Podman's precreate hook): reads it from IN_FD to its
 * end and then writes to OUT_FD: the very bytes that were read when the container is none of our business. Returns 0 or
 * a negative errno as above, with *RET_REASON for the exit status.
 */
int kf_stage_filter(const struct kf_rewrite_request *request, int in_fd, int out_fd, enum kf_reason *ret_reason,
		    struct kf_error *err);

/*
 * What both do before they do anything: decides about the config.json in the LENGTH bytes at TEXT (a NUL behind them)
 * and edits it in memory. Nothing is written, recorded or logged. *RET_DOCUMENT is the caller's to put, NULL if TEXT
 * cannot be read, and half edited with KF_DENY, of which ERR says why. *RET_CHANGED is set to true if it was edited.
 * The decision borrows from the request and the document.
 */
struct kf_decision kf_stage_decide(const struct kf_rewrite_request *request, const char *text, size_t length,
				   struct json_object **ret_document, bool *ret_changed, struct kf_error *err);

#endif
