/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hook-file.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "policy/names.h"

static struct json_object *stages_of(struct json_object *file)
{
	return kf_json_member(file, "stages", json_type_array);
}

static int check(struct json_object *file, const char *name, struct kf_error *err)
{
	const char *version = kf_json_string(file, "version"), *program = kf_hook_file_program(file);

	if (!version || strcmp(version, "1.0.0") != 0)
		return kf_fail(err, EINVAL, "%s has no version 1.0.0", name);
	if (!program || program[0] != '/')
		return kf_fail(err, EINVAL, "%s has no absolute hook.path", name);
	if (!stages_of(file))
		return kf_fail(err, EINVAL, "%s has no stages", name);
	return 0;
}

int kf_hook_file_parse(const char *text, size_t length, const char *name, struct json_object **ret,
		       struct kf_error *err)
{
	cleanup_json struct json_object *file = NULL;
	int r = kf_json_parse(text, length, name, KF_JSON_RELAXED, &file, err);

	if (r == 0)
		r = check(file, name, err);
	if (r == 0)
		*ret = kf_steal_json(&file);
	return r;
}

const char *kf_hook_file_program(struct json_object *file)
{
	return kf_json_string(kf_json_member(file, "hook", json_type_object), "path");
}

bool kf_hook_file_is_ours(struct json_object *file)
{
	return kf_is_hook_program(kf_hook_file_program(file));
}

bool kf_hook_file_has_stage(struct json_object *file, const char *stage)
{
	return kf_json_has_string(stages_of(file), stage);
}

bool kf_hook_file_is_for_all(struct json_object *file)
{
	struct json_object *when = kf_json_member(file, "when", json_type_object);

	return json_object_get_boolean(kf_json_member(when, "always", json_type_boolean));
}
