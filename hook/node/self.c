/* SPDX-License-Identifier: Apache-2.0 */
#include "node/self.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define HOOK_NAME "kubefence-hook"
#define INSTALLED_HOOK KF_LIBEXECDIR "/oci/hooks.d/" HOOK_NAME

static int beside_us(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size);

	if (length < 0)
		return -errno;
	if ((size_t)length == size)
		return -ENAMETOOLONG;
	path[length] = '\0';

	char *name = strrchr(path, '/') + 1;
	size_t room = size - (size_t)(name - path);

	return (size_t)snprintf(name, room, HOOK_NAME) < room ? 0 : -ENAMETOOLONG;
}

int kf_self_hook_path(char **ret_path, struct kf_error *err)
{
	char path[PATH_MAX];

	if (beside_us(path, sizeof path) < 0 || access(path, X_OK) < 0)
		(void)snprintf(path, sizeof path, INSTALLED_HOOK);
	if (access(path, X_OK) < 0)
		return kf_fail_errno(err, errno, "kubefence-hook is not installed: put it at " INSTALLED_HOOK);
	*ret_path = strdup(path);
	return *ret_path ? 0 : kf_oom(err);
}
