/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_CONFINE_H
#define KF_STAGE_CONFINE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "nono/compose.h"
#include "oci/process.h"
#include "stage/call.h"

/*
 * Edits DOCUMENT, a config.json, in memory for CALL->decision (a KF_INJECT): the node is checked
 * (stage/preflight.h), the policy is composed (stage/compose.h), and then the document is edited (oci/spec-edit.h).
 * *RET_CHANGED says whether that changed anything; *RET_POLICY is the caller's to clean up. A negative errno and a
 * denial: the document is half edited and must be thrown away.
 */
int kf_confine_document(const struct kf_call *call, struct json_object *document, struct kf_policy *ret_policy,
			bool *ret_changed, struct kf_error *err);

/*
 * Decides about the config.json in the LENGTH bytes at TEXT (a NUL after them) and edits it in memory. Nothing is
 * written, recorded or logged. *RET_DOCUMENT is the caller's to put; NULL if TEXT cannot be read. CALL->decision
 * borrows from it.
 */
int kf_confine_text(struct kf_call *call, const char *text, size_t length, struct json_object **ret_document,
		    struct kf_policy *ret_policy, bool *ret_changed, struct kf_error *err);

/*
 * Is DOCUMENT as kf_confine_document() would have left it, with the WRAPPING that kf_preflight() found and
 * the POLICY that kf_stage_compose() made? The function that wraps also verifies: it edits the document, which must be
 * thrown away.
 */
int kf_confine_verify(const struct kf_call *call, struct json_object *document, const struct kf_wrapping *wrapping,
		      const struct kf_policy *policy, struct kf_error *err);

/*
 * Denies a container whose config.json cannot be read, for the FLAW in it. Without a configuration, the configuration
 * has to be mended first, and is the reason. Returns a negative errno.
 */
int kf_confine_unreadable(struct kf_call *call, const struct kf_error *flaw, struct kf_error *err);

#endif
