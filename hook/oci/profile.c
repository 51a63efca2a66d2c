/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "oci/workdir.h"

enum { PROFILE_MAX = 256 * 1024, LABEL_MAX = 96 };

static const char *const directory_lists[] = { "allow", "read", "write" };

/* The path in an entry of a filesystem list: a string, or an object with a condition around one. NULL if neither. */
static const char *entry_path(struct json_object *entry)
{
	const char *path = kf_json_string_value(entry);

	return path ? path : kf_json_string(entry, "path");
}

/* Calls VISIT for every path in FILESYSTEM until one call returns true; that path, or NULL. */
static const char *find_path(struct json_object *filesystem, bool (*visit)(const char *path))
{
	json_object_object_foreach(filesystem, key, list)
	{
		(void)key;
		if (!json_object_is_type(list, json_type_array))
			continue;
		for (size_t i = 0; i < json_object_array_length(list); i++) {
			const char *path = entry_path(json_object_array_get_idx(list, i));

			if (path && visit(path))
				return path;
		}
	}
	return NULL;
}

/* With a slash in front it is an absolute path for every nono, also where there is no such variable. */
static bool names_workdir(const char *path)
{
	return strcmp(path + (path[0] == '/'), "$" KF_WORKDIR_VARIABLE) == 0;
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

	profile.workdir = filesystem && find_path(filesystem, names_workdir);
	*ret = profile;
	return 0;
}

/* --- what wrap cannot enforce ------------------------------------------------------------------------------------ */

static bool is_empty(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return true;
	case json_type_boolean:
		return !json_object_get_boolean(value);
	case json_type_array:
		return json_object_array_length(value) == 0;
	case json_type_object:
		return json_object_object_length(value) == 0;
	case json_type_string:
		return json_object_get_string_len(value) == 0;
	default:
		return false;
	}
}

/* One setting of one section; the section NULL is the document itself. */
struct setting {
	const char *section, *key;
	const char *refusal; /* why it cannot be, NULL: it can */
};

#define PROXY "nono wrap starts no proxy and would leave the network open"
#define RUN_ONLY "only nono run can enforce it"
#define BEFORE "programs and files of the image would be used before the sandbox is on"

static const struct setting settings[] = {
	{ NULL, "$schema", NULL },
	{ NULL, "meta", NULL },
	{ NULL, "groups", NULL },
	{ NULL, "commands", NULL },
	{ NULL, "filesystem", NULL },
	{ NULL, "environment", NULL },
	{ NULL, "network", NULL },
	{ NULL, "security", NULL },
	{ NULL, "linux", NULL },
	{ NULL, "workdir", NULL },
	/* Without effect under wrap, and nothing that anybody relies on for confinement. */
	{ NULL, "diagnostics", NULL },
	{ NULL, "rollback", NULL },
	{ NULL, "undo", NULL },
	{ NULL, "skipdirs", NULL },
	{ NULL, "interactive", NULL },
	{ NULL, "open_urls", NULL },
	{ NULL, "allow_gpu", NULL },
	{ NULL, "allow_launch_services", NULL },
	{ NULL, "allow_parent_of_protected", NULL },
	{ NULL, "unsafe_macos_seatbelt_rules", NULL },
	{ NULL, "extends", "nono looks for the base in files of the image, too: copy it into the profile" },
	{ NULL, "env_credentials", BEFORE },
	{ NULL, "secrets", BEFORE },
	{ NULL, "hooks", BEFORE },
	{ NULL, "session_hooks", BEFORE },
	{ NULL, "packs", BEFORE },
	{ NULL, "binary", "it would replace the container's command" },
	{ NULL, "command_args", "it would change the container's command" },
	{ NULL, "command_policies", RUN_ONLY },
	{ NULL, "resources", RUN_ONLY },
	{ NULL, "credential_capture", RUN_ONLY },
	{ NULL, "credential_providers", RUN_ONLY },
	{ NULL, "credential_routes", RUN_ONLY },
	{ "network", "block", NULL },
	{ "network", "open_port", NULL },
	{ "network", "open_port_range", NULL },
	{ "network", "listen_port", NULL },
	{ "network", "listen_port_range", NULL },
	{ "network", "connect_port", NULL },
	{ "network", "network_profile", PROXY },
	{ "network", "allow_domain", PROXY },
	{ "network", "allow_proxy", PROXY },
	{ "network", "proxy_allow", PROXY },
	{ "network", "deny_domain", PROXY },
	{ "network", "credentials", PROXY },
	{ "network", "custom_credentials", PROXY },
	{ "network", "upstream_proxy", PROXY },
	{ "network", "tls_intercept", PROXY },
	{ "security", "signal_mode", NULL },
	{ "security", "process_info_mode", NULL },
	{ "security", "ipc_mode", NULL },
	{ "security", "capability_elevation", RUN_ONLY },
	{ "linux", "af_unix_mediation", NULL },
	{ "linux", "sandbox_policy", RUN_ONLY },
};

static const struct setting *find_setting(const char *section, const char *key)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const char *own = settings[i].section;

		if (strcmp(settings[i].key, key) == 0 && (own ? section && strcmp(own, section) == 0 : !section))
			return &settings[i];
	}
	return NULL;
}

static int refuse(const char *name, const char *section, const char *key, const char *why, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_fail(err, ENOTSUP, "profile %s sets %s%s%s: %s: remove it, or use another profile such as default",
		       name, section ? section : "", section ? "." : "", kf_quote(quoted, key), why);
}

static int check_section(const char *name, const char *section, struct json_object *object, struct kf_error *err)
{
	json_object_object_foreach(object, key, value)
	{
		const struct setting *setting = find_setting(section, key);

		if (is_empty(value) || (setting && !setting->refusal))
			continue;
		return refuse(name, section, key,
			      setting ? setting->refusal : "it is not known to work under nono wrap", err);
	}
	return 0;
}

/* Settings that are fine with one value only. */
static int check_word(const struct kf_profile *profile, const char *name, const char *section, const char *key,
		      const char *fine, const char *why, struct kf_error *err)
{
	struct json_object *object = kf_json_member(profile->document, section, json_type_object);
	struct json_object *value = NULL;

	if (!object || !json_object_object_get_ex(object, key, &value) || is_empty(value))
		return 0;

	const char *word = kf_json_string_value(value);

	return word && strcmp(word, fine) == 0 ? 0 : refuse(name, section, key, why, err);
}

static bool asks_a_program(const char *path)
{
	return path[0] == '@';
}

/* Sections that are what their name says: an object, if they are there. */
static int check_types(const struct kf_profile *profile, const char *name, struct kf_error *err)
{
	static const char *const sections[] = { "network", "security", "linux", "workdir", "filesystem" };

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		struct json_object *section = NULL;

		if (json_object_object_get_ex(profile->document, sections[i], &section) && section &&
		    !json_object_is_type(section, json_type_object))
			return kf_fail(err, EINVAL, "profile %s.json: %s is not an object", name, sections[i]);
	}
	return 0;
}

int kf_profile_check_wrap(const struct kf_profile *profile, const char *name, struct kf_error *err)
{
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);
	static const char *const sections[] = { "network", "security", "linux" };
	int r = check_types(profile, name, err);

	if (r == 0)
		r = check_section(name, NULL, profile->document, err);
	for (size_t i = 0; r == 0 && i < sizeof sections / sizeof *sections; i++) {
		struct json_object *section = kf_json_member(profile->document, sections[i], json_type_object);

		if (section)
			r = check_section(name, sections[i], section, err);
	}
	if (r == 0)
		r = check_word(profile, name, "linux", "af_unix_mediation", "off", RUN_ONLY, err);
	if (r == 0)
		r = check_word(profile, name, "workdir", "access", "none",
			       "nono would have to ask: grant \"/$" KF_WORKDIR_VARIABLE "\" in filesystem instead",
			       err);
	if (r == 0 && filesystem && find_path(filesystem, asks_a_program))
		r = refuse(name, "filesystem", find_path(filesystem, asks_a_program), BEFORE, err);
	return r;
}

/* --- HOME -------------------------------------------------------------------------------------------------------- */

/* The granted directory that HOME lies in, or NULL. */
static const char *holding_grant(struct json_object *filesystem, const char *home)
{
	for (size_t i = 0; i < sizeof directory_lists / sizeof *directory_lists; i++) {
		struct json_object *list = kf_json_member(filesystem, directory_lists[i], json_type_array);

		for (size_t n = 0; list && n < json_object_array_length(list); n++) {
			const char *path = kf_json_string_value(json_object_array_get_idx(list, n));

			if (path && kf_path_within(home, path))
				return path;
		}
	}
	return NULL;
}

static const char *find_home(struct json_object *process)
{
	struct json_object *env = kf_json_member(process, "env", json_type_array);

	for (size_t i = 0; env && i < json_object_array_length(env); i++) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, i));

		if (variable && strncmp(variable, "HOME=/", strlen("HOME=/")) == 0)
			return variable + strlen("HOME=");
	}
	return NULL;
}

int kf_profile_check_home(const struct kf_profile *profile, const char *name, struct json_object *process,
			  struct kf_error *err)
{
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);
	const char *home = find_home(process);
	const char *grant = home && filesystem ? holding_grant(filesystem, home) : NULL;
	char quoted[KF_QUOTED_MAX];

	if (!grant)
		return 0;
	return kf_fail(
		err, ENOTSUP,
		"HOME=%s lies in %s, which profile %s grants, and nono does not start so: set another HOME (/root, "
		"/home/...) or use a profile without %s",
		kf_quote(quoted, home), grant, name, grant);
}

/* --- TMPDIR ------------------------------------------------------------------------------------------------------ */

/* The group of nono's own that grants writing in /tmp and in $TMPDIR; a profile has it unless it says otherwise. */
#define TEMPORARY_GROUP "system_write_linux"

static bool excludes_temporary_group(const struct kf_profile *profile)
{
	struct json_object *groups = kf_json_member(profile->document, "groups", json_type_object);
	struct json_object *excluded = kf_json_member(groups, "exclude", json_type_array);

	for (size_t i = 0; excluded && i < json_object_array_length(excluded); i++) {
		const char *group = kf_json_string_value(json_object_array_get_idx(excluded, i));

		if (group && strcmp(group, TEMPORARY_GROUP) == 0)
			return true;
	}
	return false;
}

/* One that is not /tmp. All are looked at: runtimes differ in which of two a program sees. */
static const char *find_other_tmpdir(struct json_object *process)
{
	struct json_object *env = kf_json_member(process, "env", json_type_array);

	for (size_t i = 0; env && i < json_object_array_length(env); i++) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, i));

		if (variable && strncmp(variable, "TMPDIR=", strlen("TMPDIR=")) == 0 &&
		    strcmp(variable, "TMPDIR=/tmp") != 0)
			return variable + strlen("TMPDIR=");
	}
	return NULL;
}

int kf_profile_check_tmpdir(const struct kf_profile *profile, const char *name, struct json_object *process,
			    struct kf_error *err)
{
	const char *tmpdir = find_other_tmpdir(process);
	char quoted[KF_QUOTED_MAX];

	if (!tmpdir || excludes_temporary_group(profile))
		return 0;
	return kf_fail(err, ENOTSUP,
		       "TMPDIR=%s would be granted by profile %s: exclude the group " TEMPORARY_GROUP
		       " there and grant /tmp by name, or do not set TMPDIR",
		       kf_quote(quoted, tmpdir), name);
}
