/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/mounts.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "oci/process.h"

static const char *const our_options[] = { "rbind", "rprivate", "ro" };

enum { OUR_OPTION_COUNT = sizeof our_options / sizeof *our_options };

/* Drops the last component of the first LENGTH bytes at PATH. */
static size_t parent_length(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

/* Rewrites a destination as the runtime reads it: absolute from the container's root, no ".", ".." or "//". */
static void normalize(const char *path, char *ret)
{
	size_t used = 0;

	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 2 && strncmp(path, "..", 2) == 0) {
			used = parent_length(ret, used);
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			ret[used++] = '/';
			memcpy(ret + used, path, length);
			used += length;
		}
		path += length;
	}
	if (used == 0)
		ret[used++] = '/';
	ret[used] = '\0';
}

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

static bool is_ours(struct json_object *mount, const char *source)
{
	struct json_object *options = kf_json_member(mount, "options", json_type_array);

	if (!string_is(mount, "destination", KF_NONO_DIR) || !string_is(mount, "type", "bind") ||
	    !string_is(mount, "source", source) || json_object_object_length(mount) != 4)
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

	/* One byte more than the text: a relative destination gets its slash. */
	cleanup_free char *plain = calloc(1, strlen(destination) + 2);

	if (!plain)
		return kf_oom(err);
	normalize(destination, plain);
	if (covers_nono(plain))
		return kf_fail(err, EEXIST, "the pod mounts something at '%s', but " KF_NONO_DIR " is ours: move it",
			       kf_quote(quoted, destination));
	return 0;
}

int kf_mounts_check(struct json_object *spec, const char *source, bool *ret_present, struct kf_error *err)
{
	struct json_object *mounts = kf_json_member(spec, "mounts", json_type_array);
	size_t count = mounts ? json_object_array_length(mounts) : 0;
	bool present = false;

	if (!mounts && json_object_object_get(spec, "mounts"))
		return kf_fail(err, EINVAL, "mounts is not an array");
	for (size_t i = 0; i < count; i++) {
		struct json_object *mount = json_object_array_get_idx(mounts, i);

		if (source && i == count - 1 && is_ours(mount, source)) {
			present = true;
			break;
		}

		int r = check_destination(mount, i, err);

		if (r < 0)
			return r;
	}
	*ret_present = present;
	return 0;
}

int kf_mounts_append(struct json_object *spec, const char *source, struct kf_error *err)
{
	struct json_object *mounts = kf_json_ensure(spec, "mounts", json_type_array);
	cleanup_json struct json_object *mount = json_object_new_object();

	if (!mounts)
		return kf_fail(err, EINVAL, "mounts is not an array");
	if (!mount || kf_json_set_string(mount, "destination", KF_NONO_DIR) < 0 ||
	    kf_json_set_string(mount, "type", "bind") < 0 || kf_json_set_string(mount, "source", source) < 0)
		return kf_oom(err);

	struct json_object *options = kf_json_ensure(mount, "options", json_type_array);

	for (size_t i = 0; i < OUR_OPTION_COUNT; i++)
		if (!options || kf_json_append_string(options, our_options[i]) < 0)
			return kf_oom(err);
	return kf_json_append(mounts, json_object_get(mount)) < 0 ? kf_oom(err) : 0;
}
