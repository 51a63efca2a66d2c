/* SPDX-License-Identifier: Apache-2.0 */
#include "base/state-dir.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/format.h"
#include "base/user-namespace.h"

/* Are we another user than the node's root? */
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
	uid_t uid;
	int r;

	if (!is_user(&uid))
		r = kf_format(ret, "/run/kubefence");
	else if (dir)
		r = kf_format(ret, "%s/kubefence", dir);
	else
		r = kf_format(ret, "/run/user/%u/kubefence", (unsigned int)uid);
	return r < 0 ? kf_oom(err) : 0;
}

const char *kf_user_runtime_dir(void)
{
	const char *dir = runtime_dir_variable();
	uid_t uid;

	return dir && is_user(&uid) ? dir : NULL;
}
