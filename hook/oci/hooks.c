/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/format.h"
#include "base/json.h"
#include "base/path.h"
#include "policy/names.h"

#define BUNDLE_OPTION "--bundle"

/* The kubelet gives up on a container after two minutes; a healthy hook takes a few milliseconds. */
enum { HOOK_TIMEOUT_SECONDS = 30 };

/* By its path or by another one of the same file; a program of the same name is another program. */
static bool is_program(const char *path, const char *program)
{
	struct stat st, ours;

	if (!path || !kf_is_hook_program(path))
		return false;
	return strcmp(path, program) == 0 ||
	       (stat(path, &st) == 0 && stat(program, &ours) == 0 && kf_same_file(&st, &ours));
}

static bool has_command(struct json_object *hook, const char *const *commands)
{
	struct json_object *args = kf_json_member(hook, "args", json_type_array);
	size_t count = args ? json_object_array_length(args) : 0;
	const char *last = count > 0 ? kf_json_string_value(json_object_array_get_idx(args, count - 1)) : NULL;

	for (; last && *commands; commands++)
		if (strcmp(last, *commands) == 0)
			return true;
	return false;
}

/* Does the stage call PROGRAM for one of COMMANDS? */
static bool has_kubefence(struct json_object *hooks, const char *stage, const char *program,
			  const char *const *commands)
{
	struct json_object *list = kf_json_member(hooks, stage, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *hook = json_object_array_get_idx(list, i);

		if (is_program(kf_json_string(hook, "path"), program) && has_command(hook, commands))
			return true;
	}
	return false;
}

/* ARGS, whose last word is the command, with BUNDLE as the value of the option, in *RET. 0 or -ENOMEM. */
static int with_bundle(struct json_object *args, const char *bundle, struct json_object **ret)
{
	cleanup_json struct json_object *changed = json_object_new_array();
	size_t count = json_object_array_length(args);
	int r = changed ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct json_object *word = json_object_array_get_idx(args, i);
		const char *text = kf_json_string_value(word);

		if (i + 2 < count && text && strcmp(text, BUNDLE_OPTION) == 0) {
			i++;
			continue;
		}
		if (i + 1 == count &&
		    (kf_json_append_string(changed, BUNDLE_OPTION) < 0 || kf_json_append_string(changed, bundle) < 0))
			return -ENOMEM;
		r = kf_json_append(changed, json_object_get(word));
	}
	if (r == 0)
		*ret = kf_steal_json(&changed);
	return r;
}

/* Every entry of the stage that calls PROGRAM for one of COMMANDS gets CALL's bundle. 0 or -ENOMEM. */
static int tell_bundle(struct json_object *hooks, const char *stage, const struct kf_hook_call *call,
		       const char *const *commands, bool *ret_changed)
{
	struct json_object *list = kf_json_member(hooks, stage, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *hook = json_object_array_get_idx(list, i), *changed = NULL;
		struct json_object *args = kf_json_member(hook, "args", json_type_array);

		if (!is_program(kf_json_string(hook, "path"), call->path) || !has_command(hook, commands))
			continue;
		if (with_bundle(args, call->bundle, &changed) < 0)
			return -ENOMEM;
		if (json_object_equal(args, changed)) {
			(void)json_object_put(changed);
			continue;
		}
		*ret_changed = true;
		if (kf_json_set(hook, "args", changed) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int append_args(struct json_object *args, const struct kf_hook_call *call, const char *command)
{
	const char *const words[] = { KF_HOOK_PROGRAM, call->config ? "--config" : NULL,
				      call->config,    "--runtime-class",
				      call->handler,   call->vm_id ? "--container-id" : NULL,
				      call->vm_id,     call->bundle ? BUNDLE_OPTION : NULL,
				      call->bundle,    command };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i] && kf_json_append_string(args, words[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* Without env, runtimes differ: some hand on their own environment, which can be the image's. */
static int append_env(struct json_object *env, const struct kf_hook_call *call)
{
	cleanup_free char *variable = NULL;

	if (kf_json_append_string(env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		return -ENOMEM;
	if (!call->runtime_dir)
		return 0;
	if (kf_format(&variable, "XDG_RUNTIME_DIR=%s", call->runtime_dir) < 0)
		return -ENOMEM;

	return kf_json_append_string(env, variable);
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

	if (kf_json_set(hook, "timeout", json_object_new_int(HOOK_TIMEOUT_SECONDS)) < 0)
		return NULL;
	return kf_steal_json(&hook);
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

static int add_for_vm(struct json_object *hooks, const struct kf_hook_call *call, bool *ret_changed,
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

int kf_hooks_check(struct json_object *spec, struct kf_error *err)
{
	struct json_object *hooks = kf_json_member(spec, "hooks", json_type_object);
	struct json_object *list = kf_json_member(hooks, "startContainer", json_type_array);

	if (!list && json_object_object_get(hooks, "startContainer"))
		return kf_fail(err, EINVAL, "hooks.startContainer is not an array");
	if (!list || json_object_array_length(list) == 0)
		return 0;
	return kf_deny(err, KF_REASON_SPEC_INVALID, EPERM,
		       "config.json has startContainer hooks, which run in the container before the sandbox is on: use "
		       "another stage");
}

int kf_hooks_add(struct json_object *spec, const struct kf_hook_call *call, bool *ret_changed, struct kf_error *err)
{
	static const char *const create[] = { "create-runtime", "prestart", NULL }, *const stop[] = { "poststop",
												      NULL };
	struct json_object *hooks = kf_json_ensure(spec, "hooks", json_type_object);
	int r = 0;

	if (!hooks)
		return kf_fail(err, EINVAL, "hooks is not an object");
	if (call->vm_id)
		return add_for_vm(hooks, call, ret_changed, err);
	/* Older engines still put createRuntime hooks under prestart. */
	if (!has_kubefence(hooks, "createRuntime", call->path, create) &&
	    !has_kubefence(hooks, "prestart", call->path, create)) {
		r = add_hook(hooks, "createRuntime", "create-runtime", call, err);
		*ret_changed = true;
	}
	if (r == 0 && !has_kubefence(hooks, "poststop", call->path, stop)) {
		r = add_hook(hooks, "poststop", "poststop", call, err);
		*ret_changed = true;
	}
	if (r < 0 || !call->bundle)
		return r;
	if (tell_bundle(hooks, "createRuntime", call, create, ret_changed) < 0 ||
	    tell_bundle(hooks, "prestart", call, create, ret_changed) < 0 ||
	    tell_bundle(hooks, "poststop", call, stop, ret_changed) < 0)
		return kf_oom(err);
	return 0;
}
