/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "node/journal.h"
#include "node/record.h"
#include "node/self.h"
#include "oci/annotations.h"
#include "oci/spec.h"
#include "policy/names.h"
#include "policy/state-dir.h"
#include "stage/preflight.h"
#include "stage/seccomp.h"

struct kf_rewrite kf_rewrite_of(const struct kf_config *config, const struct kf_decision *decision,
				const struct kf_wrapping *wrapping, struct json_object *seccomp,
				const struct kf_hook_call *hook)
{
	return (struct kf_rewrite){
		.runtime_class = decision->runtime_class,
		.wrapping = *wrapping,
		.mount_source = decision->class.delivery == KF_DELIVERY_MOUNT ? config->nono_dir : NULL,
		.seccomp = seccomp,
		.hook = hook,
	};
}

static int edit(const struct kf_rewrite_request *request, const struct kf_decision *decision,
		const struct kf_wrapping *wrapping, struct json_object *document, bool *ret_changed,
		enum kf_reason *ret_reason, struct kf_error *err)
{
	cleanup_json struct json_object *seccomp = NULL;
	cleanup_free char *hook_path = NULL;
	int r = kf_stage_seccomp(&decision->class, &seccomp, err);

	*ret_reason = KF_REASON_CONFIG_INVALID;
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_INTERNAL_ERROR;
	r = kf_self_hook_path(&hook_path, err);
	if (r < 0)
		return r;

	const struct kf_hook_call hook = {
		.path = hook_path,
		.config = request->config_path,
		.runtime_class = decision->runtime_class,
		.runtime_dir = kf_user_runtime_dir(),
		.kata_id = request->shim ? request->id : NULL,
	};
	/* With any hook in the spec, runtime-rs's agent calls the guest's own prestart hooks too late to mount nono. */
	bool guest_mounts = decision->class.delivery == KF_DELIVERY_GUEST;
	const struct kf_rewrite rewrite =
		kf_rewrite_of(request->config, decision, wrapping, seccomp, guest_mounts ? NULL : &hook);

	*ret_reason = KF_REASON_SPEC_INVALID;
	r = kf_rewrite(document, &rewrite, ret_changed, err);
	if (r == -EEXIST)
		*ret_reason = KF_REASON_MOUNT_REFUSED;
	return r;
}

/* What delivers nono to a virtual machine does not do so to a container, nor the other way round. */
static int check_kind(const struct kf_rewrite_request *request, const struct kf_decision *decision,
		      struct kf_error *err)
{
	if (request->shim == decision->class.vm)
		return 0;
	if (request->shim)
		return kf_fail(err, EINVAL, "class %s is not for Kata: set shim in [class %s]", decision->runtime_class,
			       decision->runtime_class);
	return kf_fail(err, EINVAL, "class %s is for Kata: start the container through its shim, not an OCI runtime",
		       decision->runtime_class);
}

static int sandbox(const struct kf_rewrite_request *request, const struct kf_decision *decision,
		   struct json_object *document, bool *ret_changed, enum kf_reason *ret_reason, struct kf_error *err)
{
	cleanup_readiness struct kf_readiness readiness = KF_NOT_READY;
	char quoted[KF_QUOTED_MAX];

	*ret_reason = KF_REASON_CONFIG_INVALID;
	if (check_kind(request, decision, err) < 0)
		return -err->code;
	*ret_reason = KF_REASON_SPEC_INVALID;
	if (request->id && !kf_container_id_valid(request->id))
		return kf_fail(err, EINVAL, "'%s' is not a container id: use letters, digits and _+-.",
			       kf_quote(quoted, request->id));

	int r = kf_preflight(request->config, decision, document, &readiness, ret_reason, err);

	return r < 0 ? r : edit(request, decision, &readiness.wrapping, document, ret_changed, ret_reason, err);
}

static void log_decision(const struct kf_rewrite_request *request, struct json_object *annotations,
			 const struct kf_decision *decision, const struct kf_error *err)
{
	struct kf_journal_entry entry = {
		.event = kf_journal_event(decision->verdict),
		.reason = decision->reason,
		.stage = request->shim ? "kata" : "rewrite",
		.profile = decision->profile,
		.runtime_handler = decision->runtime_class,
		.duration_usec = kf_clock_usec() - request->start_usec,
		.error = decision->verdict == KF_DENY ? err : NULL,
	};

	kf_annotations_identify(annotations, &entry.container);
	entry.container.id = request->id;
	(void)kf_journal_send(&entry);
}

static struct kf_decision deny(const struct kf_rewrite_request *request, enum kf_reason reason)
{
	return (struct kf_decision){ .verdict = KF_DENY, .reason = reason, .runtime_class = request->runtime_class };
}

/* A document that cannot be read. Without a configuration, that is what has to be mended first. */
static struct kf_decision deny_unreadable(const struct kf_rewrite_request *request, const struct kf_error *problem,
					  struct kf_error *err)
{
	if (!request->config)
		return deny(request, KF_REASON_CONFIG_INVALID);
	*err = *problem;
	return deny(request, KF_REASON_SPEC_INVALID);
}

/* The bare decision about a document, nothing done yet. */
static struct kf_decision judge(const struct kf_rewrite_request *request, struct json_object *document,
				struct kf_error *err)
{
	struct kf_request wish = { .imposed_class = request->runtime_class };

	kf_annotations_request(kf_spec_annotations(document), request->id, &wish);
	return kf_decide(request->config, &wish, err);
}

/* Decides about a document and edits it; a step that fails turns the decision into a denial. */
static struct kf_decision decide(const struct kf_rewrite_request *request, struct json_object *document,
				 bool *ret_changed, struct kf_error *err)
{
	struct kf_decision decision = judge(request, document, err);
	enum kf_reason reason;

	if (decision.verdict == KF_INJECT && sandbox(request, &decision, document, ret_changed, &reason, err) < 0) {
		decision.verdict = KF_DENY;
		decision.reason = reason;
	}
	return decision;
}

/* The end of every call: a denial goes to the journal and up as an error. */
static int finish(const struct kf_rewrite_request *request, const struct kf_decision *decision,
		  struct json_object *document, const struct kf_error *err)
{
	if (decision->verdict != KF_DENY)
		return 0;
	log_decision(request, kf_spec_annotations(document), decision, err);
	return err->code ? -err->code : -EPERM;
}

static int write_record(const struct kf_rewrite_request *request, struct json_object *document,
			const struct kf_decision *decision, const char *state_dir, const char *bundle,
			struct kf_error *err)
{
	cleanup_free char *path = realpath(bundle, NULL);
	cleanup_close int state_fd = -1;
	struct kf_record record = { .profile = decision->profile, .runtime_handler = decision->runtime_class };

	/* A record of no process goes with its bundle (kf_record_may_live): without one it would never go. */
	if (!path)
		return kf_fail_errno(err, errno, "cannot find the real path of the bundle");
	kf_annotations_identify(kf_spec_annotations(document), &record.container);
	record.container.id = request->id;
	record.container.bundle = path;

	int r = kf_record_open_dir(state_dir, &state_fd, err);

	return r < 0 ? r : kf_record_write(state_fd, &record, err);
}

/* What is left to do when the document is edited. The record goes first: a new config.json must not be taken back. */
static int commit(const struct kf_rewrite_request *request, const struct kf_spec *spec, bool changed,
		  const struct kf_decision *decision, const char *bundle, enum kf_reason *ret_reason,
		  struct kf_error *err)
{
	cleanup_free char *state_dir = NULL;
	struct kf_error unused;
	int r = 0;

	*ret_reason = KF_REASON_RECORD_FAILED;
	if (request->shim)
		r = kf_state_dir(request->config, &state_dir, err);
	if (r == 0 && request->shim)
		r = write_record(request, spec->document, decision, state_dir, bundle, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_SPEC_INVALID;
	if (changed)
		r = kf_spec_save(spec, err);
	if (r < 0 && request->shim)
		(void)kf_record_remove(state_dir, request->id, &unused);
	return r;
}

int kf_stage_rewrite(const struct kf_rewrite_request *request, const char *bundle, struct kf_error *err)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	struct kf_decision decision;
	struct kf_error problem;
	enum kf_reason reason;
	bool changed = false;

	if (kf_spec_load(bundle, &spec, &problem) < 0)
		decision = deny_unreadable(request, &problem, err);
	else
		decision = decide(request, spec.document, &changed, err);
	if (decision.verdict == KF_INJECT && commit(request, &spec, changed, &decision, bundle, &reason, err) < 0) {
		decision.verdict = KF_DENY;
		decision.reason = reason;
	}
	/* A pod's sandbox: containerd and Docker have no hook that would say so. And Kata has none that would say
	 * anything. */
	if (decision.verdict == KF_SKIP || (decision.verdict == KF_INJECT && request->shim))
		log_decision(request, kf_spec_annotations(spec.document), &decision, NULL);
	return finish(request, &decision, spec.document, err);
}

/* Oddities in the JSON are only a reason to refuse where somebody opted in. */
struct kf_decision kf_stage_decide(const struct kf_rewrite_request *request, const char *text, size_t length,
				   struct json_object **ret_document, bool *ret_changed, struct kf_error *err)
{
	struct kf_error problem, unused;

	int r = kf_spec_parse(text, length, KF_JSON_STRICT, ret_document, &problem);

	if (r == 0)
		return decide(request, *ret_document, ret_changed, err);
	/* Without memory, what the relaxed parser finds need not be all. */
	if (r != -ENOMEM && kf_spec_parse(text, length, KF_JSON_RELAXED, ret_document, &unused) == 0) {
		struct kf_decision decision = judge(request, *ret_document, &unused);

		if (decision.verdict == KF_SKIP)
			return decision;
	}
	return deny_unreadable(request, &problem, err);
}

static int write_text(int fd, const char *text, size_t length, struct kf_error *err)
{
	int r = kf_write_all(fd, text, length);

	return r < 0 ? kf_fail_errno(err, -r, "cannot write config.json to standard output") : 0;
}

static int write_document(int fd, struct json_object *document, struct kf_error *err)
{
	size_t length = 0;
	const char *text = kf_json_text(document, &length);

	return text ? write_text(fd, text, length, err) : kf_oom(err);
}

int kf_stage_filter(const struct kf_rewrite_request *request, int in_fd, int out_fd, enum kf_reason *ret_reason,
		    struct kf_error *err)
{
	cleanup_json struct json_object *document = NULL;
	cleanup_free char *text = NULL;
	bool changed = false;
	size_t length = 0;
	int r = kf_read_all(in_fd, "config.json on standard input", KF_SPEC_MAX, &text, &length, err);

	*ret_reason = KF_REASON_SPEC_INVALID;
	if (r != 0)
		return r;

	struct kf_decision decision = kf_stage_decide(request, text, length, &document, &changed, err);

	*ret_reason = decision.reason;
	r = finish(request, &decision, document, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_INTERNAL_ERROR;
	if (!changed)
		return write_text(out_fd, text, length, err);
	/* Of a large one there are enough copies already. */
	free(text);
	text = NULL;
	return write_document(out_fd, document, err);
}
