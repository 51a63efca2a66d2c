/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/env.h"
#include "base/error.h"
#include "base/format.h"
#include "base/json.h"
#include "base/list.h"
#include "base/rlimit.h"

#define PROFILE_VARIABLE "NONO_PROFILE"
#define PROFILES KF_NONO_DIR "/profiles/"
#define PROFILE_SUFFIX ".json"
#define ARGUMENT_MAX (sizeof PROFILES PROFILE_SUFFIX + KF_PROFILE_NAME_MAX)

/* --- the words in front of a command ------------------------------------------------------------------------------ */

/* The values in the words. Borrowed. */
struct prefix {
	const char *profile; /* the word after --profile */
	const char *limits[KF_RLIMITS_MAX];
	size_t limit_count;
	size_t length; /* of the whole prefix, "--" included */
};

/* The word after --profile. */
static void name_profile(const struct kf_wrapping *wrapping, char buf[static ARGUMENT_MAX])
{
	(void)snprintf(buf, ARGUMENT_MAX, wrapping->by_name ? "%s" : PROFILES "%s" PROFILE_SUFFIX, wrapping->profile);
}

static const char *word_at(struct json_object *args, size_t i)
{
	return kf_json_string_value(json_object_array_get_idx(args, i));
}

static bool is_word(struct json_object *args, size_t i, const char *word)
{
	const char *text = word_at(args, i);

	return text && strcmp(text, word) == 0;
}

/* The value of OPTION, if that is the word at *AT, which then moves on; else NULL. */
static const char *take_option(struct json_object *args, size_t *at, const char *option)
{
	const char *value = is_word(args, *at, option) ? word_at(args, *at + 1) : NULL;

	if (value)
		*at += 2;
	return value;
}

/* Do ARGS start with words as add_prefix() writes them, and a command after them? */
static bool parse_prefix(struct json_object *args, struct prefix *ret)
{
	struct prefix prefix = { 0 };
	const char *limit;
	struct kf_rlimit unused;
	size_t at = 2;

	if (!args || !is_word(args, 0, KF_LAUNCHER_PATH) || !is_word(args, 1, KF_FIRST_STEP))
		return false;
	prefix.profile = take_option(args, &at, "--profile");
	while (prefix.limit_count < KF_RLIMITS_MAX && (limit = take_option(args, &at, "--rlimit"))) {
		if (!kf_rlimit_parse(limit, &unused))
			return false;
		prefix.limits[prefix.limit_count++] = limit;
	}
	prefix.length = at + 1;
	if (!prefix.profile || !is_word(args, at, "--") || json_object_array_length(args) <= prefix.length)
		return false;
	*ret = prefix;
	return true;
}

static int add_word(struct kf_list *words, const char *word)
{
	return kf_list_add(words, word, strlen(word));
}

static int add_option(struct kf_list *words, const char *option, const char *value)
{
	int r = value ? add_word(words, option) : 0;

	return value && r == 0 ? add_word(words, value) : r;
}

static int add_prefix(struct kf_list *words, const struct prefix *prefix)
{
	int r = add_word(words, KF_LAUNCHER_PATH);

	if (r == 0)
		r = add_word(words, KF_FIRST_STEP);
	if (r == 0)
		r = add_option(words, "--profile", prefix->profile);
	for (size_t i = 0; r == 0 && i < prefix->limit_count; i++)
		r = add_option(words, "--rlimit", prefix->limits[i]);
	return r < 0 ? r : add_word(words, "--");
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static bool read_limit(struct json_object *entry, const char *key, rlim64_t *ret)
{
	struct json_object *value = kf_json_member(entry, key, json_type_int);

	if (value)
		*ret = json_object_get_uint64(value);
	return value;
}

/* Is ENTRY of process.rlimits a limit under which nono may not start? *RET_NEEDED is nono's need. */
static bool is_too_low(struct json_object *entry, struct kf_rlimit *ret, rlim64_t *ret_needed)
{
	const char *type = kf_json_string(entry, "type");

	return type && kf_rlimit_known(type, &ret->resource, ret_needed) &&
	       read_limit(entry, "soft", &ret->limit.rlim_cur) && read_limit(entry, "hard", &ret->limit.rlim_max) &&
	       ret->limit.rlim_cur < *ret_needed;
}

static int put_limit(struct json_object *entry, const char *key, rlim64_t value)
{
	struct json_object *number = json_object_new_uint64(value);

	if (number && json_object_object_add(entry, key, number) == 0)
		return 0;
	(void)json_object_put(number);
	return -ENOMEM;
}

/* Takes limits that are too low for nono into WORDS, and raises them in process.rlimits to what nono needs. */
static int put_limits_aside(struct json_object *process, struct kf_list *words)
{
	struct json_object *rlimits = kf_json_member(process, "rlimits", json_type_array);
	char word[KF_RLIMIT_WORD_MAX];
	struct kf_rlimit limit;
	rlim64_t needed;
	int r = 0;

	for (size_t i = 0; r == 0 && rlimits && i < json_object_array_length(rlimits); i++) {
		struct json_object *entry = json_object_array_get_idx(rlimits, i);

		if (words->count == KF_RLIMITS_MAX || !is_too_low(entry, &limit, &needed))
			continue;

		rlim64_t raised = limit.limit.rlim_max > needed ? limit.limit.rlim_max : needed;

		r = add_word(words, kf_rlimit_word(word, &limit));
		if (r == 0)
			r = put_limit(entry, "soft", raised);
		if (r == 0)
			r = put_limit(entry, "hard", raised);
	}
	return r;
}

/* --- args --------------------------------------------------------------------------------------------------------- */

static int prepend(struct json_object *process, struct json_object *args, const struct kf_list *words)
{
	struct json_object *wrapped = json_object_new_array();
	int r = wrapped ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < words->count; i++)
		r = kf_json_append_string(wrapped, words->items[i]);
	for (size_t i = 0; r == 0 && i < json_object_array_length(args); i++)
		r = kf_json_append(wrapped, json_object_get(json_object_array_get_idx(args, i)));
	if (r == 0 && json_object_object_add(process, "args", wrapped) == 0)
		return 0;
	(void)json_object_put(wrapped);
	return -ENOMEM;
}

static int wrap_command(struct json_object *process, struct json_object *args, const char *profile)
{
	cleanup_list struct kf_list limits = { 0 }, words = { 0 };
	struct prefix prefix = { .profile = profile };
	int r = put_limits_aside(process, &limits);

	for (; prefix.limit_count < limits.count; prefix.limit_count++)
		prefix.limits[prefix.limit_count] = limits.items[prefix.limit_count];
	if (r == 0)
		r = add_prefix(&words, &prefix);
	return r < 0 ? r : prepend(process, args, &words);
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
	struct prefix prefix;

	if (!args || json_object_array_length(args) == 0)
		return kf_fail(err, EINVAL, "process.args is missing or empty: give the container a command");

	int r = check_strings(args, "args", err);

	if (r < 0)
		return r;
	name_profile(wrapping, argument);
	if (parse_prefix(args, &prefix) && strcmp(prefix.profile, argument) == 0)
		return 0;
	if (wrap_command(process, args, argument) < 0)
		return kf_oom(err);
	*changed = true;
	return 0;
}

/* --- env ---------------------------------------------------------------------------------------------------------- */

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

/* Replaces the variable at I or, one after the last, appends it. */
static int put_assignment(struct json_object *env, size_t i, const char *name, const char *value)
{
	cleanup_free char *assignment = NULL;

	return kf_format(&assignment, "%s=%s", name, value) < 0 ? -ENOMEM : put_string(env, i, assignment);
}

/*
 * In the place of every variable of that name, so that no other one moves: Podman remembers to which index it wrote a
 * variable (HOME, HOSTNAME) before it ran precreate hooks, and writes a secret of that name there.
 */
static int set_profile(struct json_object *env, const char *profile, bool *changed)
{
	bool found = false;

	for (size_t i = 0; i < json_object_array_length(env); i++) {
		const char *value = kf_env_value(word_at(env, i), PROFILE_VARIABLE);

		if (!value)
			continue;
		found = true;
		if (strcmp(value, profile) == 0)
			continue;
		*changed = true;
		if (put_assignment(env, i, PROFILE_VARIABLE, profile) < 0)
			return -ENOMEM;
	}
	if (found)
		return 0;
	*changed = true;
	return put_assignment(env, json_object_array_length(env), PROFILE_VARIABLE, profile);
}

static int prepend_path(struct json_object *env, size_t i, const char *path)
{
	cleanup_free char *longer = NULL;

	return kf_format(&longer, KF_NONO_DIR ":%s", path) < 0 ? -ENOMEM : put_assignment(env, i, "PATH", longer);
}

/*
 * For processes that are not confined; the first step takes it away again. All of them when PATH is set twice: runtimes
 * differ in which one the program sees. An environment without PATH gets none: the command would see it.
 */
static int set_path(struct json_object *env, bool *changed)
{
	for (size_t i = 0; i < json_object_array_length(env); i++) {
		const char *path = kf_env_value(word_at(env, i), "PATH");

		if (!path || starts_with(path, KF_NONO_DIR ":"))
			continue;
		if (prepend_path(env, i, path) < 0)
			return -ENOMEM;
		*changed = true;
	}
	return 0;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

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
	if (set_profile(env, wrapping->profile, &changed) < 0 || set_path(env, &changed) < 0)
		return kf_oom(err);
	*ret_changed = changed;
	return 0;
}

int kf_process_prefix(const struct kf_wrapping *wrapping, struct kf_list *words)
{
	struct json_object *args = kf_json_member(wrapping->container, "args", json_type_array);
	char argument[ARGUMENT_MAX];
	struct prefix prefix;

	if (!parse_prefix(args, &prefix)) {
		name_profile(wrapping, argument);
		prefix = (struct prefix){ .profile = argument };
	}
	return add_prefix(words, &prefix);
}

int kf_process_env_edit(const char *variable, const char *profile, char **ret)
{
	char *edited = NULL;

	if (kf_env_value(variable, PROFILE_VARIABLE) && kf_format(&edited, PROFILE_VARIABLE "=%s", profile) < 0)
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

bool kf_process_wrapping(struct json_object *process, struct kf_wrapping *ret,
			 char profile[static KF_PROFILE_NAME_MAX + 1])
{
	struct prefix prefix;
	bool by_name;

	if (!parse_prefix(kf_json_member(process, "args", json_type_array), &prefix) ||
	    !parse_argument(prefix.profile, &by_name, profile))
		return false;
	*ret = (struct kf_wrapping){ .profile = profile, .by_name = by_name };
	return true;
}
