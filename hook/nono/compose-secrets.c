/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/format.h"
#include "base/list.h"
#include "nono/composer.h"
#include "policy/credentials.h"

static int hide_mounts(struct kf_composer *composer)
{
	const struct kf_volumes *volumes = &composer->facts->volumes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < volumes->count; i++)
		if (volumes->items[i].volume.kind == KF_VOLUME_SECRET)
			r = kf_composer_hide(composer, volumes->items[i].destination, volumes->items[i].volume.what);
	return r;
}

static int hide_in_home(struct kf_composer *composer, const char *home)
{
	int r = 0;

	for (size_t i = 0; r == 0 && kf_credentials_in_home[i]; i++) {
		cleanup_free char *path = NULL;

		r = kf_format(&path, "%s/%s", home, kf_credentials_in_home[i]);
		if (r == 0)
			r = kf_composer_hide(composer, path, "credentials");
	}
	return r;
}

static int hide_known(struct kf_composer *composer)
{
	int r = 0;

	for (size_t i = 0; r == 0 && kf_credential_directories[i]; i++)
		r = kf_composer_hide(composer, kf_credential_directories[i], KF_ORIGIN_PLACE_OF_SECRETS);
	for (size_t i = 0; r == 0 && kf_password_files[i]; i++)
		if (kf_image_has_hash(&composer->facts->image, kf_password_files[i]))
			r = kf_composer_hide(composer, kf_password_files[i], "password hashes");
	return r;
}

static int hide_in_homes(struct kf_composer *composer)
{
	cleanup_list struct kf_list homes = { 0 };
	int r = kf_list_add(&homes, "/root", strlen("/root"));

	if (r == 0)
		r = kf_image_homes(&composer->facts->image, &homes);
	if (r == 0 && composer->home && !kf_list_has(&homes, composer->home))
		r = kf_list_add(&homes, composer->home, strlen(composer->home));
	for (size_t i = 0; r == 0 && i < homes.count; i++)
		r = hide_in_home(composer, homes.items[i]);
	return r;
}

int kf_composer_hide_secrets(struct kf_composer *composer)
{
	int r = hide_mounts(composer);

	if (r == 0)
		r = hide_known(composer);
	return r < 0 ? r : hide_in_homes(composer);
}
