/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/mounts-system.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "oci/namespaces.h"

/* The devices of the default nodes (linux, Documentation/admin-guide/devices.txt). */
static const struct {
	const char *path;
	int major, minor;
} nodes[] = {
	{ "/dev/null", 1, 3 },    { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 },    { "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },  { "/dev/console", 5, 1 }, { "/dev/ptmx", 5, 2 },
};

static bool string_is(struct json_object *object, const char *key, const char *text)
{
	const char *value = kf_json_string(object, key);

	return value && strcmp(value, text) == 0;
}

static bool has_option(struct json_object *mount, const char *option)
{
	return kf_json_has_string(kf_json_member(mount, "options", json_type_array), option);
}

/* Runtimes take either word for it. */
static bool is_bind(struct json_object *mount)
{
	return string_is(mount, "type", "bind") || has_option(mount, "bind") || has_option(mount, "rbind");
}

/* A new file system of TYPE. With tmpcopyup, runc fills it from the image. */
static bool is_new(struct json_object *mount, const char *type)
{
	return string_is(mount, "type", type) && !is_bind(mount) && !has_option(mount, "tmpcopyup");
}

/* A bind mount of the host's file of the same name. */
static bool is_hosts(struct json_object *mount, const char *path)
{
	return is_bind(mount) && string_is(mount, "source", path);
}

static bool mount_is_fine(struct json_object *spec, struct json_object *mount, const char *at)
{
	if (strcmp(at, "/dev") == 0)
		return is_new(mount, "tmpfs") || is_hosts(mount, at);
	if (strcmp(at, "/proc") == 0)
		return is_new(mount, "proc") || (is_hosts(mount, at) && !kf_namespace_is_own(spec, "pid"));
	if (strcmp(at, "/dev/pts") == 0)
		return is_new(mount, "devpts");
	return !kf_is_system_place(at) || (strncmp(at, "/dev/", 5) == 0 && is_hosts(mount, at));
}

static bool number_is(struct json_object *object, const char *key, int number)
{
	struct json_object *value = kf_json_member(object, key, json_type_int);

	return value && json_object_get_int64(value) == number;
}

static bool device_is_fine(struct json_object *device, const char *at)
{
	if (strcmp(at, "/dev") == 0 || strcmp(at, "/proc") == 0)
		return false;
	if (!kf_is_system_place(at))
		return true;
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (strcmp(at, nodes[i].path) == 0)
			return string_is(device, "type", "c") && number_is(device, "major", nodes[i].major) &&
			       number_is(device, "minor", nodes[i].minor);
	return false;
}

/* PATH as the runtime reads it; the caller frees it. NULL without a path, or without memory. */
static char *normalized(const char *path)
{
	char *plain = path ? malloc(strlen(path) + 2) : NULL;

	if (plain)
		kf_path_normalize(path, plain);
	return plain;
}

static int refuse(const char *what, const char *at, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_deny(err, KF_REASON_MOUNT_REFUSED, EPERM,
		       "the pod %s at '%s', which the runtime makes itself: choose another path", what,
		       kf_quote(quoted, at));
}

static struct json_object *array_of(struct json_object *object, const char *key)
{
	return kf_json_member(object, key, json_type_array);
}

static int check_mounts(struct json_object *spec, struct kf_error *err)
{
	struct json_object *mounts = array_of(spec, "mounts");

	for (size_t i = 0; mounts && i < json_object_array_length(mounts); i++) {
		struct json_object *mount = json_object_array_get_idx(mounts, i);
		cleanup_free char *at = normalized(kf_json_string(mount, "destination"));

		if (!at)
			return kf_fail(err, EINVAL, "mounts[%zu] has no destination", i);
		if (!mount_is_fine(spec, mount, at))
			return refuse("mounts something", at, err);
	}
	return 0;
}

static int check_devices(struct json_object *spec, struct kf_error *err)
{
	struct json_object *devices = array_of(kf_json_member(spec, "linux", json_type_object), "devices");

	for (size_t i = 0; devices && i < json_object_array_length(devices); i++) {
		struct json_object *device = json_object_array_get_idx(devices, i);
		cleanup_free char *at = normalized(kf_json_string(device, "path"));

		if (!at)
			return kf_fail(err, EINVAL, "linux.devices[%zu] has no path", i);
		if (!device_is_fine(device, at))
			return refuse("has another device", at, err);
	}
	return 0;
}

int kf_spec_check_system_mounts(struct json_object *spec, struct kf_error *err)
{
	int r = check_mounts(spec, err);

	return r < 0 ? r : check_devices(spec, err);
}

struct kf_system_mounts kf_spec_system_mounts(struct json_object *spec)
{
	struct json_object *mounts = array_of(spec, "mounts");
	struct kf_system_mounts count = { 0 };

	for (size_t i = 0; mounts && i < json_object_array_length(mounts); i++) {
		struct json_object *mount = json_object_array_get_idx(mounts, i);
		cleanup_free char *at = normalized(kf_json_string(mount, "destination"));

		if (at && strcmp(at, "/dev") == 0) {
			count.dev++;
			count.hosts_dev |= is_hosts(mount, at);
		} else if (at && strcmp(at, "/proc") == 0) {
			count.proc++;
		} else if (at && strcmp(at, "/dev/pts") == 0) {
			count.pts++;
		}
	}
	return count;
}
