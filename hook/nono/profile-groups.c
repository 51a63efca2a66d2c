/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/profile-groups.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

/* The groups of nono 0.80.0, and whether nono insists on them. */
static const struct group {
	const char *name;
	bool required;
} groups[] = {
	{ "bun_runtime", false },
	{ "claude_cache_linux", false },
	{ "claude_code_linux", false },
	{ "claude_code_macos", false },
	{ "codex_macos", false },
	{ "dangerous_commands", false },
	{ "dangerous_commands_linux", false },
	{ "dangerous_commands_macos", false },
	{ "deny_browser_data_linux", true },
	{ "deny_browser_data_macos", true },
	{ "deny_credentials", true },
	{ "deny_keychains_linux", true },
	{ "deny_keychains_macos", true },
	{ "deny_macos_private", true },
	{ "deny_shell_configs", true },
	{ "deny_shell_history", true },
	{ "git_config", false },
	{ "go_runtime", false },
	{ "go_runtime_linux", false },
	{ "go_runtime_macos", false },
	{ "homebrew_linux", false },
	{ "homebrew_macos", false },
	{ "java_runtime", false },
	{ "linux_runtime_state", false },
	{ "linux_sysfs_read", false },
	{ "linux_temp_read", false },
	{ "mise_manager", false },
	{ "nix_runtime", false },
	{ "node_runtime", false },
	{ "opencode_linux", false },
	{ "python_runtime", false },
	{ "rust_runtime", false },
	{ "snap_linux", false },
	{ "system_read_linux_core", false },
	{ "system_read_macos", false },
	{ "system_write_linux", false },
	{ "system_write_macos", false },
	{ "unlink_protection", false },
	{ "user_caches_linux", false },
	{ "user_caches_macos", false },
	{ "user_tools", false },
	{ "vscode_linux", false },
	{ "vscode_macos", false },
};

static const struct group *find_group(const char *name)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	return NULL;
}

/* The name in entry I of LIST: a string, or an object with a condition around one. NULL for any other value. */
static const char *entry_name(struct json_object *list, size_t i)
{
	struct json_object *entry = json_object_array_get_idx(list, i);
	const char *name = kf_json_string_value(entry);

	return name ? name : kf_json_string(entry, "name");
}

static struct json_object *list_of(struct json_object *document, const char *key)
{
	return kf_json_member(kf_json_member(document, "groups", json_type_object), key, json_type_array);
}

static int check_list(struct json_object *document, const char *key, bool excludes, const char *name,
		      struct kf_error *err)
{
	struct json_object *list = list_of(document, key);
	char quoted[KF_QUOTED_MAX];

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *text = entry_name(list, i);
		const struct group *group = text ? find_group(text) : NULL;

		if (group && !(excludes && group->required))
			continue;
		return kf_fail(err, ENOTSUP, "profile %s has '%s' in groups.%s, %s: remove it", name,
			       kf_quote(quoted, text), key,
			       group ? "which nono does not leave out" : "which is not a group of nono 0.80.0");
	}
	return 0;
}

int kf_profile_check_groups(struct json_object *document, const char *name, struct kf_error *err)
{
	int r = check_list(document, "include", false, name, err);

	return r < 0 ? r : check_list(document, "exclude", true, name, err);
}

bool kf_profile_excludes_group(struct json_object *document, const char *group)
{
	struct json_object *list = list_of(document, "exclude");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *text = entry_name(list, i);

		if (text && strcmp(text, group) == 0)
			return true;
	}
	return false;
}
