/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/profile-keys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

enum { SECTION_MAX = 64, PORT_MAX = 65535 };

/* The types of values, as nono reads them. */
enum kind {
	KIND_STRING,
	KIND_BOOL,
	KIND_WORD,      /* one of the words of the setting */
	KIND_STRINGS,   /* an array of strings */
	KIND_ENTRIES,   /* an array of strings, or objects with a string under the setting's word and a condition */
	KIND_PATTERNS,  /* an array of strings that are not blank */
	KIND_PORTS,     /* an array of TCP ports */
	KIND_RANGES,    /* an array of pairs of ports */
	KIND_VARIABLES, /* an object: names of variables and strings */
	KIND_SECTION,   /* an object whose keys are settings themselves */
	KIND_OBJECT,
	KIND_ARRAY,
	KIND_NOTHING, /* null only */
};

/* One setting of one section; the section NULL is the document itself. */
struct setting {
	const char *section, *key;
	enum kind kind;
	bool nullable;
	const char *words;   /* see kinds */
	const char *refusal; /* why it is refused unless it has no effect; of a word: why any other word is */
};

#define PROXY "nono wrap starts no proxy and would leave the network open"
#define RUN_ONLY "only nono run can enforce it"
#define BEFORE "programs and files of the image would be used before the sandbox is on"
#define NO_SOCKETS "nono wrap does not mediate unix sockets: grant the directory in filesystem.read or filesystem.allow"
#define NO_LISTENING "nono wrap confines nothing by it: use network.block with network.open_port"
#define FIRST_ONLY "nono would compare it with the last step's name only, and confine nothing"

#define MODES "isolated allow_same_sandbox allow_all"

static const struct setting settings[] = {
	{ NULL, "$schema", KIND_STRING, true, NULL, NULL },
	{ NULL, "meta", KIND_SECTION, false, NULL, NULL },
	{ NULL, "groups", KIND_SECTION, false, NULL, NULL },
	{ NULL, "commands", KIND_SECTION, false, NULL, NULL },
	{ NULL, "filesystem", KIND_SECTION, false, NULL, NULL },
	{ NULL, "environment", KIND_SECTION, true, NULL, NULL },
	{ NULL, "network", KIND_SECTION, false, NULL, NULL },
	{ NULL, "security", KIND_SECTION, false, NULL, NULL },
	{ NULL, "linux", KIND_SECTION, false, NULL, NULL },
	{ NULL, "workdir", KIND_SECTION, false, NULL, NULL },
	/* These have no effect under wrap, and do not confine. */
	{ NULL, "diagnostics", KIND_SECTION, false, NULL, NULL },
	{ NULL, "rollback", KIND_SECTION, false, NULL, NULL },
	{ NULL, "open_urls", KIND_SECTION, true, NULL, NULL },
	{ NULL, "skipdirs", KIND_STRINGS, false, NULL, NULL },
	{ NULL, "allow_gpu", KIND_BOOL, true, NULL, NULL },
	{ NULL, "allow_launch_services", KIND_BOOL, true, NULL, NULL },
	{ NULL, "allow_parent_of_protected", KIND_BOOL, true, NULL, NULL },
	{ NULL, "unsafe_macos_seatbelt_rules", KIND_STRINGS, false, NULL, NULL },
	{ NULL, "extends", KIND_ARRAY, true, NULL,
	  "nono looks for the base in files of the image, too: copy it into the profile" },
	{ NULL, "platform_overrides", KIND_OBJECT, true, NULL,
	  "it would change settings unseen: set them in the profile itself" },
	{ NULL, "env_credentials", KIND_OBJECT, false, NULL, BEFORE },
	{ NULL, "hooks", KIND_OBJECT, false, NULL, BEFORE },
	{ NULL, "session_hooks", KIND_OBJECT, false, NULL, BEFORE },
	{ NULL, "packs", KIND_STRINGS, false, NULL, BEFORE },
	{ NULL, "binary", KIND_NOTHING, true, NULL, "it would replace the container's command" },
	{ NULL, "command_args", KIND_STRINGS, false, NULL, "it would change the container's command" },
	{ NULL, "command_policies", KIND_OBJECT, false, NULL, RUN_ONLY },
	{ NULL, "credential_capture", KIND_OBJECT, false, NULL, RUN_ONLY },
	{ NULL, "credential_providers", KIND_OBJECT, false, NULL, RUN_ONLY },
	{ NULL, "credential_routes", KIND_ARRAY, false, NULL, RUN_ONLY },
	{ "meta", "name", KIND_STRING, false, NULL, NULL },
	{ "meta", "version", KIND_STRING, false, NULL, NULL },
	{ "meta", "description", KIND_STRING, true, NULL, NULL },
	{ "meta", "author", KIND_STRING, true, NULL, NULL },
	{ "groups", "include", KIND_ENTRIES, false, "name", NULL },
	{ "groups", "exclude", KIND_ENTRIES, false, "name", NULL },
	{ "commands", "allow", KIND_STRINGS, false, NULL, NULL },
	{ "commands", "deny", KIND_STRINGS, false, NULL, FIRST_ONLY },
	{ "filesystem", "allow", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "read", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "write", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "allow_file", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "read_file", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "write_file", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "deny", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "bypass_protection", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "suppress_save_prompt", KIND_ENTRIES, false, "path", NULL },
	{ "filesystem", "unix_socket", KIND_ENTRIES, false, "path", NO_SOCKETS },
	{ "filesystem", "unix_socket_bind", KIND_ENTRIES, false, "path", NO_SOCKETS },
	{ "filesystem", "unix_socket_dir", KIND_ENTRIES, false, "path", NO_SOCKETS },
	{ "filesystem", "unix_socket_dir_bind", KIND_ENTRIES, false, "path", NO_SOCKETS },
	{ "filesystem", "unix_socket_subtree", KIND_ENTRIES, false, "path", NO_SOCKETS },
	{ "filesystem", "unix_socket_subtree_bind", KIND_ENTRIES, false, "path", NO_SOCKETS },
	{ "environment", "allow_vars", KIND_PATTERNS, true, NULL, NULL },
	{ "environment", "deny_vars", KIND_PATTERNS, false, NULL, NULL },
	{ "environment", "case_insensitive_vars", KIND_BOOL, false, NULL, NULL },
	{ "environment", "set_vars", KIND_VARIABLES, false, NULL, NULL },
	{ "network", "block", KIND_BOOL, false, NULL, NULL },
	{ "network", "open_port", KIND_PORTS, false, NULL, NULL },
	{ "network", "open_port_range", KIND_RANGES, false, NULL, NULL },
	{ "network", "connect_port", KIND_PORTS, false, NULL, NULL },
	{ "network", "listen_port", KIND_PORTS, false, NULL, NO_LISTENING },
	{ "network", "listen_port_range", KIND_RANGES, false, NULL, NO_LISTENING },
	{ "network", "network_profile", KIND_NOTHING, true, NULL, PROXY },
	{ "network", "allow_domain", KIND_ARRAY, false, NULL, PROXY },
	{ "network", "deny_domain", KIND_STRINGS, false, NULL, PROXY },
	{ "network", "no_proxy", KIND_STRINGS, false, NULL, PROXY },
	{ "network", "allow_http2", KIND_BOOL, false, NULL, PROXY },
	{ "network", "credentials", KIND_STRINGS, true, NULL, PROXY },
	{ "network", "custom_credentials", KIND_OBJECT, false, NULL, PROXY },
	{ "network", "upstream_proxy", KIND_NOTHING, true, NULL, PROXY },
	{ "network", "upstream_bypass", KIND_STRINGS, false, NULL, PROXY },
	{ "network", "tls_intercept", KIND_NOTHING, true, NULL, PROXY },
	{ "security", "signal_mode", KIND_WORD, true, MODES, NULL },
	{ "security", "process_info_mode", KIND_WORD, true, MODES, NULL },
	{ "security", "ipc_mode", KIND_WORD, true, "shared_memory_only full", NULL },
	{ "security", "capability_elevation", KIND_BOOL, true, NULL, RUN_ONLY },
	{ "security", "approval_backends", KIND_OBJECT, false, NULL, RUN_ONLY },
	{ "security", "approval_defaults", KIND_NOTHING, true, NULL, RUN_ONLY },
	{ "security", "wsl2_proxy_policy", KIND_NOTHING, true, NULL, RUN_ONLY },
	{ "linux", "af_unix_mediation", KIND_WORD, true, "off", RUN_ONLY },
	{ "linux", "sandbox_policy", KIND_NOTHING, true, NULL, RUN_ONLY },
	{ "workdir", "access", KIND_WORD, false, "none",
	  "nono would have to ask: grant \"/$NONO_WORKDIR\" in filesystem instead" },
	{ "diagnostics", "suppress_system_services", KIND_STRINGS, false, NULL, NULL },
	{ "diagnostics", "redaction", KIND_SECTION, false, NULL, NULL },
	{ "diagnostics", "network_denial_audit", KIND_OBJECT, false, NULL, RUN_ONLY },
	{ "diagnostics.redaction", "extra_env_vars", KIND_PATTERNS, false, NULL, NULL },
	{ "rollback", "exclude_patterns", KIND_STRINGS, false, NULL, NULL },
	{ "rollback", "exclude_globs", KIND_STRINGS, false, NULL, NULL },
	{ "open_urls", "allow_origins", KIND_ENTRIES, false, "origin", NULL },
	{ "open_urls", "allow_localhost", KIND_BOOL, false, NULL, NULL },
};

static const struct setting *find_setting(const char *section, const char *key)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const char *own = settings[i].section;

		/* The first letter alone tells most of them apart. */
		if (settings[i].key[0] == key[0] && strcmp(settings[i].key, key) == 0 &&
		    (own ? section && strcmp(own, section) == 0 : !section))
			return &settings[i];
	}
	return NULL;
}

int kf_profile_refuse(const char *name, const char *section, const char *key, const char *why, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_fail(err, ENOTSUP, "profile %s sets %s%s%s: %s: remove it, or use another profile such as default",
		       name, section ? section : "", section ? "." : "", kf_quote(quoted, key), why);
}

/* --- types ------------------------------------------------------------------------------------------------------- */

static bool is_array_of(struct json_object *value, bool (*fits)(struct json_object *item, const char *word),
			const char *word)
{
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value); i++)
		if (!fits(json_object_array_get_idx(value, i), word))
			return false;
	return true;
}

static bool is_string(struct json_object *item, const char *word)
{
	(void)word;
	return kf_json_string_value(item) != NULL;
}

static bool is_pattern(struct json_object *item, const char *word)
{
	const char *text = kf_json_string_value(item);

	(void)word;
	return text && text[strspn(text, " \t\n\r\f\v")] != '\0';
}

static bool is_port(struct json_object *item, const char *word)
{
	(void)word;
	return json_object_is_type(item, json_type_int) && json_object_get_int64(item) > 0 &&
	       json_object_get_int64(item) <= PORT_MAX;
}

static bool is_range(struct json_object *item, const char *word)
{
	return is_array_of(item, is_port, word) && json_object_array_length(item) == 2 &&
	       json_object_get_int64(json_object_array_get_idx(item, 0)) <=
		       json_object_get_int64(json_object_array_get_idx(item, 1));
}

/* nono looks for the distribution that a condition names in /etc/os-release, which is the image's. */
static bool is_entry(struct json_object *item, const char *word)
{
	const char *when = kf_json_string(item, "when");
	int known = 1 + json_object_object_get_ex(item, "when", NULL);

	if (kf_json_string_value(item))
		return true;
	return json_object_is_type(item, json_type_object) && kf_json_string(item, word) &&
	       json_object_object_length(item) == known && (known == 1 || (when && strcmp(when, "linux") == 0));
}

static bool is_variable(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

	return name[0] && strspn(name, letters) == strlen(name) && !(name[0] >= '0' && name[0] <= '9') &&
	       strcmp(name, "PATH") != 0 && strncmp(name, "NONO_", strlen("NONO_")) != 0;
}

static bool is_variables(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_object))
		return false;
	json_object_object_foreach(value, name, text)
	{
		if (!is_variable(name) || !kf_json_string_value(text))
			return false;
	}
	return true;
}

static bool is_word(struct json_object *value, const char *words)
{
	const char *text = kf_json_string_value(value);
	size_t length = text ? strlen(text) : 0;

	for (; length > 0 && *words; words += strspn(words, " ")) {
		size_t word = strcspn(words, " ");

		if (word == length && strncmp(words, text, length) == 0)
			return true;
		words += word;
	}
	return false;
}

static bool fits(const struct setting *setting, struct json_object *value)
{
	switch (setting->kind) {
	case KIND_STRING:
		return is_string(value, NULL);
	case KIND_BOOL:
		return json_object_is_type(value, json_type_boolean);
	case KIND_WORD:
		return is_word(value, setting->words);
	case KIND_STRINGS:
		return is_array_of(value, is_string, NULL);
	case KIND_ENTRIES:
		return is_array_of(value, is_entry, setting->words);
	case KIND_PATTERNS:
		return is_array_of(value, is_pattern, NULL);
	case KIND_PORTS:
		return is_array_of(value, is_port, NULL);
	case KIND_RANGES:
		return is_array_of(value, is_range, NULL);
	case KIND_VARIABLES:
		return is_variables(value);
	case KIND_ARRAY:
		return json_object_is_type(value, json_type_array);
	case KIND_SECTION:
	case KIND_OBJECT:
		return json_object_is_type(value, json_type_object);
	default:
		return false;
	}
}

/* Writes to BUF why a value does not fit. Returns BUF. */
static const char *misfit(const struct setting *setting, char *buf, size_t size)
{
	static const char *const misfits[] = {
		[KIND_STRING] = "it is not a string",
		[KIND_BOOL] = "it is neither true nor false",
		[KIND_STRINGS] = "it is not an array of strings",
		[KIND_PATTERNS] = "it is not an array of names of variables",
		[KIND_PORTS] = "it is not an array of ports, 1 to 65535",
		[KIND_RANGES] = "it is not an array of pairs of ports, 1 to 65535",
		[KIND_VARIABLES] = "it is not an object of strings with names of variables, without PATH and NONO_*",
		[KIND_SECTION] = "it is not an object",
		[KIND_OBJECT] = "it is not an object",
		[KIND_ARRAY] = "it is not an array",
		[KIND_NOTHING] = "it is not null",
	};

	if (setting->kind == KIND_WORD)
		(void)snprintf(buf, size, "it is not one of these words: %s", setting->words);
	else if (setting->kind == KIND_ENTRIES)
		(void)snprintf(buf, size,
			       "it is not an array of strings or of {\"%s\": \"...\", \"when\": \"linux\"} (any other "
			       "condition is decided by the image's /etc/os-release)",
			       setting->words);
	else
		(void)snprintf(buf, size, "%s", misfits[setting->kind]);
	return buf;
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

/* Is this the value with which a setting has no effect? */
static bool says_nothing(const struct setting *setting, struct json_object *value)
{
	if (!value)
		return setting->nullable;
	if (!fits(setting, value))
		return false;
	switch (json_object_get_type(value)) {
	case json_type_boolean:
		return !json_object_get_boolean(value);
	case json_type_array:
		return json_object_array_length(value) == 0;
	case json_type_object:
		return json_object_object_length(value) == 0;
	default:
		return false;
	}
}

static int check_value(const struct setting *setting, const char *name, struct json_object *value, struct kf_error *err)
{
	const char *why = setting->refusal;
	char buf[256];

	if (says_nothing(setting, value))
		return 0;
	if (why ? setting->kind == KIND_WORD && fits(setting, value) : fits(setting, value))
		return 0;
	return kf_profile_refuse(name, setting->section, setting->key, why ? why : misfit(setting, buf, sizeof buf),
				 err);
}

static int check_section(struct json_object *object, const char *name, const char *section, struct kf_error *err);

static int check_setting(const struct setting *setting, const char *name, struct json_object *value,
			 struct kf_error *err)
{
	char section[SECTION_MAX];
	int r = check_value(setting, name, value, err);

	if (r < 0 || !value || setting->kind != KIND_SECTION)
		return r;
	(void)snprintf(section, sizeof section, "%s%s%s", setting->section ? setting->section : "",
		       setting->section ? "." : "", setting->key);
	return check_section(value, name, section, err);
}

/* Recurses as deep as the table has sections in sections. */
static int check_section(struct json_object *object, const char *name, const char *section, struct kf_error *err)
{
	json_object_object_foreach(object, key, value)
	{
		const struct setting *setting = find_setting(section, key);
		int r;

		if (!setting)
			return kf_profile_refuse(name, section, key,
						 "it is not a key that nono knows, and nono would not start", err);
		r = check_setting(setting, name, value, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int kf_profile_check_keys(struct json_object *document, const char *name, struct kf_error *err)
{
	struct json_object *meta = kf_json_member(document, "meta", json_type_object);
	int r = check_section(document, name, NULL, err);

	if (r == 0 && meta && !kf_json_string(meta, "name"))
		r = kf_fail(err, ENOTSUP, "profile %s has no meta.name, and nono would not start: give it a name",
			    name);
	return r;
}
