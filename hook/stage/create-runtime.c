/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "node/mount.h"
#include "node/privileges.h"
#include "node/restored.h"
#include "node/system-mounts.h"
#include "node/warm.h"
#include "oci/memory.h"
#include "oci/mounts-system.h"
#include "oci/policy-file.h"
#include "oci/spec.h"
#include "oci/state.h"
#include "stage/compose.h"
#include "stage/confine.h"
#include "stage/hook-stage.h"
#include "stage/preflight.h"

/*
 * The class decides whether a container is a virtual machine, and the state has to agree, in the parts that no pod can
 * write: Kata gives its hooks no status (Go), and the pid of the virtual machine or of the shim, which share the hook's
 * mount namespace (both). The annotation that Kata adds, io.katacontainers.pkg.oci.container_type, proves nothing: any
 * pod can have it.
 */
static int check_state(const struct kf_call *call, const struct kf_state *state, struct kf_error *err)
{
	const char *handler = call->decision.handler;
	bool vm = call->decision.class.vm, has_status = state->status && state->status[0];
	int r = vm ? kf_state_check_bundle(state, err) : kf_state_check(state, err);

	if (r < 0)
		return kf_because(err, KF_REASON_STATE_INVALID);
	if (vm && has_status && !kf_in_own_mount_namespace(state->pid))
		return kf_deny(err, KF_REASON_STATE_INVALID, EINVAL,
			       "class %s is for Kata, which did not start container %s: use its shim", handler,
			       state->id);
	if (!vm && !has_status)
		return kf_deny(err, KF_REASON_STATE_INVALID, EINVAL,
			       "container %s has no status, as under Kata: set shim in [class %s]", state->id, handler);
	r = vm ? 0 : kf_process_is_restored(state->pid);
	if (r < 0) {
		(void)kf_fail_errno(err, -r, "cannot look at the program of process %d", (int)state->pid);
		return kf_because(err, KF_REASON_STATE_INVALID);
	}
	if (r > 0)
		return kf_deny(err, KF_REASON_RESTORE_REFUSED, ENOTSUP,
			       "container %s is restored from a checkpoint, outside of the sandbox: create it anew",
			       state->id);
	return 0;
}

static int load_spec(const char *bundle, struct kf_spec *ret_spec, char **ret_rootfs, struct kf_error *err)
{
	int r;

	if (kf_bundle_is_lost(bundle))
		return kf_deny(
			err, KF_REASON_SPEC_INVALID, ENOTSUP,
			"crun says that / is the bundle of this container, which has a user namespace and devices: "
			"call crun through kubefence-runtime, or use runc or crun 1.27");
	r = kf_spec_load(bundle, ret_spec, err);
	/* Before the verification, which edits the document. */
	if (r == 0)
		r = kf_spec_rootfs(ret_spec, ret_rootfs, err);
	if (r == 0)
		r = kf_spec_check_rootfs(*ret_rootfs, err);
	return r < 0 ? kf_because(err, KF_REASON_SPEC_INVALID) : 0;
}

/* Kata's guest has mounts of its own, too late for us. */
static int check_mounts(const struct kf_call *call, pid_t pid, const char *rootfs, struct json_object *document,
			struct kf_error *err)
{
	const struct kf_system_mounts expected = kf_spec_system_mounts(document);

	if (call->decision.class.vm || kf_system_mounts_check(pid, rootfs, &expected, err) == 0)
		return 0;
	return kf_because(err, KF_REASON_MOUNT_REFUSED);
}

static int identify_process(pid_t pid, bool vm, struct kf_process_id *ret, struct kf_error *err)
{
	int r = kf_process_id_get(pid, ret);

	/* Kata's pid is that of a thread at times, and nothing that happens here depends on it. */
	return r < 0 && !vm ? kf_fail_errno(err, -r, "cannot look at the container's process %d", (int)pid) : 0;
}

/* The mount that an earlier call made for this very process: an engine may have two hooks of ours. */
static int find_delivered(int state_fd, const struct kf_record *record, struct kf_file_id *ret, struct kf_error *err)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	const struct kf_process_id *process = &saved.record.process;
	int r = kf_record_read_at(state_fd, record->container.id, &saved, err);

	if (r < 0 && r != -ENOENT)
		return kf_because(err, KF_REASON_RECORD_FAILED);
	if (r == 0 && process->pid == record->process.pid && process->start_time == record->process.start_time)
		*ret = saved.record.nono;
	return 0;
}

/* The text of POLICY goes into *RET, which borrows it. */
static int describe_mount(const struct kf_call *call, const struct kf_readiness *readiness,
			  const struct kf_policy *policy, const char *rootfs, struct kf_mount *ret,
			  struct kf_error *err)
{
	struct kf_mount mount = {
		.rootfs = rootfs,
		.profile = readiness->wrapping.by_name ? NULL : call->decision.profile,
		.by_runtime = call->decision.class.delivery == KF_DELIVERY_MOUNT,
	};
	int r = 0;

	if (policy->document) {
		mount.policy = kf_json_text(policy->document, &mount.policy_length);
		if (!mount.policy)
			return kf_oom(err);
		if (mount.by_runtime && !call->decision.class.vm)
			r = kf_policy_file_find(call->container.bundle, mount.policy, mount.policy_length, &mount.cover,
						err);
	}
	if (r < 0)
		return kf_because(err, KF_REASON_NOT_WRAPPED);
	*ret = mount;
	return 0;
}

/* The hook looks even where the runtime mounts: an image's symlink can have led it away from /nono. */
static int mount_nono(const struct kf_mount_lock *lock, int nono_fd, struct kf_mount *mount, int state_fd,
		      struct kf_record *record, struct kf_error *err)
{
	int r = find_delivered(state_fd, record, &mount->delivered, err);

	if (r < 0)
		return r;
	if (kf_mount_nono(nono_fd, lock, mount, &record->nono, err) < 0)
		return kf_because(err, KF_REASON_MOUNT_REFUSED);
	kf_warm_nono(nono_fd);
	return 0;
}

static int write_record(int state_fd, const struct kf_record *record, struct kf_error *err)
{
	int r = kf_privileges_drop(err);

	if (r < 0)
		return r;
	r = kf_record_write(state_fd, record, err);
	return r < 0 ? kf_because(err, KF_REASON_RECORD_FAILED) : 0;
}

/* The shim wrapper knows the container better: the process that Kata names to its hooks is the virtual machine's. */
static bool shim_has_recorded(int state_fd, const struct kf_record *record)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error unused;

	return kf_record_read_at(state_fd, record->container.id, &saved, &unused) == 0 &&
	       kf_record_is_about(&saved.record, record->container.bundle, 0);
}

/* One after the other for one container: the second finds the mount of the first in its record. */
static int mount_and_record(struct kf_call *call, pid_t pid, int nono_fd, struct kf_mount *mount, struct kf_error *err)
{
	cleanup_mount_lock struct kf_mount_lock lock = KF_MOUNT_UNLOCKED;
	cleanup_close int state_fd = -1;
	struct kf_record record = kf_call_record(call);
	bool vm = call->decision.class.vm;

	/* Kata's guest has mounts of its own, too late for us. */
	if (!vm && kf_mount_lock(pid, &lock, err) < 0)
		return kf_because(err, KF_REASON_MOUNT_REFUSED);
	if (identify_process(pid, vm, &record.process, err) < 0 ||
	    kf_record_open_dir(call->config->state_dir, &state_fd, err) < 0)
		return kf_because(err, KF_REASON_RECORD_FAILED);

	if (vm && shim_has_recorded(state_fd, &record)) {
		call->logs_inject = false;
		return kf_privileges_drop(err);
	}

	int r = vm ? 0 : mount_nono(&lock, nono_fd, mount, state_fd, &record, err);

	return r < 0 ? r : write_record(state_fd, &record, err);
}

/* The limit of a virtual machine's container is the guest's, which has nono in a page cache of its own. */
static char *warn(const struct kf_call *call, struct json_object *document)
{
	return call->decision.class.vm ? NULL : kf_memory_warning(document);
}

static int confine_container(struct kf_call *call, const struct kf_state *state, char **ret_warning,
			     struct kf_error *err)
{
	cleanup_readiness struct kf_readiness readiness = KF_NOT_READY;
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	cleanup_free char *rootfs = NULL;
	struct kf_mount mount;
	int r = check_state(call, state, err);

	if (r == 0)
		r = load_spec(state->bundle, &spec, &rootfs, err);
	if (r == 0) {
		*ret_warning = warn(call, spec.document);
		r = kf_preflight(call->config, &call->decision, &readiness, err);
	}
	call->landlock_abi = readiness.landlock_abi;
	if (r == 0)
		r = kf_stage_compose(call, &readiness.profile, spec.document, &policy, err);
	if (r == 0)
		r = kf_confine_verify(call, spec.document, &readiness.wrapping, &policy, err);
	if (r == 0)
		r = check_mounts(call, state->pid, rootfs, spec.document, err);
	if (r == 0)
		r = describe_mount(call, &readiness, &policy, rootfs, &mount, err);
	return r < 0 ? r : mount_and_record(call, state->pid, readiness.nono_fd, &mount, err);
}

int kf_stage_create_runtime(int state_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_state struct kf_state state = { 0 };
	cleanup_free char *warning = NULL;
	struct kf_call call = kf_call_of_hook(options, "create-runtime");
	struct kf_error config_flaw, unused;
	int r;

	call.logs_skip = call.logs_inject = true;
	(void)kf_config_load(options->config, &config, &config_flaw);
	call.config = config;
	call.config_flaw = &config_flaw;
	if (kf_state_read(state_fd, &state, err) < 0) {
		r = kf_because(err, KF_REASON_STATE_INVALID);
	} else {
		state.bundle = kf_hook_bundle(options, &state);
		call.container = (struct kf_container){ .id = state.id, .bundle = state.bundle };
		r = kf_call_decide(&call, state.annotations, err);
	}
	if (call.decision.class.vm)
		call.stage = "kata";
	if (r == 0 && call.decision.verdict == KF_INJECT)
		r = confine_container(&call, &state, &warning, err);
	call.warning = r == 0 ? warning : NULL;
	/* Only the entry in the journal is left to do; the record was written without capabilities, too. */
	if (r < 0 || call.decision.verdict != KF_INJECT)
		(void)kf_privileges_drop(&unused);
	return kf_call_answer(&call, r, err);
}
