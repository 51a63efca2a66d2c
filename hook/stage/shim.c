/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/shim.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/format.h"
#include "node/record.h"
#include "policy/names.h"
#include "runtime/path.h"
#include "stage/name.h"
#include "stage/rewrite.h"

int kf_shim_call_identify(const char *name, const struct kf_config *config, const struct kf_shim_args *args,
			  struct kf_call *call, char **ret_own, struct kf_error *err)
{
	char *own = kf_shim_handler(name);

	if (!own)
		return kf_oom(err);
	*ret_own = own;
	call->vm = true;
	call->container.id = args->id;
	call->handler = kf_config_handler_of_shim(config, name);
	if (!call->handler)
		call->handler = own;
	return 0;
}

int kf_shim_call_find_shim(const struct kf_call *call, const struct kf_config *config, char **ret_path,
			   struct kf_error *err)
{
	const char *runtime = config ? kf_config_class(config, call->handler).runtime : NULL;

	if (runtime)
		return kf_runtime_path(runtime, ret_path, err);
	if (!call->config)
		return kf_fail_as(err, call->config_flaw);
	return kf_fail(err, ENOENT, "class %s has no runtime: name Kata's shim in [class %s]", call->handler,
		       call->handler);
}

/* With the sandbox API, containerd starts a shim before there is a container. */
static int check_bundle(const char *bundle, struct kf_call *call, struct kf_error *err)
{
	cleanup_free char *path = NULL;

	if (kf_format(&path, "%s/config.json", bundle) < 0)
		return kf_oom(err);
	if (access(path, F_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return kf_fail_errno(err, errno, "cannot look at %s", path);
	/* The rewrite has words for a bundle that is missing itself. */
	if (access(bundle, F_OK) < 0)
		return 0;
	call->stage = "kata";
	kf_call_deny(call);
	return kf_call_answer(
		call,
		kf_deny(err, KF_REASON_SPEC_INVALID, ENOENT,
			"the bundle of %s has no config.json, as under containerd's sandboxer = \"shim\": "
			"take that line out of the handler's table",
			call->container.id),
		err);
}

/* "start" is the one call that has to be stopped after a failure. */
static int rewrite_on_start(int argc, char *const argv[], const struct kf_shim_args *args, struct kf_call *call,
			    struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (kf_shim_args_ambiguous(argc, argv, args))
		return kf_fail(err, EINVAL, "unknown option %s in front of the action: update kubefence",
			       kf_quote(quoted, args->unknown));
	if (!kf_shim_args_is(args, "start"))
		return 0;
	if (call->config && !kf_config_has_class(call->config, call->handler)) {
		call->stage = "kata";
		return kf_call_answer(call, kf_name_refuse(call, err), err);
	}
	if (!args->id || !args->id[0])
		return kf_fail(err, EINVAL, "start without -id: name the container");
	if (call->config_path && call->config_path[0] != '/')
		return kf_fail(err, EINVAL, "KUBEFENCE_CONFIG is not an absolute path");

	const char *bundle = args->bundle && args->bundle[0] ? args->bundle : ".";
	int r = check_bundle(bundle, call, err);

	return r < 0 ? r : kf_stage_rewrite(call, bundle, err);
}

/* The pod and the container's name, which a command line of "delete" does not have. */
static void identify_by_record(const struct kf_config *config, const char *id, struct kf_saved_record *ret)
{
	cleanup_free char *state_dir = NULL;
	struct kf_error unused;

	if (kf_config_state_dir(config, &state_dir, &unused) == 0)
		(void)kf_record_read(state_dir, id, ret, &unused);
}

/*
 * containerd tells a shim to delete a container whenever that is gone, also after a crash. CRI-O never does; there, and
 * in the usual case, our poststop hook is the first. Cannot fail: the shim must go on with its own part.
 */
static void forget_container_on_delete(struct kf_call *call, const struct kf_config *config)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error unused;

	if (!call->container.id || !kf_container_id_valid(call->container.id))
		return;
	identify_by_record(config, call->container.id, &saved);
	if (kf_call_remove_record(call, config, 0, &unused) <= 0)
		return;
	call->stage = "kata";
	call->decision.handler = call->handler;
	if (saved.record.container.id)
		call->container = saved.record.container;
	kf_call_log_removal(call);
}

int kf_shim_call_prepare(int argc, char *const argv[], const struct kf_shim_args *args, struct kf_call *call,
			 const struct kf_config *config, struct kf_error *err)
{
	int r = rewrite_on_start(argc, argv, args, call, err);

	if (r == 0 && kf_shim_args_is(args, "delete"))
		forget_container_on_delete(call, config);
	return r;
}
