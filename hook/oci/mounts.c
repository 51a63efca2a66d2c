/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/nono.h"
#include "base/path.h"

static const char *const our_options[] = { "rbind", "rprivate", "ro" };

enum { OUR_OPTION_COUNT = sizeof our_options / sizeof *our_options };

static bool covers_nono(const char *destination)
{
	static const char dir[] = KF_NONO_DIR;
	size_t length = sizeof dir - 1;

	if (strcmp(destination, "/") == 0)
		return true;
	return strncmp(destination, dir, length) == 0 && (destination[length] == '\0' || destination[length] == '/');
}

static bool string_is(struct json_object *object, const char *key, const char *text)
{
	const char *value = kf_json_string(object, key);

	return value && strcmp(value, text) == 0;
}

/* One of our entries. */
struct entry {
	char destination[sizeof KF_NONO_DIR "/" + KF_PROFILE_FILE_MAX];
	const char *source;
};

enum { OUR_ENTRY_MAX = 2 };

/* Fills RET with the entries that OURS means, in their order; returns their number. */
static size_t list_ours(const struct kf_nono_mounts *ours, struct entry ret[static OUR_ENTRY_MAX])
{
	char file[KF_PROFILE_FILE_MAX];

	if (!ours->source)
		return 0;
	ret[0] = (struct entry){ .destination = KF_NONO_DIR, .source = ours->source };
	if (!ours->policy_source)
		return 1;
	ret[1] = (struct entry){ .source = ours->policy_source };
	(void)snprintf(ret[1].destination, sizeof ret[1].destination, KF_NONO_DIR "/%s",
		       kf_profile_file(ours->profile, file));
	return 2;
}

static bool is_ours(struct json_object *mount, const struct entry *entry)
{
	struct json_object *options = kf_json_member(mount, "options", json_type_array);

	if (!string_is(mount, "destination", entry->destination) || !string_is(mount, "type", "bind") ||
	    !string_is(mount, "source", entry->source) || json_object_object_length(mount) != 4)
		return false;
	if (!options || json_object_array_length(options) != OUR_OPTION_COUNT)
		return false;
	for (size_t i = 0; i < OUR_OPTION_COUNT; i++) {
		const char *option = kf_json_string_value(json_object_array_get_idx(options, i));

		if (!option || strcmp(option, our_options[i]) != 0)
			return false;
	}
	return true;
}

static int check_destination(struct json_object *mount, size_t i, struct kf_error *err)
{
	const char *destination = kf_json_string(mount, "destination");
	char quoted[KF_QUOTED_MAX];

	if (!destination)
		return kf_fail(err, EINVAL, "mounts[%zu] has no destination", i);

	cleanup_free char *plain = calloc(1, strlen(destination) + 2);

	if (!plain)
		return kf_oom(err);
	kf_path_normalize(destination, plain);
	if (covers_nono(plain))
		return kf_deny(err, KF_REASON_MOUNT_REFUSED, EEXIST,
			       "the pod mounts something at '%s', but " KF_NONO_DIR " is kubefence's: move it",
			       kf_quote(quoted, destination));
	return 0;
}

/* Are the last entries of MOUNTS all that OURS means? */
static bool end_with_ours(struct json_object *mounts, const struct entry *entries, size_t count)
{
	size_t length = mounts ? json_object_array_length(mounts) : 0;

	if (count == 0 || length < count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_ours(json_object_array_get_idx(mounts, length - count + i), &entries[i]))
			return false;
	return true;
}

int kf_mounts_check(struct json_object *spec, const struct kf_nono_mounts *ours, bool *ret_present,
		    struct kf_error *err)
{
	struct json_object *mounts = kf_json_member(spec, "mounts", json_type_array);
	struct entry entries[OUR_ENTRY_MAX];
	size_t our_count = list_ours(ours, entries), count = mounts ? json_object_array_length(mounts) : 0;
	bool present = end_with_ours(mounts, entries, our_count);

	if (!mounts && json_object_object_get(spec, "mounts"))
		return kf_fail(err, EINVAL, "mounts is not an array");
	for (size_t i = 0; i < count - (present ? our_count : 0); i++) {
		int r = check_destination(json_object_array_get_idx(mounts, i), i, err);

		if (r < 0)
			return r;
	}
	*ret_present = present;
	return 0;
}

static int append_entry(struct json_object *mounts, const struct entry *entry, struct kf_error *err)
{
	cleanup_json struct json_object *mount = json_object_new_object();

	if (!mount || kf_json_set_string(mount, "destination", entry->destination) < 0 ||
	    kf_json_set_string(mount, "type", "bind") < 0 || kf_json_set_string(mount, "source", entry->source) < 0)
		return kf_oom(err);

	struct json_object *options = kf_json_ensure(mount, "options", json_type_array);

	for (size_t i = 0; i < OUR_OPTION_COUNT; i++)
		if (!options || kf_json_append_string(options, our_options[i]) < 0)
			return kf_oom(err);
	return kf_json_append(mounts, kf_steal_json(&mount)) < 0 ? kf_oom(err) : 0;
}

int kf_mounts_append(struct json_object *spec, const struct kf_nono_mounts *ours, struct kf_error *err)
{
	struct json_object *mounts = kf_json_ensure(spec, "mounts", json_type_array);
	struct entry entries[OUR_ENTRY_MAX];
	size_t count = list_ours(ours, entries);

	if (!mounts)
		return kf_fail(err, EINVAL, "mounts is not an array");
	for (size_t i = 0; i < count; i++) {
		int r = append_entry(mounts, &entries[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}
