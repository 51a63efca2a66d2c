/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

#define HOOK_NAME "kubefence-hook"

/* The kubelet gives up on a container after two minutes; a healthy hook takes a few milliseconds. */
enum { HOOK_TIMEOUT_SECONDS = 30 };

static bool is_kubefence(struct json_object *hook)
{
	const char *path = kf_json_string(hook, "path");
	const char *name = path ? strrchr(path, '/') : NULL;

	return name && strcmp(name + 1, HOOK_NAME) == 0;
}

static bool has_kubefence(struct json_object *hooks, const char *stage)
{
	struct json_object *list = kf_json_member(hooks, stage, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (is_kubefence(json_object_array_get_idx(list, i)))
			return true;
	return false;
}

static int append_args(struct json_object *args, const struct kf_hook_call *call, const char *command)
{
	const char *const words[] = { HOOK_NAME,           call->config ? "--config" : NULL,
				      call->config,        "--runtime-class",
				      call->runtime_class, call->kata_id ? "--container-id" : NULL,
				      call->kata_id,       command };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i] && kf_json_append_string(args, words[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* Without env, runtimes differ: some hand on their own environment, which can be the image's. */
static int append_env(struct json_object *env, const struct kf_hook_call *call)
{
	char *variable;

	if (kf_json_append_string(env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		return -ENOMEM;
	if (!call->runtime_dir)
		return 0;
	if (asprintf(&variable, "XDG_RUNTIME_DIR=%s", call->runtime_dir) < 0)
		return -ENOMEM;

	int r = kf_json_append_string(env, variable);

	free(variable);
	return r;
}

static struct json_object *new_hook(const struct kf_hook_call *call, const char *command)
{
	cleanup_json struct json_object *hook = json_object_new_object();

	if (!hook || kf_json_set_string(hook, "path", call->path) < 0)
		return NULL;

	struct json_object *args = kf_json_ensure(hook, "args", json_type_array);

	if (!args || append_args(args, call, command) < 0)
		return NULL;

	struct json_object *env = kf_json_ensure(hook, "env", json_type_array);

	if (!env || append_env(env, call) < 0)
		return NULL;

	struct json_object *timeout = json_object_new_int(HOOK_TIMEOUT_SECONDS);

	if (!timeout || json_object_object_add(hook, "timeout", timeout) < 0) {
		(void)json_object_put(timeout);
		return NULL;
	}
	return json_object_get(hook);
}

static int add_hook(struct json_object *hooks, const char *stage, const char *command, const struct kf_hook_call *call,
		    struct kf_error *err)
{
	struct json_object *list = kf_json_ensure(hooks, stage, json_type_array);

	if (!list)
		return kf_fail(err, EINVAL, "hooks.%s is not an array", stage);
	return kf_json_append(list, new_hook(call, command)) < 0 ? kf_oom(err) : 0;
}

static bool has_equal(struct json_object *list, struct json_object *hook)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (json_object_equal(json_object_array_get_idx(list, i), hook))
			return true;
	return false;
}

static int add_for_kata(struct json_object *hooks, const struct kf_hook_call *call, bool *ret_changed,
			struct kf_error *err)
{
	cleanup_json struct json_object *hook = new_hook(call, "poststop");

	if (!hook)
		return kf_oom(err);
	if (has_equal(kf_json_member(hooks, "poststop", json_type_array), hook))
		return 0;
	*ret_changed = true;
	return add_hook(hooks, "poststop", "poststop", call, err);
}

int kf_hooks_add(struct json_object *spec, const struct kf_hook_call *call, bool *ret_changed, struct kf_error *err)
{
	struct json_object *hooks = kf_json_ensure(spec, "hooks", json_type_object);
	int r = 0;

	if (!hooks)
		return kf_fail(err, EINVAL, "hooks is not an object");
	if (call->kata_id)
		return add_for_kata(hooks, call, ret_changed, err);
	/* Older engines still put createRuntime hooks under prestart. */
	if (!has_kubefence(hooks, "createRuntime") && !has_kubefence(hooks, "prestart")) {
		r = add_hook(hooks, "createRuntime", "create-runtime", call, err);
		*ret_changed = true;
	}
	if (r == 0 && !has_kubefence(hooks, "poststop")) {
		r = add_hook(hooks, "poststop", "poststop", call, err);
		*ret_changed = true;
	}
	return r;
}
