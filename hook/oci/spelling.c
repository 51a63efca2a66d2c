/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spelling.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"

static const char *const spec_keys[] = { "process", "root", "mounts", "hooks", "annotations", "linux", NULL };
static const char *const process_keys[] = { "args", "env", "capabilities", NULL };
static const char *const capabilities_keys[] = { "bounding", "effective", "permitted", "inheritable", "ambient", NULL };
static const char *const root_keys[] = { "path", NULL };
static const char *const linux_keys[] = { "namespaces", "seccomp", "resources", "devices", NULL };
static const char *const seccomp_keys[] = { "defaultAction", "defaultErrnoRet",  "architectures", "flags",
					    "listenerPath",  "listenerMetadata", "syscalls",      NULL };
static const char *const syscall_keys[] = { "names", "action", "errnoRet", "args", NULL };
static const char *const resources_keys[] = { "devices", NULL };
static const char *const device_keys[] = { "allow", "type", "major", "minor", "access", "path", NULL };
static const char *const mount_keys[] = { "destination", "source", "type", "options", NULL };
static const char *const namespace_keys[] = { "type", "path", NULL };
static const char *const hooks_keys[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop", NULL
};
static const char *const hook_keys[] = { "path", "args", "env", "timeout", NULL };

static bool is_ascii(const char *key)
{
	for (; *key; key++)
		if ((unsigned char)*key >= 0x80)
			return false;
	return true;
}

/* The key that KEY would be read as although it is not spelt so, or NULL. */
static const char *misspelt(const char *key, const char *const *known)
{
	/* Go folds two letters beyond ASCII into s and k; no field of the specification has any. */
	if (!is_ascii(key))
		return known[0];
	for (; *known; known++)
		if (strcmp(key, *known) != 0 && strcasecmp(key, *known) == 0)
			return *known;
	return NULL;
}

static int check_keys(struct json_object *object, const char *const *known, const char *document, const char *where,
		      struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (!json_object_is_type(object, json_type_object))
		return 0;

	struct json_object_iterator i = json_object_iter_begin(object), end = json_object_iter_end(object);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);

		if (misspelt(key, known))
			return kf_fail(err, EINVAL, "%s has a key '%s' in %s, which runtimes read differently",
				       document, kf_quote(quoted, key), where);
	}
	return 0;
}

static int check_object(struct json_object *object, const char *const *known, const char *where, struct kf_error *err)
{
	return check_keys(object, known, "config.json", where, err);
}

static int check_member(struct json_object *object, const char *key, const char *const *known, struct kf_error *err)
{
	return check_object(kf_json_member(object, key, json_type_object), known, key, err);
}

static int check_list(struct json_object *object, const char *key, const char *const *known, struct kf_error *err)
{
	struct json_object *list = kf_json_member(object, key, json_type_array);
	int r = 0;

	for (size_t i = 0; r == 0 && list && i < json_object_array_length(list); i++)
		r = check_object(json_object_array_get_idx(list, i), known, key, err);
	return r;
}

static int check_hooks(struct json_object *spec, struct kf_error *err)
{
	struct json_object *hooks = kf_json_member(spec, "hooks", json_type_object);
	int r = check_object(hooks, hooks_keys, "hooks", err);

	for (const char *const *stage = hooks_keys; r == 0 && *stage; stage++)
		r = check_list(hooks, *stage, hook_keys, err);
	return r;
}

static int check_process(struct json_object *process, const char *document, const char *where, struct kf_error *err)
{
	struct json_object *sets = kf_json_member(process, "capabilities", json_type_object);
	int r = check_keys(process, process_keys, document, where, err);

	return r < 0 ? r : check_keys(sets, capabilities_keys, document, "capabilities", err);
}

static int check_linux(struct json_object *linux_part, struct kf_error *err)
{
	struct json_object *resources = kf_json_member(linux_part, "resources", json_type_object);
	struct json_object *seccomp = kf_json_member(linux_part, "seccomp", json_type_object);
	int r = check_object(linux_part, linux_keys, "linux", err);

	if (r == 0)
		r = check_list(linux_part, "namespaces", namespace_keys, err);
	if (r == 0)
		r = check_list(linux_part, "devices", device_keys, err);
	if (r == 0)
		r = check_object(resources, resources_keys, "resources", err);
	if (r == 0)
		r = check_object(seccomp, seccomp_keys, "seccomp", err);
	if (r == 0)
		r = check_list(seccomp, "syscalls", syscall_keys, err);
	return r < 0 ? r : check_list(resources, "devices", device_keys, err);
}

int kf_spelling_check(struct json_object *spec, struct kf_error *err)
{
	int r = check_object(spec, spec_keys, "its top level", err);

	if (r == 0)
		r = check_process(kf_json_member(spec, "process", json_type_object), "config.json", "process", err);
	if (r == 0)
		r = check_member(spec, "root", root_keys, err);
	if (r == 0)
		r = check_list(spec, "mounts", mount_keys, err);
	if (r == 0)
		r = check_linux(kf_json_member(spec, "linux", json_type_object), err);
	return r == 0 ? check_hooks(spec, err) : r;
}

int kf_spelling_check_process(struct json_object *process, struct kf_error *err)
{
	return check_process(process, "the process file", "its top level", err);
}
