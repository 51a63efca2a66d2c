/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/runtime-call.h"

#include <errno.h>
#include <string.h>

#include "runtime/path.h"
#include "stage/name.h"
#include "stage/restore.h"
#include "stage/rewrite.h"
#include "stage/start.h"

/* Must this call be stopped because it could start a container, or a process in one, around us? */
static int check_args(const struct kf_call *call, const struct kf_runtime_args *args, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (kf_runtime_args_ambiguous(args->argc, args->argv, args))
		return kf_fail(err, EINVAL, "unknown global option %s in front of the command: update kubefence",
			       kf_quote(quoted, args->unknown));
	if (args->spec_file && strcmp(args->spec_file, "config.json") != 0)
		return kf_fail(err, ENOTSUP, "--config is not supported for sandboxed containers: use config.json");
	if (call->config_path && call->config_path[0] != '/')
		return kf_fail(err, EINVAL, "KUBEFENCE_CONFIG is not an absolute path");
	return 0;
}

/* A refusal for the name alone: the container is not known. */
static int answer_refusal(struct kf_call *call, const struct kf_runtime_args *args, const struct kf_error *err)
{
	call->exec = kf_runtime_args_executes(args);
	call->stage = call->exec ? "exec" : "rewrite";
	call->container.id = args->id;
	return kf_call_answer(call, -err->code, err);
}

static int start(struct kf_call *call, const struct kf_runtime_args *args, struct kf_error *err)
{
	const char *bundle = args->bundle && args->bundle[0] ? args->bundle : ".";

	call->container.id = args->id;
	if (kf_name_of(call->config, call->handler) == KF_NAME_UNKNOWN) {
		(void)kf_name_refuse(call, err);
		return answer_refusal(call, args, err);
	}
	if (call->config && kf_runtime_check_kernel(kf_config_class(call->config, call->handler).runtime, err) < 0) {
		kf_call_deny(call);
		(void)kf_because(err, KF_REASON_LANDLOCK_UNAVAILABLE);
		return answer_refusal(call, args, err);
	}
	return kf_runtime_args_restores(args) ? kf_stage_restore(call, bundle, err)
					      : kf_stage_rewrite(call, bundle, err);
}

int kf_runtime_call_prepare(struct kf_call *call, const struct kf_runtime_args *args, struct kf_exec_line *line,
			    struct kf_error *err)
{
	bool starts = kf_runtime_args_starts(args) && args->id, executes = kf_runtime_args_executes(args);
	bool releases = kf_runtime_args_releases(args) && args->id;
	enum kf_name name = kf_name_of(call->config, call->handler);
	int r;

	if (args->help || (!starts && !executes && !releases && !args->unknown))
		return 0;
	if (name == KF_NAME_NEUTRAL && (starts || executes) && kf_name_check_runtime(call, err) < 0)
		return answer_refusal(call, args, err);
	if (name == KF_NAME_NEUTRAL && !executes)
		return 0;
	r = name == KF_NAME_NEUTRAL ? 0 : check_args(call, args, err);
	if (r < 0)
		return r;
	if (executes)
		return kf_stage_exec(call, args, line, err);
	if (releases)
		return kf_stage_start(call, args, err);
	return starts ? start(call, args, err) : 0;
}

int kf_runtime_call_find_runtime(const struct kf_call *call, char **ret_path, struct kf_error *err)
{
	cleanup_config struct kf_config *salvaged = call->config ? NULL : kf_config_salvage(call->config_path);
	const struct kf_config *config = call->config ? call->config : salvaged;
	bool ours = config && (salvaged || kf_config_has_class(config, call->handler));

	return kf_runtime_path(ours ? kf_config_class(config, call->handler).runtime : NULL, ret_path, err);
}
