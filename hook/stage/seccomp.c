/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/seccomp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/lookup.h"
#include "base/path.h"
#include "base/prefix.h"
#include "oci/seccomp-profile.h"
#include "oci/seccomp.h"

static int read_profile(const char *path, char **ret_text, size_t *ret_length, struct kf_error *err)
{
	cleanup_close int dirfd = -1, fd = -1;
	cleanup_free char *dir = NULL;
	int r = kf_parent_dir(path, &dir, err);

	if (r == 0)
		r = kf_open_trusted_dir(dir, &dirfd, err);
	if (r == 0)
		r = kf_open_trusted_file(dirfd, strrchr(path, '/') + 1, 0, path, &fd, err);
	return r < 0 ? r : kf_read_all(fd, path, KF_SECCOMP_MAX, ret_text, ret_length, err);
}

static int load_profile(const char *path, struct json_object **ret, struct kf_error *err)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int r = read_profile(path, &text, &length, err);

	return r < 0 ? r : kf_seccomp_profile_parse(text, length, path, ret, err);
}

int kf_stage_seccomp(const struct kf_class_settings *class, struct json_object **ret, struct kf_error *err)
{
	const char *name = class->seccomp_profile;
	cleanup_free char *shipped = NULL, *path = NULL;
	struct kf_error problem;

	*ret = NULL;
	if (!name || !name[0])
		return 0;
	if (kf_prefix_path(KF_DATADIR "/seccomp/", &shipped) < 0)
		return kf_oom(err);
	if ((name[0] == '/' ? kf_format(&path, "%s", name) : kf_format(&path, "%s%s.json", shipped, name)) < 0)
		return kf_oom(err);

	int r = load_profile(path, ret, &problem);

	if (r < 0)
		return kf_fail(err, -r, "seccomp_profile of class %s: %s", class->name, problem.message);
	kf_seccomp_limit_architectures(*ret, &class->seccomp_architectures);
	return 0;
}
