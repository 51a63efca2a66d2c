/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

static const char *const prefix[] = { KF_NONO_WRAP(NULL /* the profile's file */) };

enum { PREFIX_LENGTH = sizeof prefix / sizeof *prefix, PREFIX_PROFILE = 4 };

static const char *prefix_word(size_t i, const char *profile_file)
{
	return i == PREFIX_PROFILE ? profile_file : prefix[i];
}

static bool has_prefix(struct json_object *args, const char *profile_file)
{
	/* The prefix alone wraps nothing: something must be behind it. */
	if (json_object_array_length(args) <= PREFIX_LENGTH)
		return false;
	for (size_t i = 0; i < PREFIX_LENGTH; i++) {
		const char *word = kf_json_string_value(json_object_array_get_idx(args, i));

		if (!word || strcmp(word, prefix_word(i, profile_file)) != 0)
			return false;
	}
	return true;
}

static struct json_object *prefixed(struct json_object *args, const char *profile_file)
{
	cleanup_json struct json_object *wrapped = json_object_new_array();
	struct json_object *done;

	if (!wrapped)
		return NULL;
	for (size_t i = 0; i < PREFIX_LENGTH; i++)
		if (kf_json_append_string(wrapped, prefix_word(i, profile_file)) < 0)
			return NULL;
	for (size_t i = 0; i < json_object_array_length(args); i++)
		if (kf_json_append(wrapped, json_object_get(json_object_array_get_idx(args, i))) < 0)
			return NULL;
	done = wrapped;
	wrapped = NULL;
	return done;
}

static int check_strings(struct json_object *array, const char *name, struct kf_error *err)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		if (!kf_json_string_value(json_object_array_get_idx(array, i)))
			return kf_fail(err, EINVAL, "process.%s[%zu] is not a string without NUL", name, i);
	return 0;
}

static int wrap_args(struct json_object *process, const char *profile, bool *changed, struct kf_error *err)
{
	struct json_object *args = kf_json_member(process, "args", json_type_array);
	char profile_file[sizeof KF_NONO_DIR "/profiles/.json" + 64];

	if (!args || json_object_array_length(args) == 0)
		return kf_fail(err, EINVAL, "process.args is missing or empty: give the container a command");

	int r = check_strings(args, "args", err);

	if (r < 0)
		return r;
	(void)snprintf(profile_file, sizeof profile_file, KF_NONO_DIR "/profiles/%s.json", profile);
	if (has_prefix(args, profile_file))
		return 0;

	struct json_object *wrapped = prefixed(args, profile_file);

	if (!wrapped || json_object_object_add(process, "args", wrapped) < 0) {
		(void)json_object_put(wrapped);
		return kf_oom(err);
	}
	*changed = true;
	return 0;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Copies the array into a fresh one: with the profile in the first slot it has, without what else steers nono. */
static int copy_env(struct json_object *env, struct json_object *copy, const char *assignment, bool *changed)
{
	bool set = false;

	for (size_t i = 0; i < json_object_array_length(env); i++) {
		struct json_object *value = json_object_array_get_idx(env, i);
		const char *variable = kf_json_string_value(value);
		int r = 0;

		if (!kf_steers_nono(variable)) {
			r = kf_json_append(copy, json_object_get(value));
		} else if (!set && starts_with(variable, "NONO_PROFILE=")) {
			set = true;
			*changed |= strcmp(variable, assignment) != 0;
			r = kf_json_append_string(copy, assignment);
		} else {
			*changed = true;
		}
		if (r < 0)
			return r;
	}
	*changed |= !set;
	return set ? 0 : kf_json_append_string(copy, assignment);
}

static int set_profile(struct json_object *process, struct json_object *env, const char *profile, bool *changed)
{
	cleanup_json struct json_object *copy = json_object_new_array();
	char assignment[sizeof "NONO_PROFILE=" + 64];

	(void)snprintf(assignment, sizeof assignment, "NONO_PROFILE=%s", profile);
	if (!copy || copy_env(env, copy, assignment, changed) < 0)
		return -ENOMEM;
	if (json_object_object_add(process, "env", json_object_get(copy)) < 0) {
		(void)json_object_put(copy);
		return -ENOMEM;
	}
	return 0;
}

static int put_string(struct json_object *env, size_t i, const char *text)
{
	struct json_object *string = json_object_new_string(text);

	if (!string)
		return -ENOMEM;
	if (json_object_array_put_idx(env, i, string) < 0) {
		(void)json_object_put(string);
		return -ENOMEM;
	}
	return 0;
}

static int prepend_path(struct json_object *env, size_t i, const char *path)
{
	char *longer;

	if (asprintf(&longer, "PATH=" KF_NONO_DIR ":%s", path) < 0)
		return -ENOMEM;

	int r = put_string(env, i, longer);

	free(longer);
	return r;
}

/* All of them when PATH stands there twice: runtimes differ in which one the program sees. */
static int set_path(struct json_object *process, bool *changed)
{
	struct json_object *env = kf_json_member(process, "env", json_type_array);
	bool found = false;

	for (size_t i = 0; i < json_object_array_length(env); i++) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, i));

		if (!starts_with(variable, "PATH="))
			continue;
		found = true;
		if (starts_with(variable, "PATH=" KF_NONO_DIR ":"))
			continue;
		if (prepend_path(env, i, variable + strlen("PATH=")) < 0)
			return -ENOMEM;
		*changed = true;
	}
	if (found)
		return 0;
	*changed = true;
	return kf_json_append_string(env, "PATH=" KF_NONO_DIR ":" KF_DEFAULT_PATH);
}

int kf_process_wrap(struct json_object *process, const char *profile, bool *ret_changed, struct kf_error *err)
{
	bool changed = false;
	int r = wrap_args(process, profile, &changed, err);

	if (r < 0)
		return r;

	struct json_object *env = kf_json_ensure(process, "env", json_type_array);

	if (!env)
		return kf_fail(err, EINVAL, "process.env is not an array");
	r = check_strings(env, "env", err);
	if (r < 0)
		return r;
	if (set_profile(process, env, profile, &changed) < 0 || set_path(process, &changed) < 0)
		return kf_oom(err);
	*ret_changed = changed;
	return 0;
}
