/* SPDX-License-Identifier: Apache-2.0 */
#include "node/self.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "base/path.h"
#include "base/prefix.h"
#include "policy/names.h"

#define INSTALLED_HOOK KF_LIBEXECDIR "/oci/hooks.d/" KF_HOOK_PROGRAM
#define DENIALS_PROGRAM "kubefence-denials"
#define RUNTIME_PROGRAM "kubefence-runtime"
/* A link to it. */
#define INSTALLED_RUNTIME KF_LIBEXECDIR "/kubefence/nono-runc"
#define INSTALLED_DENIALS KF_LIBEXECDIR "/kubefence/" DENIALS_PROGRAM

/* The path of PROGRAM in the directory of this one. 0 or -errno. */
static int beside_us(const char *program, char **ret)
{
	cleanup_free char *self = NULL;
	int r = kf_read_link("/proc/self/exe", &self);

	if (r < 0)
		return r;
	*strrchr(self, '/') = '\0';
	return kf_format(ret, "%s/%s", self, program);
}

static int find(const char *program, const char *installed, char **ret_path, struct kf_error *err)
{
	cleanup_free char *path = NULL;

	if (beside_us(program, &path) == 0 && access(path, X_OK) == 0) {
		*ret_path = kf_steal_string(&path);
		return 0;
	}
	free(path);
	path = NULL;
	if (kf_prefix_path(installed, &path) < 0)
		return kf_oom(err);
	if (access(path, X_OK) < 0)
		return kf_fail_errno(err, errno, "%s is not installed: put it at %s", program, path);
	*ret_path = kf_steal_string(&path);
	return 0;
}

int kf_self_hook_path(char **ret_path, struct kf_error *err)
{
	return find(KF_HOOK_PROGRAM, INSTALLED_HOOK, ret_path, err);
}

int kf_self_runtime_path(char **ret_path, struct kf_error *err)
{
	return find(RUNTIME_PROGRAM, INSTALLED_RUNTIME, ret_path, err);
}

int kf_self_denials_path(char **ret_path, struct kf_error *err)
{
	return find(DENIALS_PROGRAM, INSTALLED_DENIALS, ret_path, err);
}
