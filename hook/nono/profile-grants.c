/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/profile-grants.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* The sections of a profile that confine, the most important first. */
static const char *const sections[] = { "filesystem",  "groups",   "network", "commands",
					"environment", "security", "linux",   "workdir" };

/* nono has one list for directories and one for files; for people they are one. */
static const char *title_of(const char *section, const char *key, char *buf, size_t size)
{
	static const char *const titles[][2] = {
		{ "allow", "read and write" },
		{ "allow_file", "read and write" },
		{ "read", "read" },
		{ "read_file", "read" },
		{ "write", "write" },
		{ "write_file", "write" },
		{ "deny", "deny" },
	};

	for (size_t i = 0; strcmp(section, "filesystem") == 0 && i < sizeof titles / sizeof *titles; i++)
		if (strcmp(titles[i][0], key) == 0)
			return titles[i][1];
	(void)snprintf(buf, size, "%s.%s", section, key);
	return buf;
}

static struct kf_grant *group_for(struct kf_grants *grants, const char *what)
{
	for (size_t i = 0; i < grants->count; i++)
		if (strcmp(grants->items[i].what, what) == 0)
			return &grants->items[i];
	if (grants->count == KF_GRANTS_MAX) {
		grants->left_out++;
		return NULL;
	}

	struct kf_grant *group = &grants->items[grants->count++];

	(void)snprintf(group->what, sizeof group->what, "%s", what);
	return group;
}

/* Adds a string as it is, and any other value (an entry with a condition) as JSON. */
static int add_value(struct kf_list *list, struct json_object *value)
{
	const char *text = kf_json_string_value(value);
	size_t length = text ? strlen(text) : 0;

	if (!text)
		text = kf_json_text(value, &length);
	return text ? kf_list_add(list, text, length) : -ENOMEM;
}

static int add_key(struct kf_grants *grants, const char *section, const char *key, struct json_object *value)
{
	bool is_list = json_object_is_type(value, json_type_array);
	size_t count = is_list ? json_object_array_length(value) : 1;
	char buf[sizeof grants->items[0].what];
	struct kf_grant *group;
	int r = 0;

	if (!value || count == 0)
		return 0;
	group = group_for(grants, title_of(section, key, buf, sizeof buf));
	for (size_t i = 0; group && r == 0 && i < count; i++)
		r = add_value(&group->items, is_list ? json_object_array_get_idx(value, i) : value);
	return r;
}

int kf_profile_grants(const struct kf_profile *profile, struct kf_grants *ret)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		struct json_object *section = kf_json_member(profile->document, sections[i], json_type_object);

		if (!section)
			continue;
		json_object_object_foreach(section, key, value)
		{
			int r = add_key(ret, sections[i], key, value);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

void kf_grants_done(struct kf_grants *grants)
{
	for (size_t i = 0; i < grants->count; i++)
		kf_list_clear(&grants->items[i].items);
	grants->count = 0;
}
