/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"

#include <string.h>

#include "base/json.h"

const char *kf_env_value(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=' ? variable + length + 1 : NULL;
}

const char *kf_env_next(struct json_object *process, const char *name, size_t *at)
{
	struct json_object *env = kf_json_member(process, "env", json_type_array);

	while (env && *at < json_object_array_length(env)) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, (*at)++));
		const char *value = variable ? kf_env_value(variable, name) : NULL;

		if (value)
			return value;
	}
	return NULL;
}
