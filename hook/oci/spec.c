/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/path.h"

#define SPEC_NAME "config.json"

int kf_spec_read(int bundle_fd, struct stat *ret_st, char **ret_text, size_t *ret_length, struct kf_error *err)
{
	/* O_NONBLOCK: a FIFO in its place must not hang us. */
	cleanup_close int fd = openat(bundle_fd, SPEC_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open " SPEC_NAME " in the bundle");
	if (fstat(fd, ret_st) < 0)
		return kf_fail_errno(err, errno, "cannot stat " SPEC_NAME);
	if (!S_ISREG(ret_st->st_mode))
		return kf_fail(err, EINVAL, SPEC_NAME " in the bundle is not a regular file");
	return kf_read_regular(fd, ret_st, SPEC_NAME, KF_SPEC_MAX, ret_text, ret_length, err);
}

int kf_spec_load(const char *bundle, struct kf_spec *ret, struct kf_error *err)
{
	cleanup_close int bundle_fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_json struct json_object *document = NULL;
	cleanup_free char *text = NULL;
	char quoted[KF_QUOTED_MAX];
	struct stat st = { 0 };
	size_t length = 0;

	if (bundle_fd < 0)
		return kf_fail_errno(err, errno, "cannot open the bundle %s", kf_quote(quoted, bundle));

	int r = kf_spec_read(bundle_fd, &st, &text, &length, err);

	if (r == 0)
		r = kf_spec_parse(text, length, KF_JSON_STRICT, &document, err);
	if (r < 0)
		return r;

	char *path = strdup(bundle);

	if (!path)
		return kf_oom(err);
	*ret = (struct kf_spec){
		.bundle = path,
		.bundle_fd = kf_steal_fd(&bundle_fd),
		.st = st,
		.document = json_object_get(document),
	};
	return 0;
}

int kf_spec_save(const struct kf_spec *spec, struct kf_error *err)
{
	size_t length;
	const char *text = kf_json_text(spec->document, &length);

	if (!text)
		return kf_oom(err);
	return kf_replace_file_at(spec->bundle_fd, SPEC_NAME, text, length, &spec->st, err);
}

int kf_spec_parse(const char *text, size_t length, enum kf_json_mode mode, struct json_object **ret,
		  struct kf_error *err)
{
	return kf_json_parse(text, length, SPEC_NAME, mode, ret, err);
}

struct json_object *kf_spec_annotations(struct json_object *document)
{
	return kf_json_member(document, "annotations", json_type_object);
}

int kf_spec_check_rootfs(const char *path, struct kf_error *err)
{
	struct stat st, host;

	/* The runtime says that it is not there. */
	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : kf_fail_errno(err, errno, "cannot look at root.path");
	if (stat("/", &host) < 0)
		return kf_fail_errno(err, errno, "cannot look at the host's root");
	if (!kf_same_file(&st, &host))
		return 0;
	return kf_deny(err, KF_REASON_SPEC_INVALID, EPERM,
		       "root.path is the host's root file system: give the container one of its own");
}

int kf_spec_root_path(struct json_object *document, const char *bundle, char **ret_path, struct kf_error *err)
{
	const char *path = kf_json_string(kf_json_member(document, "root", json_type_object), "path");

	if (!path || !path[0])
		return kf_fail(err, EINVAL, SPEC_NAME " has no root.path");
	if (path[0] != '/' && !bundle)
		return kf_fail(err, EINVAL, "root.path in " SPEC_NAME " is relative, and the bundle is not known");
	if (kf_format(ret_path, "%s%s%s", path[0] == '/' ? "" : bundle, path[0] == '/' ? "" : "/", path) < 0)
		return kf_oom(err);
	return 0;
}

int kf_spec_rootfs(const struct kf_spec *spec, char **ret_path, struct kf_error *err)
{
	return kf_spec_root_path(spec->document, spec->bundle, ret_path, err);
}
