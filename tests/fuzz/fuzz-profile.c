/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile: an accepted one is judged the same when it is printed and read again, one unknown setting makes it unfit,
 * the last step is judged by its grants, and all its grants are listed.
 */
#include "base/json.h"
#include "base/path.h"
#include "fuzz.h"
#include "nono/profile-grants.h"
#include "nono/profile.h"

static int read_bytes(const void *data, size_t size, struct kf_profile *ret)
{
	const struct kf_profile none = { 0 };
	cleanup_close int fd = memory_file(data, size);
	struct kf_error err = { 0 };
	int r = kf_profile_read(fd, "input", ret, &err);

	must_tell(r, &err);
	must(r == 0 || memcmp(ret, &none, sizeof none) == 0, "what is refused leaves nothing");
	must(r < 0 || ret->document, "a profile has a document");
	return r;
}

static bool fits(const struct kf_profile *profile)
{
	struct kf_error err = { 0 };
	int r = kf_profile_check_wrap(profile, "input", &err);

	must_tell(r, &err);
	return r == 0;
}

/* --- whether wrap can enforce it --------------------------------------------------------------------------------- */

static void check_again(const struct kf_profile *profile)
{
	cleanup_profile struct kf_profile again = { 0 };
	size_t length = 0;
	const char *text = kf_json_text(profile->document, &length);

	/* Printed it can be longer than it was, and then too long. */
	if (read_bytes(text, length, &again) < 0)
		return;
	must(again.composed == profile->composed, "it is composed or not");
	must(fits(&again) == fits(profile), "it fits or not");
}

/* Puts MEMBER, an array, into the profile's SECTION (NULL: the profile itself) and says whether it fits then. */
static bool fits_with(const struct kf_profile *profile, const char *section, const char *key, const char *value)
{
	cleanup_profile struct kf_profile changed = { 0 };
	struct json_object *where = NULL, *list = json_object_new_array();

	must(list && json_object_deep_copy(profile->document, &changed.document, NULL) == 0, "memory");
	where = section ? kf_json_ensure(changed.document, section, json_type_object) : changed.document;
	must(where != NULL, "sections of what fits are objects");
	must(!value || kf_json_append_string(list, value) == 0, "memory");
	must(json_object_object_add(where, key, list) == 0, "memory");
	return fits(&changed);
}

/*
 * One bad path in any list makes it unfit, and so does a grant below a writable one, with any other contents of the
 * profile.
 */
static void check_paths(const struct kf_profile *profile)
{
	static const char *const lists[] = {
		"allow", "read", "write", "allow_file", "read_file", "write_file", "deny"
	};
	static const char *const paths[] = { "@program", "~/x", "/x/*", "$HOME", "/a/../b", "x", "/$NONO_OTHER", "/" };
	cleanup_profile struct kf_profile below = { 0 };
	struct json_object *filesystem, *list;

	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t p = 0; p < sizeof paths / sizeof *paths; p++)
			must(!fits_with(profile, "filesystem", lists[l], paths[p]), "a path is known");
	must(json_object_deep_copy(profile->document, &below.document, NULL) == 0, "memory");
	filesystem = kf_json_ensure(below.document, "filesystem", json_type_object);
	list = filesystem ? kf_json_ensure(filesystem, "allow", json_type_array) : NULL;
	must(list && kf_json_append_string(list, "/fuzz") == 0, "memory");
	must(!fits_with(&below, "filesystem", "read", "/fuzz/below"), "a grant is not below a writable one");
}

static void check_judgement(const struct kf_profile *profile)
{
	static const char *const sections[] = { NULL,         "network",     "security",  "linux",
						"filesystem", "groups",      "commands",  "workdir",
						"rollback",   "environment", "open_urls", "diagnostics" };

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		must(!fits_with(profile, sections[i], "of tomorrow", "x"),
		     "a key that nono does not know does not fit");
		must(!fits_with(profile, sections[i], "of tomorrow", NULL), "nor does it with nothing in it");
	}
	must(!fits_with(profile, NULL, "extends", "x"), "nor does another profile as its base");
	must(!fits_with(profile, "network", "allow_domain", "x"), "nor a filter that needs a proxy");
	must(fits_with(profile, "network", "allow_domain", NULL), "unless it says nothing");
	check_paths(profile);
}

/* --- the last step ----------------------------------------------------------------------------------------------- */

/* Does one of the lists that let a file be read name /nono/nono, or a directory that it is in? */
static bool grants_nono(const struct kf_profile *profile)
{
	static const char *const keys[] = { "allow", "read", "allow_file", "read_file" };
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);

	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		struct json_object *list = kf_json_member(filesystem, keys[k], json_type_array);

		for (size_t i = 0; list && i < json_object_array_length(list); i++) {
			const char *path = kf_json_string_value(json_object_array_get_idx(list, i));

			if (path && kf_path_within("/nono/nono", path))
				return true;
		}
	}
	return false;
}

static void check_last_step(const struct kf_profile *profile)
{
	struct kf_error err = { 0 };
	int r = kf_profile_check_last_step(profile, "input", &err);

	must_tell(r, &err);
	must(r < 0 || !grants_nono(profile), "something has to be denied");
}

/* --- its grants -------------------------------------------------------------------------------------------------- */

/* The number of entries of a section: those of its lists, and its other members. */
static size_t entries_in(struct json_object *section)
{
	size_t count = 0;

	json_object_object_foreach(section, key, value)
	{
		(void)key;
		if (json_object_is_type(value, json_type_array))
			count += json_object_array_length(value);
		else
			count += value != NULL;
	}
	return count;
}

static void check_grants(const struct kf_profile *profile)
{
	static const char *const sections[] = { "filesystem",  "groups",   "network", "commands",
						"environment", "security", "linux",   "workdir" };
	cleanup_grants struct kf_grants grants = { 0 };
	size_t listed = 0, said = 0;

	must(kf_profile_grants(profile, &grants) == 0 && grants.count <= KF_GRANTS_MAX, "grants can be listed");
	for (size_t i = 0; i < grants.count; i++) {
		must(grants.items[i].what[0] != '\0' && grants.items[i].items.count > 0, "no group is empty");
		listed += grants.items[i].items.count;
	}
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		struct json_object *section = kf_json_member(profile->document, sections[i], json_type_object);

		said += section ? entries_in(section) : 0;
	}
	must(grants.left_out ? listed < said : listed == said, "every entry is listed, or said to be left out");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_profile struct kf_profile profile = { 0 };

	if (read_bytes(data, size, &profile) < 0)
		return 0;
	check_again(&profile);
	if (fits(&profile))
		check_judgement(&profile);
	check_last_step(&profile);
	check_grants(&profile);
	return 0;
}
