/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/names.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool made_of(const char *name, const char *characters, size_t max)
{
	size_t length = strlen(name);

	return length > 0 && length <= max && strspn(name, characters) == length;
}

static bool starts_alphanumeric(const char *name)
{
	return name[0] && strchr(ALPHANUMERIC, name[0]);
}

bool kf_profile_name_valid(const char *name)
{
	return starts_alphanumeric(name) && made_of(name, ALPHANUMERIC "_-", KF_PROFILE_NAME_MAX);
}

bool kf_profile_name_nono_takes(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && !strchr(name, '_') && name[length - 1] != '-';
}

bool kf_profile_name_needs_run(const char *name)
{
	static const char *const names[] = { "bun-dev",  "go-dev",     "java-dev", "mise-dev",
					     "node-dev", "python-dev", "rust-dev" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool kf_handler_valid(const char *name)
{
	return starts_alphanumeric(name) && made_of(name, ALPHANUMERIC "_-.", 63);
}

bool kf_shim_name_valid(const char *name)
{
	static const char head[] = "containerd-shim-", tail[] = "-v2";
	size_t length = strlen(name), frame = sizeof head - 1 + sizeof tail - 1;

	return length > frame && length <= 255 && strncmp(name, head, sizeof head - 1) == 0 &&
	       strcmp(name + length - (sizeof tail - 1), tail) == 0 && made_of(name, ALPHANUMERIC "-+", 255);
}

bool kf_container_id_valid(const char *id)
{
	return made_of(id, ALPHANUMERIC "_+-.", 255) && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

bool kf_csi_driver_name_valid(const char *name)
{
	return starts_alphanumeric(name) && made_of(name, ALPHANUMERIC "-.", 63);
}

int kf_container_id_check(const char *id, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (kf_container_id_valid(id))
		return 0;
	return kf_fail(err, EINVAL, "'%s' is not a container id: use letters, digits and _+-.", kf_quote(quoted, id));
}

bool kf_bundle_is_lost(const char *bundle)
{
	return strcmp(bundle, "/") == 0;
}

bool kf_is_hook_program(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && strcmp(slash + 1, KF_HOOK_PROGRAM) == 0;
}
