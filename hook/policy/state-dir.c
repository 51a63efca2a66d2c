/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/state-dir.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/user-namespace.h"
#include "policy/config.h"

/* Are we somebody else than the node's root? */
static bool is_user(uid_t *ret_uid)
{
	if (geteuid() == 0)
		return kf_is_rootless(ret_uid);
	*ret_uid = geteuid();
	return true;
}

static const char *runtime_dir_variable(void)
{
	const char *dir = secure_getenv("XDG_RUNTIME_DIR");

	return dir && dir[0] == '/' ? dir : NULL;
}

int kf_default_state_dir(char **ret, struct kf_error *err)
{
	const char *dir = runtime_dir_variable();
	char *path;
	uid_t uid;
	int r;

	if (!is_user(&uid))
		r = asprintf(&path, "/run/kubefence");
	else if (dir)
		r = asprintf(&path, "%s/kubefence", dir);
	else
		r = asprintf(&path, "/run/user/%u/kubefence", (unsigned int)uid);
	if (r < 0)
		return kf_oom(err);
	*ret = path;
	return 0;
}

int kf_state_dir(const struct kf_config *config, char **ret, struct kf_error *err)
{
	char *copy;

	/* One that was only salvaged may not say. */
	if (!config || !config->state_dir)
		return kf_default_state_dir(ret, err);
	copy = strdup(config->state_dir);
	if (!copy)
		return kf_oom(err);
	*ret = copy;
	return 0;
}

const char *kf_user_runtime_dir(void)
{
	const char *dir = runtime_dir_variable();
	uid_t uid;

	return dir && is_user(&uid) ? dir : NULL;
}
