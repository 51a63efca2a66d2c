/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/exec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "node/journal.h"
#include "node/mount.h"
#include "oci/exec-args.h"
#include "oci/process-file.h"
#include "oci/process.h"
#include "policy/decision.h"
#include "stage/exec-container.h"
#include "stage/preflight.h"

/* Everything one call knows about its exec. */
struct exec {
	const struct kf_exec_request *request;
	struct kf_exec_args args;
	struct kf_target target;
	struct kf_process_file file; /* document NULL: there is none, or none that can be read */
	struct kf_error file_err;
	struct kf_decision decision;
	struct kf_wrapping wrapping;
	int landlock_abi; /* 0: not asked for */
};

static bool from_file(const struct exec *exec)
{
	return exec->args.process && exec->args.process[0];
}

/* The name of the program alone: arguments are nobody's business. */
static const char *command_of(const struct exec *exec, char quoted[static KF_QUOTED_MAX])
{
	struct json_object *args = kf_json_member(exec->file.document, "args", json_type_array);
	const char *command = args ? kf_json_string_value(json_object_array_get_idx(args, 0)) : NULL;

	if (!from_file(exec))
		command = exec->args.command;
	return command ? kf_quote(quoted, basename(command)) : NULL;
}

/* COMMAND has to be taken before the process is wrapped. */
static void log_decision(const struct exec *exec, const char *command, const struct kf_error *err)
{
	static const enum kf_event events[] = {
		[KF_INJECT] = KF_EVENT_EXEC_INJECTED,
		[KF_SKIP] = KF_EVENT_EXEC_SKIP,
		[KF_DENY] = KF_EVENT_EXEC_DENIED,
	};
	const struct kf_journal_entry entry = {
		.event = events[exec->decision.verdict],
		.reason = exec->decision.reason,
		.stage = "exec",
		.profile = exec->decision.profile,
		.runtime_handler = exec->decision.runtime_class,
		.command = command,
		.container = exec->target.container,
		.landlock_abi = exec->landlock_abi,
		.duration_usec = kf_clock_usec() - exec->request->start_usec,
		.error = exec->decision.verdict == KF_DENY ? err : NULL,
	};

	(void)kf_journal_send(&entry);
}

/*
 * The node as at the container's start, and what will run as /nono/nono. Where the first process has ended the runtime
 * has the last word: it starts nothing in a container that is gone.
 */
static int check_places(struct exec *exec, enum kf_reason *ret_reason, struct kf_error *err)
{
	cleanup_readiness struct kf_readiness ready = KF_NOT_READY;
	struct kf_error mount_err;
	/* No spec: nono looks at HOME once the process is there, and who asked for that sees what it says. */
	int r = kf_preflight(exec->request->config, &exec->decision, NULL, &ready, ret_reason, err);

	if (r < 0)
		return r;
	exec->landlock_abi = ready.landlock_abi;
	exec->wrapping = ready.wrapping;
	exec->wrapping.container = exec->target.process;
	/* What the container's own working directory is, is not known. */
	if (!exec->target.process)
		exec->wrapping.workdir = false;
	if (exec->target.pid == 0)
		return 0;
	*ret_reason = KF_REASON_MOUNT_REFUSED;
	r = kf_mount_check(ready.nono_fd, exec->target.pid, ready.wrapping.by_name ? NULL : ready.wrapping.profile,
			   &mount_err);
	if (r == 0 || r == -ESRCH)
		return 0;
	*err = mount_err;
	return r;
}

/* The same function as for config.json, on a copy; the caller's file stays as it is. */
static int wrap_file(struct exec *exec, struct kf_exec_call *call, struct kf_error *err)
{
	char path[sizeof "/proc/self/fd/" + 3 * sizeof call->process_fd];
	bool changed;
	int r;

	if (!exec->file.document) {
		*err = exec->file_err;
		return -err->code;
	}
	r = kf_process_wrap(exec->file.document, &exec->wrapping, &changed, err);
	if (r == 0)
		r = kf_process_file_copy(&exec->file, &call->process_fd, err);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", call->process_fd);
	return kf_exec_args_wrap(exec->request->argc, exec->request->argv, &exec->args, &exec->wrapping, path,
				 &call->argv, err);
}

/* The runtime takes user, environment and all else from the bundle's config.json, or its copy of it. */
static int wrap_words(const struct exec *exec, struct kf_exec_call *call, struct kf_error *err)
{
	if (exec->target.judged.kind == KF_CONTAINER_SANDBOXED && !exec->target.process) {
		*err = exec->target.why;
		return -err->code;
	}
	return kf_exec_args_wrap(exec->request->argc, exec->request->argv, &exec->args, &exec->wrapping, NULL,
				 &call->argv, err);
}

static int sandbox(struct exec *exec, struct kf_exec_call *call, enum kf_reason *ret_reason, struct kf_error *err)
{
	int r = 0;

	exec->wrapping = (struct kf_wrapping){ .profile = exec->decision.profile };
	if (exec->target.judged.kind == KF_CONTAINER_SANDBOXED)
		r = check_places(exec, ret_reason, err);
	if (r < 0)
		return r;
	*ret_reason = from_file(exec) ? KF_REASON_PROCESS_INVALID : KF_REASON_SPEC_INVALID;
	return from_file(exec) ? wrap_file(exec, call, err) : wrap_words(exec, call, err);
}

/* An option with unknown arity hides where the id and the process file are. */
static struct kf_decision refuse_unknown_option(const struct exec *exec, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	(void)kf_fail(err, EINVAL, "unknown option %s of exec: update kubefence", kf_quote(quoted, exec->args.unknown));
	return (struct kf_decision){
		.verdict = KF_DENY,
		.reason = KF_REASON_PROCESS_INVALID,
		.runtime_class = exec->request->runtime_class,
	};
}

static struct kf_decision judge(struct exec *exec, struct kf_error *err)
{
	const struct kf_exec_request *request = exec->request;

	if (exec->args.unknown) {
		static const struct kf_exec_container unknown = { .kind = KF_CONTAINER_UNKNOWN };
		struct kf_decision decision = kf_decide_exec(request->config, request->runtime_class, &unknown, err);

		return decision.reason == KF_REASON_CONTAINER_UNKNOWN ? refuse_unknown_option(exec, err) : decision;
	}
	kf_target_find(request->config, request->runtime_class, request->root, exec->args.id, &exec->target);

	struct kf_decision decision =
		kf_decide_exec(request->config, request->runtime_class, &exec->target.judged, err);

	if (decision.reason == KF_REASON_CONTAINER_UNKNOWN)
		*err = exec->target.why;
	return decision;
}

/* Decides and prepares; a step that fails turns the decision into a denial. */
static int decide(struct exec *exec, struct kf_exec_call *call, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];
	enum kf_reason reason;

	exec->decision = judge(exec, err);
	if (from_file(exec))
		(void)kf_process_file_load(exec->args.process, &exec->file, &exec->file_err);

	const char *command = command_of(exec, quoted);

	if (exec->decision.verdict == KF_INJECT && sandbox(exec, call, &reason, err) < 0) {
		exec->decision.verdict = KF_DENY;
		exec->decision.reason = reason;
	}
	log_decision(exec, command, err);
	if (exec->decision.verdict != KF_DENY)
		return 0;
	return err->code ? -err->code : -EPERM;
}

int kf_stage_exec(const struct kf_exec_request *request, struct kf_exec_call *ret, struct kf_error *err)
{
	struct exec exec = { .request = request, .target = KF_TARGET_NONE };

	kf_exec_args_parse(request->argc, request->argv, request->first, &exec.args);
	/* Nothing will be started; the runtime says why. */
	if (!exec.args.unknown && (exec.args.help || !exec.args.id))
		return 0;

	cleanup_exec_call struct kf_exec_call call = KF_EXEC_CALL_NONE;
	int r = decide(&exec, &call, err);

	kf_process_file_done(&exec.file);
	kf_target_done(&exec.target);
	if (r < 0)
		return r;
	*ret = kf_exec_call_steal(&call);
	return 0;
}
