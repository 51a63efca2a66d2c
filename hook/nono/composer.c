/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/composer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nono.h"
#include "base/path.h"
#include "policy/runtime-place.h"

const struct kf_volume_entry *kf_composer_mount_at(const struct kf_composer *composer, const char *place)
{
	const struct kf_volumes *volumes = &composer->facts->volumes;

	for (size_t i = volumes->count; i-- > 0;)
		if (strcmp(composer->mounts.items[i].path, place) == 0)
			return &volumes->items[i];
	return NULL;
}

/* Is PLACE a directory that the runtime makes: the working directory, or one that leads to it or to a mount? */
static bool is_made(const struct kf_composer *composer, const char *place)
{
	if (composer->made && kf_path_within(composer->made, place))
		return true;
	for (size_t i = 0; i < composer->mounts.count; i++)
		if (kf_path_within(composer->mounts.items[i].path, place))
			return true;
	return false;
}

static bool is_in_mount(const struct kf_composer *composer, const char *place)
{
	for (size_t i = 0; i < composer->mounts.count; i++)
		if (kf_path_within(place, composer->mounts.items[i].path))
			return true;
	return false;
}

/* The contents of a mount are not looked at, its owner can change them at any time: they count as IN_MOUNT. */
static int is_there(const struct kf_composer *composer, const char *place, int in_mount, bool *ret_directory)
{
	const struct kf_volume_entry *mount = kf_composer_mount_at(composer, place);

	if (mount) {
		*ret_directory = mount->directory;
		return 1;
	}
	if (is_made(composer, place)) {
		*ret_directory = true;
		return 1;
	}
	if (kf_place_is_of_runtime(place) || composer->facts->image.fd < 0)
		return 1;
	return is_in_mount(composer, place) ? in_mount : kf_image_find(&composer->facts->image, place, ret_directory);
}

/* A symlink of the image must not lead a grant to the runtime's own files, to nono, or to everything. */
static bool is_led_astray(const char *path, const char *place)
{
	if (strcmp(path, place) == 0)
		return strcmp(place, "/") == 0 || kf_path_within(place, KF_NONO_DIR);
	return strcmp(place, "/") == 0 || kf_place_is_reserved(place);
}

static int locate(const struct kf_composer *composer, const char *path, int in_mount, char **ret, bool *ret_directory)
{
	cleanup_free char *plain = malloc(strlen(path) + 2), *place = NULL;
	int r;

	if (!plain)
		return -ENOMEM;
	kf_path_normalize(path, plain);
	r = kf_image_resolve(&composer->facts->image, &composer->mounts, plain, &place);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (is_led_astray(plain, place))
		return 0;
	r = is_there(composer, place, in_mount, ret_directory);
	if (r > 0)
		*ret = kf_steal_string(&place);
	return r;
}

int kf_composer_locate(const struct kf_composer *composer, const char *path, char **ret, bool *ret_directory)
{
	return locate(composer, path, 0, ret, ret_directory);
}

int kf_composer_locate_hidden(const struct kf_composer *composer, const char *path, char **ret, bool *ret_directory)
{
	return locate(composer, path, 1, ret, ret_directory);
}

int kf_composer_grant(struct kf_composer *composer, const char *path, unsigned int rights, bool directory,
		      const char *origin)
{
	cleanup_free char *place = NULL;
	int r = kf_composer_locate(composer, path, &place, &directory);

	if (r <= 0)
		return r;
	if (!kf_path_literal(place) || !kf_image_reaches(&composer->facts->image, &composer->facts->user, place))
		return 0;
	return kf_access_add(&composer->grants, place, rights, directory, origin);
}

int kf_composer_hide(struct kf_composer *composer, const char *path, const char *origin)
{
	cleanup_free char *place = NULL;
	bool directory = true;
	int r = kf_composer_locate_hidden(composer, path, &place, &directory);

	return r <= 0 ? r : kf_access_add(&composer->hidden, place, 0, directory, origin);
}
