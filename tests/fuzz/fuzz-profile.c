/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile: what is taken is judged the same when it is printed and read again, one setting nobody knows makes it
 * unfit, HOME and TMPDIR are judged by what it says, and all its grants are listed.
 */
#include "base/json.h"
#include "base/path.h"
#include "fuzz.h"
#include "oci/profile-grants.h"
#include "oci/profile.h"

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
	must(again.workdir == profile->workdir, "the working directory is granted or not");
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

static void check_judgement(const struct kf_profile *profile)
{
	static const char *const sections[] = { NULL, "network", "security", "linux" };

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		must(!fits_with(profile, sections[i], "of tomorrow", "x"), "what nobody knows does not fit");
		must(fits_with(profile, sections[i], "of tomorrow", NULL), "unless it says nothing");
	}
	must(!fits_with(profile, NULL, "extends", "x"), "nor does another profile as its base");
	must(!fits_with(profile, "network", "allow_domain", "x"), "nor a filter that needs a proxy");
	must(!fits_with(profile, "filesystem", "read", "@program"), "nor a path that a program would have to say");
}

/* --- HOME and TMPDIR --------------------------------------------------------------------------------------------- */

static struct json_object *process_with(const char *variable)
{
	struct json_object *process = json_object_new_object();
	struct json_object *env = kf_json_ensure(process, "env", json_type_array);

	must(env && kf_json_append_string(env, "PATH=/bin") == 0 && kf_json_append_string(env, variable) == 0,
	     "memory");
	return process;
}

static bool starts(const struct kf_profile *profile, const char *variable)
{
	cleanup_json struct json_object *process = process_with(variable);
	struct kf_error err = { 0 }, other = { 0 };
	int r = kf_profile_check_home(profile, "input", process, &err);
	int q = kf_profile_check_tmpdir(profile, "input", process, &other);

	must_tell(r, &err);
	must_tell(q, &other);
	return r == 0 && q == 0;
}

/* Does one of the lists of directories name a directory that PATH is in? */
static bool is_granted(const struct kf_profile *profile, const char *path)
{
	static const char *const keys[] = { "allow", "read", "write" };
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);

	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		struct json_object *list = kf_json_member(filesystem, keys[k], json_type_array);

		for (size_t i = 0; list && i < json_object_array_length(list); i++) {
			const char *dir = kf_json_string_value(json_object_array_get_idx(list, i));

			if (dir && kf_path_within(path, dir))
				return true;
		}
	}
	return false;
}

static void check_processes(const struct kf_profile *profile)
{
	must(starts(profile, "HOME="), "no HOME is nobody's");
	must(starts(profile, "TMPDIR=/tmp"), "/tmp is granted anyway");
	must(starts(profile, "HOME=/home/app") == !is_granted(profile, "/home/app"), "HOME is not granted");
	must(starts(profile, "HOME=/home/app") || !starts(profile, "HOME=/home/app/x"), "nor what is in it");
	must(starts(profile, "TMPDIR=/etc") == starts(profile, "TMPDIR=/var"), "one TMPDIR is as good as another");
}

/* --- what it grants ---------------------------------------------------------------------------------------------- */

/* How many entries a section has: those of its lists, and its other members. */
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
	check_processes(&profile);
	check_grants(&profile);
	return 0;
}
