/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/exec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "node/warm.h"
#include "oci/capabilities.h"
#include "oci/process.h"
#include "runtime/exec-args.h"
#include "runtime/process-file.h"
#include "stage/delivered.h"
#include "stage/exec-container.h"
#include "stage/name.h"
#include "stage/preflight.h"

static bool has_process_file(const struct kf_exec_args *args)
{
	return args->process && args->process[0];
}

/* The name of the program alone: its arguments can be secret. DOCUMENT: of the process file, or NULL. */
static const char *command_name(const struct kf_exec_args *args, struct json_object *document,
				char quoted[static KF_QUOTED_MAX])
{
	struct json_object *words = kf_json_member(document, "args", json_type_array);
	const char *command = words ? kf_json_string_value(json_object_array_get_idx(words, 0)) : NULL;

	if (!has_process_file(args))
		command = args->command;
	return command ? kf_quote(quoted, basename(command)) : NULL;
}

/*
 * The node as at the container's start, and the directory at /nono in it. Where the first process has ended the runtime
 * has the last word: it starts no process in a container that is gone.
 */
static int check_places(struct kf_call *call, const struct kf_exec_container *container, struct kf_wrapping *ret,
			struct kf_error *err)
{
	cleanup_readiness struct kf_readiness ready = KF_NOT_READY;
	int r = kf_preflight(call->config, &call->decision, &ready, err);

	if (r < 0)
		return r;
	kf_warm_nono(ready.nono_fd);
	call->landlock_abi = ready.landlock_abi;
	*ret = ready.wrapping;
	ret->container = container->process;
	if (container->state.pid == 0)
		return 0;
	r = kf_delivered_check(&container->saved.record, &ready, container->state.pid, err);
	return r == -ESRCH ? 0 : r;
}

/* Of the process as the engine gives it, or of the container's own, and the capabilities that the command line adds. */
static int check_capabilities(const struct kf_call *call, const struct kf_exec_args *args,
			      const struct kf_exec_container *container, struct json_object *process,
			      struct kf_error *err)
{
	const struct kf_capability_ground ground = { .spec = container->spec.document };
	const char *handler = call->decision.handler;
	cleanup_list struct kf_list names = { 0 };
	int r = kf_exec_args_capabilities(args, &names, err);

	if (r == 0)
		r = kf_capabilities_check(process, &ground, handler, err);
	for (size_t i = 0; r == 0 && i < names.count; i++)
		r = kf_capability_check(names.items[i], &ground, handler, err);
	return r < 0 ? kf_because(err, KF_REASON_PROCESS_INVALID) : 0;
}

/* The same function as for config.json, on a copy; the caller's file stays as it is. */
static int wrap_file(const struct kf_exec_args *args, const struct kf_process_file *file,
		     const struct kf_wrapping *wrapping, struct kf_exec_line *line, struct kf_error *err)
{
	char path[KF_FD_PATH_MAX];
	bool changed;
	int r;

	if (!file->document)
		return kf_fail_as(err, &file->flaw);
	r = kf_process_wrap(file->document, wrapping, &changed, err);
	if (r == 0)
		r = kf_process_file_copy(file, &line->process_fd, err);
	if (r < 0)
		return r;
	return kf_exec_args_wrap(args, wrapping, kf_fd_path(line->process_fd, path), &line->argv, err);
}

/* The runtime takes user, environment and all else from the bundle's config.json, or its copy of it. */
static int wrap_words(const struct kf_exec_args *args, const struct kf_exec_container *container,
		      const struct kf_wrapping *wrapping, struct kf_exec_line *line, struct kf_error *err)
{
	if (container->target.kind == KF_CONTAINER_SANDBOXED && !container->process)
		return kf_fail_as(err, &container->flaw);
	return kf_exec_args_wrap(args, wrapping, NULL, &line->argv, err);
}

/* FILE is edited. */
static int wrap_exec(struct kf_call *call, const struct kf_exec_args *args, const struct kf_exec_container *container,
		     const struct kf_process_file *file, struct kf_exec_line *line, struct kf_error *err)
{
	struct kf_wrapping wrapping = { .profile = call->decision.profile };
	int r = 0;

	if (container->target.kind == KF_CONTAINER_SANDBOXED && call->decision.class.privileged != KF_PRIVILEGED_ALLOW)
		r = check_capabilities(call, args, container,
				       has_process_file(args) ? file->document : container->process, err);
	if (r == 0 && container->target.kind == KF_CONTAINER_SANDBOXED)
		r = check_places(call, container, &wrapping, err);
	if (r < 0)
		return r;
	if (has_process_file(args))
		r = wrap_file(args, file, &wrapping, line, err);
	else
		r = wrap_words(args, container, &wrapping, line, err);
	if (r < 0)
		return kf_because(err, has_process_file(args) ? KF_REASON_PROCESS_INVALID : KF_REASON_SPEC_INVALID);
	return 0;
}

static int decide_exec(struct kf_call *call, const struct kf_exec_target *target, struct kf_error *err)
{
	call->decision = kf_decide_exec(call->config, call->config_flaw, call->handler, target, err);
	return call->decision.verdict == KF_DENY ? -err->code : 0;
}

/* An option of unknown arity hides where the id and the process file are. */
static void find_container_of_args(const struct kf_call *call, const struct kf_exec_args *args, const char *root,
				   struct kf_exec_container *ret)
{
	char quoted[KF_QUOTED_MAX];

	if (!args->unknown) {
		kf_exec_container_find(call, root, args->id, ret);
		return;
	}
	(void)kf_deny(&ret->flaw, KF_REASON_PROCESS_INVALID, EINVAL, "unknown option %s of exec: update kubefence",
		      kf_quote(quoted, args->unknown));
	ret->target.flaw = &ret->flaw;
}

static int decide_and_wrap(struct kf_call *call, const struct kf_exec_args *args, const char *root,
			   struct kf_exec_line *line, struct kf_error *err)
{
	cleanup_exec_container struct kf_exec_container container = KF_EXEC_CONTAINER_NONE;
	cleanup_process_file struct kf_process_file file = { 0 };
	enum kf_name name = kf_name_of(call->config, call->handler);
	char quoted[KF_QUOTED_MAX];
	int r;

	find_container_of_args(call, args, root, &container);
	if (container.handler)
		call->handler = container.handler;
	else if (name == KF_NAME_NEUTRAL)
		return 0;
	call->container = container.container;
	r = container.handler || name == KF_NAME_CLASS ? decide_exec(call, &container.target, err)
						       : kf_name_refuse(call, err);
	if (has_process_file(args))
		(void)kf_process_file_load(args->process, &file, &file.flaw);
	/* Before the process is wrapped: its first word is nono then. */
	call->command = command_name(args, file.document, quoted);
	if (r == 0 && call->decision.verdict == KF_INJECT)
		r = wrap_exec(call, args, &container, &file, line, err);
	return kf_call_answer(call, r, err);
}

int kf_stage_exec(struct kf_call *call, const struct kf_runtime_args *args, struct kf_exec_line *ret,
		  struct kf_error *err)
{
	struct kf_exec_args exec_args;

	kf_exec_args_parse(args->argc, args->argv, args->command_word + 1, &exec_args);
	/* Nothing will be started; the runtime says why. */
	if (!exec_args.unknown && (exec_args.help || !exec_args.id))
		return 0;
	call->stage = "exec";
	call->exec = call->logs_skip = call->logs_inject = true;
	return decide_and_wrap(call, &exec_args, args->root, ret, err);
}
