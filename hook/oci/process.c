/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/list.h"
#include "oci/workdir.h"

static const char *const prefix[] = { KF_NONO_WRAP(NULL /* the profile */) };

enum { PREFIX_LENGTH = sizeof prefix / sizeof *prefix, PREFIX_PROFILE = 4 };

#define PROFILES KF_NONO_DIR "/profiles/"
#define PROFILE_SUFFIX ".json"
#define ARGUMENT_MAX (sizeof PROFILES PROFILE_SUFFIX + KF_PROFILE_NAME_MAX)

/* What stands behind --profile. */
static void name_profile(const struct kf_wrapping *wrapping, char buf[static ARGUMENT_MAX])
{
	(void)snprintf(buf, ARGUMENT_MAX, wrapping->by_name ? "%s" : PROFILES "%s" PROFILE_SUFFIX, wrapping->profile);
}

static const char *prefix_word(size_t i, const char *profile_argument)
{
	return i == PREFIX_PROFILE ? profile_argument : prefix[i];
}

static bool has_prefix(struct json_object *args, const char *profile_argument)
{
	/* The prefix alone wraps nothing: something must be behind it. */
	if (json_object_array_length(args) <= PREFIX_LENGTH)
		return false;
	for (size_t i = 0; i < PREFIX_LENGTH; i++) {
		const char *word = kf_json_string_value(json_object_array_get_idx(args, i));

		if (!word || strcmp(word, prefix_word(i, profile_argument)) != 0)
			return false;
	}
	return true;
}

static struct json_object *prefixed(struct json_object *args, const char *profile_argument)
{
	cleanup_json struct json_object *wrapped = json_object_new_array();
	struct json_object *done;

	if (!wrapped)
		return NULL;
	for (size_t i = 0; i < PREFIX_LENGTH; i++)
		if (kf_json_append_string(wrapped, prefix_word(i, profile_argument)) < 0)
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

static int wrap_args(struct json_object *process, const struct kf_wrapping *wrapping, bool *changed,
		     struct kf_error *err)
{
	struct json_object *args = kf_json_member(process, "args", json_type_array);
	char argument[ARGUMENT_MAX];

	if (!args || json_object_array_length(args) == 0)
		return kf_fail(err, EINVAL, "process.args is missing or empty: give the container a command");

	int r = check_strings(args, "args", err);

	if (r < 0)
		return r;
	name_profile(wrapping, argument);
	if (has_prefix(args, argument))
		return 0;

	struct json_object *wrapped = prefixed(args, argument);

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

/* Replaces or, one behind the last, appends the variable at I. */
static int put_assignment(struct json_object *env, size_t i, const char *name, const char *value)
{
	char *assignment;

	if (asprintf(&assignment, "%s=%s", name, value) < 0)
		return -ENOMEM;

	int r = put_string(env, i, assignment);

	free(assignment);
	return r;
}

/* A variable of nono's that the process shall have. */
struct setting {
	const char *name;
	const char *value; /* NULL: it shall not */
	bool done;
};

/* The value of VARIABLE (NAME=VALUE) if it is NAME's, else NULL. */
static const char *value_of(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=' ? variable + length + 1 : NULL;
}

/* What has to be at the place of VARIABLE, which steers nono: its setting, else the first one. */
static struct setting *find_setting(struct setting settings[], size_t count, const char *variable)
{
	for (size_t i = 0; i < count; i++)
		if (settings[i].value && value_of(variable, settings[i].name))
			return &settings[i];
	return settings;
}

/*
 * A setting takes the place of every variable that steers nono, so that no other one moves: Podman remembers to which
 * index it wrote a variable (HOME, HOSTNAME) before it ran precreate hooks, and writes a secret of that name there.
 * Equal assignments are as good as one, whichever of them a program reads.
 */
static int put_settings(struct json_object *env, struct setting settings[], size_t count, bool *changed)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(env); i++) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, i));

		if (!kf_steers_nono(variable))
			continue;

		struct setting *setting = find_setting(settings, count, variable);
		const char *value = value_of(variable, setting->name);

		setting->done = true;
		if (value && strcmp(value, setting->value) == 0)
			continue;
		*changed = true;
		r = put_assignment(env, i, setting->name, setting->value);
	}
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!settings[i].value || settings[i].done)
			continue;
		*changed = true;
		r = put_assignment(env, json_object_array_length(env), settings[i].name, settings[i].value);
	}
	return r;
}

static const char *workdir_of(struct json_object *process, const struct kf_wrapping *wrapping)
{
	if (!wrapping->workdir)
		return NULL;
	return wrapping->container ? kf_workdir_grant_in(wrapping->container, process) : kf_workdir_grant(process);
}

static int set_variables(struct json_object *process, struct json_object *env, const struct kf_wrapping *wrapping,
			 bool *changed)
{
	struct setting settings[] = {
		{ .name = "NONO_PROFILE", .value = wrapping->profile },
		{ .name = KF_WORKDIR_VARIABLE, .value = workdir_of(process, wrapping) },
	};

	return put_settings(env, settings, sizeof settings / sizeof *settings, changed);
}

static int prepend_path(struct json_object *env, size_t i, const char *path)
{
	char *longer;

	if (asprintf(&longer, KF_NONO_DIR ":%s", path) < 0)
		return -ENOMEM;

	int r = put_assignment(env, i, "PATH", longer);

	free(longer);
	return r;
}

/* All of them when PATH stands there twice: runtimes differ in which one the program sees. */
static int set_path(struct json_object *env, bool *changed)
{
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

int kf_process_wrap(struct json_object *process, const struct kf_wrapping *wrapping, bool *ret_changed,
		    struct kf_error *err)
{
	bool changed = false;
	int r = wrap_args(process, wrapping, &changed, err);

	if (r < 0)
		return r;

	struct json_object *env = kf_json_ensure(process, "env", json_type_array);

	if (!env)
		return kf_fail(err, EINVAL, "process.env is not an array");
	r = check_strings(env, "env", err);
	if (r < 0)
		return r;
	if (set_variables(process, env, wrapping, &changed) < 0 || set_path(env, &changed) < 0)
		return kf_oom(err);
	*ret_changed = changed;
	return 0;
}

int kf_process_prefix(const struct kf_wrapping *wrapping, struct kf_list *words)
{
	char argument[ARGUMENT_MAX];
	int r = 0;

	name_profile(wrapping, argument);
	for (size_t i = 0; r == 0 && i < PREFIX_LENGTH; i++) {
		const char *word = prefix_word(i, argument);

		r = kf_list_add(words, word, strlen(word));
	}
	return r;
}

int kf_process_env_edit(const char *variable, const char *profile, char **ret)
{
	const char *path = value_of(variable, "PATH");
	char *edited = NULL;
	int length = 0;

	if (kf_steers_nono(variable))
		length = asprintf(&edited, "NONO_PROFILE=%s", profile);
	else if (path && !starts_with(path, KF_NONO_DIR ":"))
		length = asprintf(&edited, "PATH=" KF_NONO_DIR ":%s", path);
	if (length < 0)
		return -ENOMEM;
	*ret = edited;
	return 0;
}

/* The name in "/nono/profiles/NAME.json" or in a bare "NAME". */
static bool parse_argument(const char *argument, bool *ret_by_name, char ret[static KF_PROFILE_NAME_MAX + 1])
{
	bool by_name = !starts_with(argument, PROFILES);
	const char *name = by_name ? argument : argument + strlen(PROFILES);
	size_t length = strlen(name), suffix = by_name ? 0 : strlen(PROFILE_SUFFIX);

	if (length < suffix || length - suffix > KF_PROFILE_NAME_MAX ||
	    (!by_name && strcmp(name + length - suffix, PROFILE_SUFFIX) != 0))
		return false;
	(void)snprintf(ret, KF_PROFILE_NAME_MAX + 1, "%.*s", (int)(length - suffix), name);
	*ret_by_name = by_name;
	return kf_profile_name_valid(ret);
}

static bool has_workdir(struct json_object *process)
{
	struct json_object *env = kf_json_member(process, "env", json_type_array);

	for (size_t i = 0; env && i < json_object_array_length(env); i++) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, i));

		if (variable && value_of(variable, KF_WORKDIR_VARIABLE))
			return true;
	}
	return false;
}

bool kf_process_wrapping(struct json_object *process, struct kf_wrapping *ret,
			 char profile[static KF_PROFILE_NAME_MAX + 1])
{
	struct json_object *args = kf_json_member(process, "args", json_type_array);
	const char *argument = args ? kf_json_string_value(json_object_array_get_idx(args, PREFIX_PROFILE)) : NULL;
	bool by_name;

	if (!argument || !has_prefix(args, argument) || !parse_argument(argument, &by_name, profile))
		return false;
	*ret = (struct kf_wrapping){ .profile = profile, .by_name = by_name, .workdir = has_workdir(process) };
	return true;
}
