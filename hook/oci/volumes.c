/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/volumes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "node/volume.h"
#include "oci/annotations.h"
#include "oci/namespaces.h"
#include "oci/spec.h"
#include "policy/config.h"

/* The same for all mounts of one container. */
struct container {
	struct kf_volume_owner owner;
	struct kf_volume_rules rules;
	struct kf_volume_looker looker;
};

/* The array OBJECT[KEY]; NULL without one. */
static int find_array(struct json_object *object, const char *key, struct json_object **ret, struct kf_error *err)
{
	struct json_object *array = kf_json_member(object, key, json_type_array);

	if (!array && json_object_object_get(object, key))
		return kf_fail(err, EINVAL, "%s is not an array", key);
	*ret = array;
	return 0;
}

/* A copy as the runtime reads it; NULL without memory. */
static char *normalized(const char *path)
{
	char *copy = malloc(strlen(path) + 2);

	if (copy)
		kf_path_normalize(path, copy);
	return copy;
}

/* Runtimes go by the options. The last one of "ro" and "rw" counts. */
static void read_options(struct json_object *options, struct kf_volume_mount *mount)
{
	size_t count = options ? json_object_array_length(options) : 0;

	for (size_t i = 0; i < count; i++) {
		const char *option = kf_json_string_value(json_object_array_get_idx(options, i));

		if (!option)
			continue;
		if (strcmp(option, "bind") == 0 || strcmp(option, "rbind") == 0)
			mount->bind = true;
		else if (strcmp(option, "ro") == 0 || strcmp(option, "rro") == 0)
			mount->read_only = true;
		else if (strcmp(option, "rw") == 0 || strcmp(option, "rrw") == 0)
			mount->read_only = false;
	}
}

static int tell_mount(struct container *container, struct json_object *object, struct kf_volume_entry *entry,
		      struct kf_error *err)
{
	const char *source = kf_json_string(object, "source");
	struct kf_volume_mount mount = { .destination = entry->destination, .type = kf_json_string(object, "type") };
	cleanup_free char *plain = NULL;
	struct stat st;

	mount.bind = mount.type && strcmp(mount.type, "bind") == 0;
	read_options(kf_json_member(object, "options", json_type_array), &mount);
	/* A ".." goes up from where a symlink leads: it stays for the node to resolve. */
	if (source && source[0] == '/' && !kf_path_goes_up(source)) {
		plain = normalized(source);
		if (!plain)
			return kf_oom(err);
		source = plain;
	}
	mount.source = source;
	entry->read_only = mount.read_only;
	entry->directory = !mount.bind || !source || stat(source, &st) < 0 || S_ISDIR(st.st_mode);
	return kf_volume_look(&container->looker, &mount, &container->owner, &container->rules, &entry->volume, err);
}

static int tell_mounts(struct container *container, struct json_object *mounts, struct kf_volumes *volumes,
		       struct kf_error *err)
{
	size_t count = mounts ? json_object_array_length(mounts) : 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct json_object *mount = json_object_array_get_idx(mounts, i);
		const char *destination = kf_json_string(mount, "destination");
		struct kf_volume_entry *entry = &volumes->items[volumes->count];

		if (!destination)
			return kf_fail(err, EINVAL, "mounts[%zu] has no destination", i);
		entry->destination = normalized(destination);
		if (!entry->destination)
			return kf_oom(err);
		volumes->count++;
		r = tell_mount(container, mount, entry, err);
	}
	return r;
}

static int tell_devices(struct json_object *devices, struct kf_volumes *volumes, struct kf_error *err)
{
	size_t count = devices ? json_object_array_length(devices) : 0;

	for (size_t i = 0; i < count; i++) {
		const char *path = kf_json_string(json_object_array_get_idx(devices, i), "path");
		struct kf_volume_entry *entry = &volumes->items[volumes->count];

		if (!path)
			return kf_fail(err, EINVAL, "linux.devices[%zu] has no path", i);
		entry->destination = normalized(path);
		if (!entry->destination)
			return kf_oom(err);
		entry->volume = kf_volume_tell_device();
		volumes->count++;
	}
	return 0;
}

static int tell_all(struct container *container, struct json_object *spec, struct json_object *linux_part,
		    struct kf_volumes *volumes, struct kf_error *err)
{
	struct json_object *mounts = NULL, *devices = NULL;
	int r = find_array(spec, "mounts", &mounts, err);

	if (r == 0)
		r = find_array(linux_part, "devices", &devices, err);
	if (r < 0)
		return r;

	size_t count =
		(mounts ? json_object_array_length(mounts) : 0) + (devices ? json_object_array_length(devices) : 0);

	volumes->items = calloc(count + 1, sizeof *volumes->items);
	if (!volumes->items)
		return kf_oom(err);
	r = tell_mounts(container, mounts, volumes, err);
	return r < 0 ? r : tell_devices(devices, volumes, err);
}

int kf_volumes_tell(struct json_object *spec, const char *id, const struct kf_config *config, struct kf_volumes *ret,
		    struct kf_error *err)
{
	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	struct container container = { .looker = KF_VOLUME_LOOKER_NONE };
	cleanup_volumes struct kf_volumes volumes = { 0 };

	kf_annotations_own(kf_spec_annotations(spec), id, &container.owner);
	container.owner.host_ipc = kf_namespace_tell(spec, "ipc") == KF_NAMESPACE_OF_HOST;
	if (config) {
		container.rules.provisioner_dirs = &config->provisioner_dirs;
		container.rules.harmless_csi_drivers = &config->harmless_csi_drivers;
	}

	int r = tell_all(&container, spec, linux_part, &volumes, err);

	kf_volume_looker_done(&container.looker);
	if (r < 0)
		return r;
	*ret = volumes;
	volumes = (struct kf_volumes){ 0 };
	return 0;
}
