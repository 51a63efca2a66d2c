/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

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
	cleanup_free char *text = NULL;
	struct json_object *document = NULL;
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
	*ret = (struct kf_spec){ .bundle_fd = kf_steal_fd(&bundle_fd), .st = st, .document = document };
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
	/* Three quarters of what an engine writes, and of no interest unless the class replaces it. */
	static const struct kf_json_path seccomp = { "linux", "seccomp" };

	if (mode == KF_JSON_STRICT)
		return kf_json_parse_except(text, length, SPEC_NAME, &seccomp, ret, err);
	return kf_json_parse(text, length, SPEC_NAME, mode, ret, err);
}

struct json_object *kf_spec_annotations(struct json_object *document)
{
	return kf_json_member(document, "annotations", json_type_object);
}

int kf_spec_rootfs(const struct kf_spec *spec, const char *bundle, char **ret_path, struct kf_error *err)
{
	const char *path = kf_json_string(kf_json_member(spec->document, "root", json_type_object), "path");
	char *joined;

	if (!path || !path[0])
		return kf_fail(err, EINVAL, SPEC_NAME " has no root.path");
	if (asprintf(&joined, "%s%s%s", path[0] == '/' ? "" : bundle, path[0] == '/' ? "" : "/", path) < 0)
		return kf_oom(err);
	*ret_path = joined;
	return 0;
}
