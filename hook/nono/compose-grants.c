/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/json.h"
#include "base/path.h"
#include "nono/composer.h"
#include "policy/runtime-place.h"

#define VARIABLE_START "NONO_"

const struct kf_policy_list kf_policy_lists[KF_POLICY_LISTS] = {
	{ "allow", KF_ACCESS_READ | KF_ACCESS_WRITE, true },
	{ "allow_file", KF_ACCESS_READ | KF_ACCESS_WRITE, false },
	{ "read", KF_ACCESS_READ, true },
	{ "read_file", KF_ACCESS_READ, false },
	{ "write", KF_ACCESS_WRITE, true },
	{ "write_file", KF_ACCESS_WRITE, false },
};

/* --- variables ---------------------------------------------------------------------------------------------------- */

/* The rest of PATH after the variable NAME; NULL if PATH does not begin with that variable. */
static const char *after_variable(const char *path, const char *name)
{
	size_t length = strlen(name);

	path += path[0] == '/';
	if (path[0] != '$' || strncmp(path + 1, VARIABLE_START, strlen(VARIABLE_START)) != 0)
		return NULL;
	path += 1 + strlen(VARIABLE_START);
	if (strncmp(path, name, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return NULL;
	return path + length;
}

static bool is_of(const struct kf_volume_entry *entry, const char *variable)
{
	switch (entry->volume.kind) {
	case KF_VOLUME_WRITTEN:
		return strcmp(variable, "VOLUMES") == 0;
	case KF_VOLUME_CONFIG:
		return strcmp(variable, "CONFIGS") == 0;
	case KF_VOLUME_ENGINE:
		return strcmp(variable, entry->read_only ? "CONFIGS" : "VOLUMES") == 0;
	case KF_VOLUME_DEVICE:
		return strcmp(variable, "DEVICES") == 0;
	default:
		return false;
	}
}

static int grant_mounts(struct kf_composer *composer, const char *variable, unsigned int rights)
{
	const struct kf_volumes *volumes = &composer->facts->volumes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < volumes->count; i++)
		if (is_of(&volumes->items[i], variable))
			r = kf_composer_grant(composer, volumes->items[i].destination, rights,
					      volumes->items[i].directory, volumes->items[i].volume.what);
	return r;
}

/* NVIDIA's runtime adds them after the rewrite. */
static int grant_nvidia(struct kf_composer *composer, unsigned int rights)
{
	static const char *const fixed[] = { "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools",
					     "/dev/nvidia-modeset" };
	char path[sizeof "/dev/nvidia" + 3 * sizeof(int)];
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof fixed / sizeof *fixed; i++)
		r = kf_composer_grant(composer, fixed[i], rights, false, "NVIDIA");
	for (int i = 0; r == 0 && i < 16; i++) {
		(void)snprintf(path, sizeof path, "/dev/nvidia%d", i);
		r = kf_composer_grant(composer, path, rights, false, "NVIDIA");
	}
	return r;
}

static int grant_devices(struct kf_composer *composer, unsigned int rights)
{
	int r = grant_mounts(composer, "DEVICES", rights);

	return r == 0 && composer->facts->nvidia ? grant_nvidia(composer, rights) : r;
}

/* Where the image cannot be looked at, names stand for it. */
static int grant_usual_names(struct kf_composer *composer, unsigned int rights)
{
	static const char *const names[] = { "/app",   "/bin", "/data", "/etc", "/home", "/lib",      "/lib32",
					     "/lib64", "/mnt", "/opt",  "/srv", "/root", "/sbin",     "/tmp",
					     "/usr",   "/var", "/nix",  "/gnu", "/work", "/workspace" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof names / sizeof *names; i++)
		r = kf_composer_grant(composer, names[i], rights, true, "usual directory");
	return r;
}

/* The runtime makes a directory at the top for a mount below it, if the image has none. */
static int grant_tops_of_mounts(struct kf_composer *composer, unsigned int rights)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < composer->mounts.count; i++) {
		const char *path = composer->mounts.items[i].path, *slash = strchr(path + 1, '/');
		cleanup_free char *top = slash ? strndup(path, (size_t)(slash - path)) : NULL;

		if (slash && !top)
			return -ENOMEM;
		if (top && !kf_place_is_of_start(top))
			r = kf_composer_grant(composer, top, rights, true, "image");
	}
	return r;
}

static int grant_image(struct kf_composer *composer, unsigned int rights, struct kf_error *err)
{
	int r = composer->facts->image.fd < 0 ? grant_usual_names(composer, rights)
					      : kf_image_top(&composer->facts->image, rights, &composer->grants, err);

	if (r < 0 && r != -ENOMEM)
		return r;
	if (r == 0)
		r = grant_tops_of_mounts(composer, rights);
	return r < 0 ? kf_oom(err) : 0;
}

/* DIRECTORY is the workdir or the home, and REST the text of the profile after the variable. */
static int grant_below(struct kf_composer *composer, const char *start, const char *rest,
		       const struct kf_policy_list *list, const char *origin)
{
	cleanup_free char *path = NULL;

	if (!start)
		return 0;
	if (kf_format(&path, "%s%s", start, rest) < 0)
		return -ENOMEM;
	return kf_composer_grant(composer, path, list->rights, rest[0] == '\0' || list->directory, origin);
}

static int refuse_entry(const struct kf_composer *composer, const char *entry, const char *why, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_fail(err, ENOTSUP, "profile %s: \"%s\" in filesystem %s", composer->name, kf_quote(quoted, entry),
		       why);
}

/* Returns 1 if ENTRY does not start with a variable, 0, or a negative errno. */
static int grant_variable(struct kf_composer *composer, const char *entry, const struct kf_policy_list *list,
			  struct kf_error *err)
{
	const char *rest;
	int r;

	if ((rest = after_variable(entry, "WORKDIR"))) {
		r = grant_below(composer, composer->workdir, rest, list, "working directory");
	} else if ((rest = after_variable(entry, "HOME"))) {
		r = grant_below(composer, composer->home, rest, list, "home");
	} else if ((rest = after_variable(entry, "IMAGE")) && !rest[0]) {
		return grant_image(composer, list->rights, err);
	} else if ((rest = after_variable(entry, "VOLUMES")) && !rest[0]) {
		r = grant_mounts(composer, "VOLUMES", list->rights);
	} else if ((rest = after_variable(entry, "CONFIGS")) && !rest[0]) {
		r = grant_mounts(composer, "CONFIGS", list->rights);
	} else if ((rest = after_variable(entry, "DEVICES")) && !rest[0]) {
		r = grant_devices(composer, list->rights);
	} else if (strchr(entry, '$')) {
		return refuse_entry(composer, entry, "is not a variable that can be granted: see kubefence-profiles(7)",
				    err);
	} else {
		return 1;
	}
	return r < 0 ? kf_oom(err) : 0;
}

/* Writing to all of /proc is for containers in which the runtime protects the machine's parts of it. */
static int grant_literal(struct kf_composer *composer, const char *entry, const struct kf_policy_list *list)
{
	unsigned int rights = list->rights;
	int r;

	if ((rights & KF_ACCESS_WRITE) && strcmp(entry, "/proc") == 0 && !composer->facts->proc_protected) {
		r = kf_composer_grant(composer, "/proc/self", rights, true, "its own process");
		if (r < 0)
			return r;
		rights = KF_ACCESS_READ;
	}
	return kf_composer_grant(composer, entry, rights, list->directory, "profile");
}

static int grant_entry(struct kf_composer *composer, struct json_object *value, const struct kf_policy_list *list,
		       struct kf_error *err)
{
	const char *entry = kf_json_string_value(value);
	int r;

	if (!entry)
		return refuse_entry(composer, list->key, "has an entry that is not a string", err);
	r = grant_variable(composer, entry, list, err);
	if (r <= 0)
		return r;
	if (entry[0] != '/')
		return refuse_entry(composer, entry, "is not an absolute path", err);
	return grant_literal(composer, entry, list) < 0 ? kf_oom(err) : 0;
}

int kf_composer_grant_lists(struct kf_composer *composer, struct json_object *filesystem, struct kf_error *err)
{
	int r = 0;

	for (size_t k = 0; k < KF_POLICY_LISTS; k++) {
		struct json_object *array = kf_json_member(filesystem, kf_policy_lists[k].key, json_type_array);

		for (size_t i = 0; r == 0 && array && i < json_object_array_length(array); i++)
			r = grant_entry(composer, json_object_array_get_idx(array, i), &kf_policy_lists[k], err);
	}
	return r;
}

/* --- what is denied ----------------------------------------------------------------------------------------------- */

static int hide_below(struct kf_composer *composer, const char *start, const char *rest)
{
	cleanup_free char *path = NULL;

	if (!start)
		return 0;
	return kf_format(&path, "%s%s", start, rest) < 0 ? -ENOMEM : kf_composer_hide(composer, path, "profile");
}

static int hide_entry(struct kf_composer *composer, struct json_object *value, struct kf_error *err)
{
	const char *entry = kf_json_string_value(value), *rest;
	int r;

	if (!entry)
		return refuse_entry(composer, "deny", "has an entry that is not a string", err);
	if ((rest = after_variable(entry, "SECRETS")) && !rest[0])
		r = kf_composer_hide_secrets(composer);
	else if ((rest = after_variable(entry, "HOME")) && rest[0])
		r = hide_below(composer, composer->home, rest);
	else if ((rest = after_variable(entry, "WORKDIR")) && rest[0])
		r = hide_below(composer, composer->workdir, rest);
	else if (entry[0] != '/' || !kf_path_literal(entry))
		return refuse_entry(composer, entry, "cannot be hidden: it is not a plain absolute path", err);
	else
		r = kf_composer_hide(composer, entry, "profile");
	return r < 0 ? kf_oom(err) : 0;
}

int kf_composer_hide_list(struct kf_composer *composer, struct json_object *filesystem, struct kf_error *err)
{
	struct json_object *denied = kf_json_member(filesystem, "deny", json_type_array);
	int r = 0;

	for (size_t i = 0; r == 0 && denied && i < json_object_array_length(denied); i++)
		r = hide_entry(composer, json_object_array_get_idx(denied, i), err);
	return r;
}
