/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/seccomp-profile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

/* The kernel takes 4096 instructions of BPF, so real profiles have far fewer rules than this. */
enum { ENTRIES_MAX = 2048, NAMES_MAX = 1024, ARGS_MAX = 16, ERRNO_MAX = 4095, INDEX_MAX = 5 };

/* Says whether VALUE may stand at WHERE; VALUE is not null. */
typedef int (*checker)(struct json_object *value, const char *where, struct kf_error *err);

enum presence {
	REQUIRED,
	OPTIONAL, /* null counts as missing, as Go's encoding/json writes it */
};

struct field {
	const char *key;
	checker check;
	enum presence presence;
};

static int refuse(struct json_object *value, const char *where, const char *rule, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_fail(err, EINVAL, "%s: %s %s", where, kf_quote(quoted, json_object_to_json_string(value)), rule);
}

static const struct field *find_field(const struct field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static int check_members(struct json_object *object, const struct field *fields, const char *where,
			 struct kf_error *err)
{
	struct json_object_iterator i = json_object_iter_begin(object), end = json_object_iter_end(object);
	char quoted[KF_QUOTED_MAX];
	int r = 0;

	for (; r == 0 && !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);
		const struct field *field = find_field(fields, key);
		struct json_object *value = json_object_iter_peek_value(&i);

		if (!field)
			return kf_fail(err, EINVAL, "%s: unknown key '%s'", where, kf_quote(quoted, key));
		if (value)
			r = field->check(value, key, err);
	}
	return r;
}

static int check_object(struct json_object *object, const struct field *fields, const char *where, struct kf_error *err)
{
	if (!json_object_is_type(object, json_type_object))
		return refuse(object, where, "is not an object", err);

	int r = check_members(object, fields, where, err);

	for (; r == 0 && fields->key; fields++)
		if (fields->presence == REQUIRED && !json_object_object_get(object, fields->key))
			r = kf_fail(err, EINVAL, "%s: %s is missing", where, fields->key);
	return r;
}

static int check_list(struct json_object *list, size_t max, checker check, const char *where, struct kf_error *err)
{
	int r = 0;

	if (!json_object_is_type(list, json_type_array))
		return refuse(list, where, "is not an array", err);
	if (json_object_array_length(list) > max)
		return kf_fail(err, E2BIG, "%s has more than %zu elements: make it smaller", where, max);
	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
		struct json_object *value = json_object_array_get_idx(list, i);
		struct kf_error problem;

		if (!value)
			return kf_fail(err, EINVAL, "%s[%zu] is null", where, i);
		r = check(value, where, &problem);
		if (r < 0)
			r = kf_fail(err, -r, "%s[%zu]: %s", where, i, problem.message);
	}
	return r;
}

static int check_text(struct json_object *value, const char *where, struct kf_error *err)
{
	return kf_json_string_value(value) ? 0 : refuse(value, where, "is not a string without NUL", err);
}

/* An upper-case constant with this beginning: libseccomp of the runtime knows which of them there are. */
static int check_constant(struct json_object *value, const char *prefix, const char *where, struct kf_error *err)
{
	const char *text = kf_json_string_value(value);
	size_t length = strlen(prefix);

	if (!text || strncmp(text, prefix, length) != 0 || !text[length] || strlen(text) > 64 ||
	    text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
		return kf_fail(err, EINVAL, "%s: not a name that starts with %s", where, prefix);
	return 0;
}

static int check_architecture(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_constant(value, "SCMP_ARCH_", where, err);
}

static int check_flag(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_constant(value, "SECCOMP_FILTER_FLAG_", where, err);
}

static int check_cap(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_constant(value, "CAP_", where, err);
}

static int check_word(struct json_object *value, const char *const *words, const char *rule, const char *where,
		      struct kf_error *err)
{
	const char *text = kf_json_string_value(value);

	for (; text && *words; words++)
		if (strcmp(text, *words) == 0)
			return 0;
	return refuse(value, where, rule, err);
}

static int check_action(struct json_object *value, const char *where, struct kf_error *err)
{
	static const char *const actions[] = {
		"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS",
		"SCMP_ACT_TRAP",  "SCMP_ACT_TRACE", "SCMP_ACT_LOG",  "SCMP_ACT_NOTIFY",      NULL
	};

	return check_word(value, actions, "is not an action", where, err);
}

static int check_operator(struct json_object *value, const char *where, struct kf_error *err)
{
	static const char *const operators[] = { "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",        "SCMP_CMP_EQ",
						 "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL };

	return check_word(value, operators, "is not an operator", where, err);
}

static int check_syscall_name(struct json_object *value, const char *where, struct kf_error *err)
{
	const char *text = kf_json_string_value(value);
	size_t length = text ? strlen(text) : 0;

	if (length == 0 || length > 64 ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != length)
		return refuse(value, where, "is not the name of a system call", err);
	return 0;
}

/* Compared as text, json-c's and the file's: a number that json-c cuts to 64 bits, and -0, are not valid. */
static int check_number(struct json_object *value, const char *where, struct kf_error *err)
{
	char text[sizeof "18446744073709551615"];

	(void)snprintf(text, sizeof text, "%" PRIu64, json_object_get_uint64(value));
	if (!json_object_is_type(value, json_type_int) || strcmp(text, json_object_to_json_string(value)) != 0)
		return refuse(value, where, "is not a whole number of 64 bits", err);
	return 0;
}

static int check_small_number(struct json_object *value, uint64_t max, const char *where, struct kf_error *err)
{
	int r = check_number(value, where, err);

	if (r == 0 && json_object_get_uint64(value) > max)
		r = kf_fail(err, EINVAL, "%s is more than %" PRIu64, where, max);
	return r;
}

static int check_errno(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_small_number(value, ERRNO_MAX, where, err);
}

static int check_index(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_small_number(value, INDEX_MAX, where, err);
}

static int check_listener_path(struct json_object *value, const char *where, struct kf_error *err)
{
	const char *path = kf_json_string_value(value);

	return path && path[0] == '/' ? 0 : refuse(value, where, "is not an absolute path", err);
}

static int check_kernel(struct json_object *value, const char *where, struct kf_error *err)
{
	const char *text = kf_json_string_value(value);
	unsigned int major, minor;
	char rest;

	if (!text || text[strspn(text, "0123456789.")] || sscanf(text, "%3u.%3u%c", &major, &minor, &rest) != 2)
		return refuse(value, where, "is not the version of a kernel, such as 5.13", err);
	return 0;
}

static int check_architectures(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, NAMES_MAX, check_architecture, where, err);
}

static int check_flags(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, NAMES_MAX, check_flag, where, err);
}

static int check_caps(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, NAMES_MAX, check_cap, where, err);
}

static int check_arches(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, NAMES_MAX, check_text, where, err);
}

static int check_names(struct json_object *value, const char *where, struct kf_error *err)
{
	int r = check_list(value, NAMES_MAX, check_syscall_name, where, err);

	if (r == 0 && json_object_array_length(value) == 0)
		r = kf_fail(err, EINVAL, "%s is empty", where);
	return r;
}

static int check_arch_map_entry(struct json_object *value, const char *where, struct kf_error *err)
{
	static const struct field fields[] = { { "architecture", check_architecture, REQUIRED },
					       { "subArchitectures", check_architectures, OPTIONAL },
					       { 0 } };

	return check_object(value, fields, where, err);
}

static int check_arch_map(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, NAMES_MAX, check_arch_map_entry, where, err);
}

static int check_filter(struct json_object *value, const char *where, struct kf_error *err)
{
	static const struct field fields[] = { { "caps", check_caps, OPTIONAL },
					       { "arches", check_arches, OPTIONAL },
					       { "minKernel", check_kernel, OPTIONAL },
					       { 0 } };

	return check_object(value, fields, where, err);
}

static int check_arg(struct json_object *value, const char *where, struct kf_error *err)
{
	static const struct field fields[] = { { "index", check_index, REQUIRED },
					       { "value", check_number, REQUIRED },
					       { "valueTwo", check_number, OPTIONAL },
					       { "op", check_operator, REQUIRED },
					       { 0 } };

	return check_object(value, fields, where, err);
}

static int check_args(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, ARGS_MAX, check_arg, where, err);
}

/* The name of an error is for people: without its number beside it, we would have to guess one. */
static int check_errno_name(struct json_object *object, const char *name, const char *number, struct kf_error *err)
{
	if (json_object_object_get(object, name) && !json_object_object_get(object, number))
		return kf_fail(err, EINVAL, "%s without %s: add the number", name, number);
	return 0;
}

static int check_entry(struct json_object *value, const char *where, struct kf_error *err)
{
	static const struct field fields[] = { { "names", check_names, REQUIRED },
					       { "action", check_action, REQUIRED },
					       { "errnoRet", check_errno, OPTIONAL },
					       { "errno", check_text, OPTIONAL },
					       { "args", check_args, OPTIONAL },
					       { "comment", check_text, OPTIONAL },
					       { "includes", check_filter, OPTIONAL },
					       { "excludes", check_filter, OPTIONAL },
					       { 0 } };
	int r = check_object(value, fields, where, err);

	return r < 0 ? r : check_errno_name(value, "errno", "errnoRet", err);
}

static int check_entries(struct json_object *value, const char *where, struct kf_error *err)
{
	return check_list(value, ENTRIES_MAX, check_entry, where, err);
}

static int check_profile(struct json_object *profile, struct kf_error *err)
{
	static const struct field fields[] = {
		{ "defaultAction", check_action, REQUIRED },       { "defaultErrnoRet", check_errno, OPTIONAL },
		{ "defaultErrno", check_text, OPTIONAL },          { "architectures", check_architectures, OPTIONAL },
		{ "archMap", check_arch_map, OPTIONAL },           { "flags", check_flags, OPTIONAL },
		{ "listenerPath", check_listener_path, OPTIONAL }, { "listenerMetadata", check_text, OPTIONAL },
		{ "syscalls", check_entries, OPTIONAL },           { 0 }
	};
	int r = check_object(profile, fields, "the profile", err);

	if (r == 0)
		r = check_errno_name(profile, "defaultErrno", "defaultErrnoRet", err);
	if (r == 0 && json_object_object_get(profile, "architectures") && json_object_object_get(profile, "archMap"))
		r = kf_fail(err, EINVAL, "architectures and archMap: keep one of them");
	return r;
}

int kf_seccomp_profile_parse(const char *text, size_t length, const char *name, struct json_object **ret,
			     struct kf_error *err)
{
	cleanup_json struct json_object *profile = NULL;
	struct kf_error problem;

	if (length > KF_SECCOMP_MAX)
		return kf_fail(err, EFBIG, "%s is larger than %zu bytes: make it smaller", name, KF_SECCOMP_MAX);

	int r = kf_json_parse(text, length, name, KF_JSON_STRICT, &profile, err);

	if (r < 0)
		return r;
	r = check_profile(profile, &problem);
	if (r < 0)
		return kf_fail(err, -r, "%s: %s", name, problem.message);
	*ret = kf_steal_json(&profile);
	return 0;
}
