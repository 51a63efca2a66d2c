/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/nono.h"
#include "base/path.h"
#include "nono/profile-groups.h"
#include "nono/profile-keys.h"
#include "nono/profile-paths.h"

enum { PROFILE_MAX = 256 * 1024, LABEL_MAX = 96 };

/* Calls VISIT for every path in FILESYSTEM until one call returns true; that path, or NULL. */
static const char *find_path(struct json_object *filesystem, bool (*visit)(const char *path))
{
	json_object_object_foreach(filesystem, key, list)
	{
		(void)key;
		if (!json_object_is_type(list, json_type_array))
			continue;
		for (size_t i = 0; i < json_object_array_length(list); i++) {
			const char *path = kf_profile_entry_path(json_object_array_get_idx(list, i));

			if (path && visit(path))
				return path;
		}
	}
	return NULL;
}

static bool has_variable(const char *path)
{
	return strncmp(path + (path[0] == '/'), "$NONO_", strlen("$NONO_")) == 0;
}

static bool has_deny(struct json_object *filesystem)
{
	struct json_object *denied = kf_json_member(filesystem, "deny", json_type_array);

	return denied && json_object_array_length(denied) > 0;
}

int kf_profile_read(int fd, const char *name, struct kf_profile *ret, struct kf_error *err)
{
	cleanup_free char *text = NULL;
	struct kf_profile profile = { 0 };
	char label[LABEL_MAX];
	size_t length;

	(void)snprintf(label, sizeof label, "profile %s.json", name);

	int r = kf_read_all(fd, label, PROFILE_MAX, &text, &length, err);

	if (r == 0)
		r = kf_json_parse(text, length, label, KF_JSON_STRICT, &profile.document, err);
	if (r < 0)
		return r;

	struct json_object *filesystem = kf_json_member(profile.document, "filesystem", json_type_object);

	profile.composed = filesystem && (find_path(filesystem, has_variable) || has_deny(filesystem));
	*ret = profile;
	return 0;
}

/* --- what wrap cannot enforce ------------------------------------------------------------------------------------ */

static bool says(struct json_object *network, const char *key)
{
	struct json_object *ports = kf_json_member(network, key, json_type_array);

	return ports && json_object_array_length(ports) > 0;
}

/*
 * connect_port confines by itself, to connections to these ports and to no listening; open_port is an exception to
 * block.
 */
static int check_ports(struct json_object *document, const char *name, struct kf_error *err)
{
	static const char *const exceptions[] = { "open_port", "open_port_range" };
	struct json_object *network = kf_json_member(document, "network", json_type_object);
	struct json_object *block = kf_json_member(network, "block", json_type_boolean);

	for (size_t i = 0; !json_object_get_boolean(block) && i < sizeof exceptions / sizeof *exceptions; i++)
		if (says(network, exceptions[i]))
			return kf_profile_refuse(name, "network", exceptions[i],
						 "nono confines nothing by it without network.block = true: set that, "
						 "too",
						 err);
	return 0;
}

int kf_profile_check_wrap(const struct kf_profile *profile, const char *name, struct kf_error *err)
{
	int r = kf_profile_check_keys(profile->document, name, err);

	if (r == 0)
		r = kf_profile_check_groups(profile->document, name, err);
	if (r == 0)
		r = check_ports(profile->document, name, err);
	return r < 0 ? r : kf_profile_check_paths(profile->document, name, err);
}

/* --- the last step ----------------------------------------------------------------------------------------------- */

static bool grants_nono(const char *path)
{
	return kf_path_within(KF_NONO_DIR "/nono", path);
}

/* The path in one of LISTS of FILESYSTEM for which VISIT returns true, or NULL. */
static const char *find_in(struct json_object *filesystem, const char *const lists[], bool (*visit)(const char *path))
{
	for (; *lists; lists++) {
		struct json_object *list = kf_json_member(filesystem, *lists, json_type_array);

		for (size_t i = 0; list && i < json_object_array_length(list); i++) {
			const char *path = kf_profile_entry_path(json_object_array_get_idx(list, i));

			if (path && visit(path))
				return path;
		}
	}
	return NULL;
}

/* Nono drops the pieces that the container's variables travel in when it is told to drop variables. */
static int check_variables(const struct kf_profile *profile, const char *name, struct kf_error *err)
{
	static const char why[] = "the last step gives the command all of the container's variables";
	struct json_object *environment = kf_json_member(profile->document, "environment", json_type_object);
	struct json_object *allowed = kf_json_member(environment, "allow_vars", json_type_array);
	struct json_object *denied = kf_json_member(environment, "deny_vars", json_type_array);

	if (allowed && json_object_array_length(allowed) == 0)
		return kf_profile_refuse(name, "environment", "allow_vars", why, err);
	for (size_t i = 0; allowed && i < json_object_array_length(allowed); i++) {
		const char *pattern = kf_json_string_value(json_object_array_get_idx(allowed, i));

		if (!pattern || strcmp(pattern, "*") != 0)
			return kf_profile_refuse(name, "environment", "allow_vars", why, err);
	}
	for (size_t i = 0; denied && i < json_object_array_length(denied); i++) {
		const char *pattern = kf_json_string_value(json_object_array_get_idx(denied, i));

		if (!pattern || strncmp(pattern, "NONO_", strlen("NONO_")) != 0)
			return kf_profile_refuse(name, "environment", "deny_vars", why, err);
	}
	return 0;
}

int kf_profile_check_last_step(const struct kf_profile *profile, const char *name, struct kf_error *err)
{
	static const char *const readable[] = { "allow", "read", "allow_file", "read_file", NULL };
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);

	if (filesystem && find_in(filesystem, readable, grants_nono))
		return kf_fail(err, ENOTSUP,
			       "profile %s grants " KF_NONO_DIR
			       "/nono, by which the last step sees that the sandbox is "
			       "on: grant " KF_NONO_DIR "/" KF_LAUNCHER_DIR " instead",
			       name);
	return check_variables(profile, name, err);
}
