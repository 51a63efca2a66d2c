/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "node/journal.h"
#include "node/mount.h"
#include "node/privileges.h"
#include "node/record.h"
#include "oci/annotations.h"
#include "oci/spec.h"
#include "oci/state.h"
#include "stage/hook-stage.h"
#include "stage/preflight.h"
#include "stage/rewrite.h"
#include "stage/seccomp.h"

/* Everything one call knows about its container. */
struct call {
	const struct kf_hook_options *options;
	const struct kf_config *config; /* NULL: unusable */
	const struct kf_state *state;
	struct kf_container container;
	struct kf_decision decision;
	int landlock_abi; /* 0: not asked */
};

/* The same function that wraps says whether there is anything left to wrap. */
static int verify_spec(const struct call *call, const struct kf_spec *spec, const struct kf_wrapping *wrapping,
		       enum kf_reason *ret_reason, struct kf_error *err)
{
	cleanup_json struct json_object *seccomp = NULL;
	int r = kf_stage_seccomp(&call->decision.class, &seccomp, err);

	*ret_reason = KF_REASON_CONFIG_INVALID;
	if (r < 0)
		return r;

	const struct kf_rewrite rewrite = kf_rewrite_of(call->config, &call->decision, wrapping, seccomp, NULL);

	r = kf_rewrite_verify(spec->document, &rewrite, err);
	*ret_reason = KF_REASON_SPEC_INVALID;
	if (r == -EPERM)
		*ret_reason = KF_REASON_NOT_WRAPPED;
	else if (r == -EEXIST)
		*ret_reason = KF_REASON_MOUNT_REFUSED;
	return r;
}

/*
 * The class decides which of the two a container is, and the state has to agree, by what no pod can write: Kata gives
 * its hooks no status (Go), and the pid of the virtual machine or of the shim, which share the hook's mount namespace
 * (both). The annotation that Kata adds, io.katacontainers.pkg.oci.container_type, says nothing: any pod can have it.
 */
static int check_state(const struct call *call, struct kf_error *err)
{
	const struct kf_state *state = call->state;
	const char *class = call->decision.runtime_class;
	bool has_status = state->status && state->status[0];
	int r = call->decision.class.vm ? kf_state_check_bundle(state, err) : kf_state_check(state, err);

	if (r < 0)
		return r;
	if (call->decision.class.vm && has_status && !kf_in_own_mount_namespace(state->pid))
		return kf_fail(err, EINVAL, "class %s is for Kata, which did not start container %s: use its shim",
			       class, state->id);
	if (!call->decision.class.vm && !has_status)
		return kf_fail(err, EINVAL, "container %s has no status, as under Kata: set shim in [class %s]",
			       state->id, class);
	return 0;
}

static int load_spec(const struct call *call, struct kf_spec *ret_spec, char **ret_rootfs, enum kf_reason *ret_reason,
		     struct kf_error *err)
{
	const char *bundle = call->state->bundle;
	int r;

	*ret_reason = KF_REASON_STATE_INVALID;
	r = check_state(call, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_SPEC_INVALID;
	r = kf_spec_load(bundle, ret_spec, err);
	/* Before the verification, which edits the document. */
	return r < 0 ? r : kf_spec_rootfs(ret_spec, bundle, ret_rootfs, err);
}

static int write_record(const struct call *call, enum kf_reason *ret_reason, struct kf_error *err)
{
	struct kf_record record = {
		.container = call->container,
		.profile = call->decision.profile,
		.runtime_handler = call->decision.runtime_class,
		.landlock_abi = call->landlock_abi,
	};
	cleanup_close int state_fd = -1;
	int r = kf_process_id_get(call->state->pid, &record.process);

	*ret_reason = KF_REASON_RECORD_FAILED;
	/* Kata's pid is that of a thread at times, and nothing that happens here depends on it. */
	if (r < 0 && !call->decision.class.vm)
		return kf_fail_errno(err, -r, "cannot look at the container's process %d", (int)call->state->pid);
	r = kf_record_open_dir(call->config->state_dir, &state_fd, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_INTERNAL_ERROR;
	r = kf_privileges_drop(err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_RECORD_FAILED;
	return kf_record_write(state_fd, &record, err);
}

static int mount_nono(const struct call *call, const struct kf_readiness *readiness, const char *rootfs,
		      struct kf_error *err)
{
	/* The hook looks even where the runtime mounts: an image's symlink can have led it away from /nono. */
	const struct kf_mount mount = {
		.pid = call->state->pid,
		.rootfs = rootfs,
		.profile = readiness->wrapping.by_name ? NULL : call->decision.profile,
		.by_runtime = call->decision.class.delivery == KF_DELIVERY_MOUNT,
	};

	return kf_mount_nono(readiness->nono_fd, &mount, err);
}

static int deliver(const struct call *call, const struct kf_readiness *readiness, const char *rootfs,
		   enum kf_reason *ret_reason, struct kf_error *err)
{
	/* Kata's guest has mounts of its own, too late for us. */
	int r = call->decision.class.vm ? 0 : mount_nono(call, readiness, rootfs, err);

	*ret_reason = KF_REASON_MOUNT_REFUSED;
	return r < 0 ? r : write_record(call, ret_reason, err);
}

static int sandbox(struct call *call, enum kf_reason *ret_reason, struct kf_error *err)
{
	cleanup_readiness struct kf_readiness readiness = KF_NOT_READY;
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	cleanup_free char *rootfs = NULL;
	int r = load_spec(call, &spec, &rootfs, ret_reason, err);

	if (r == 0)
		r = kf_preflight(call->config, &call->decision, spec.document, &readiness, ret_reason, err);
	if (r < 0)
		return r;
	call->landlock_abi = readiness.landlock_abi;
	r = verify_spec(call, &spec, &readiness.wrapping, ret_reason, err);
	return r < 0 ? r : deliver(call, &readiness, rootfs, ret_reason, err);
}

static void log_decision(const struct call *call, const struct kf_error *err)
{
	const struct kf_journal_entry entry = {
		.event = kf_journal_event(call->decision.verdict),
		.reason = call->decision.reason,
		.stage = call->decision.class.vm ? "kata" : "create-runtime",
		.profile = call->decision.profile,
		.runtime_handler = call->decision.runtime_class,
		.container = call->container,
		.landlock_abi = call->landlock_abi,
		.duration_usec = kf_clock_usec() - call->options->start_usec,
		.error = call->decision.verdict == KF_DENY ? err : NULL,
	};
	struct kf_error unused;

	/* There is nothing else left to do; the record was written without them, too. */
	if (call->decision.verdict != KF_INJECT)
		(void)kf_privileges_drop(&unused);
	(void)kf_journal_send(&entry);
}

/* Decides and acts; a step that fails turns the decision into a denial. */
static void decide(struct call *call, struct kf_error *err)
{
	struct kf_request request = { .imposed_class = call->options->runtime_class };

	kf_annotations_request(call->state->annotations, call->state->id, &request);
	call->decision = kf_decide(call->config, &request, err);

	enum kf_reason reason;

	if (call->decision.verdict == KF_INJECT && sandbox(call, &reason, err) < 0) {
		call->decision.verdict = KF_DENY;
		call->decision.reason = reason;
	}
}

static enum kf_exit finish(const struct call *call, const struct kf_error *err)
{
	log_decision(call, err);
	return call->decision.verdict == KF_DENY ? kf_exit_code(call->decision.reason) : KF_EXIT_OK;
}

enum kf_exit kf_stage_create_runtime(int state_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_state struct kf_state state = { 0 };
	cleanup_config struct kf_config *config = NULL;
	struct call call = { .options = options, .state = &state };

	if (kf_state_read(state_fd, &state, err) < 0) {
		call.decision = (struct kf_decision){ .verdict = KF_DENY, .reason = KF_REASON_STATE_INVALID };
		return finish(&call, err);
	}
	call.container = (struct kf_container){ .id = state.id, .bundle = state.bundle };
	kf_annotations_identify(state.annotations, &call.container);
	if (kf_config_load(options->config, &config, err) == 0)
		call.config = config;
	decide(&call, err);
	return finish(&call, err);
}
