/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/policy-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/lookup.h"

#define FILE_NAME "kubefence-policy.json"

enum { POLICY_MAX = 1024 * 1024 };

int kf_policy_file_path(const char *bundle, char **ret, struct kf_error *err)
{
	cleanup_free char *path = realpath(bundle, NULL);

	if (!path)
		return kf_fail_errno(err, errno, "cannot find the real path of the bundle");
	return kf_format(ret, "%s/" FILE_NAME, path) < 0 ? kf_oom(err) : 0;
}

static int open_bundle(const char *bundle, int *ret, struct kf_error *err)
{
	int fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char quoted[KF_QUOTED_MAX];

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open the bundle %s", kf_quote(quoted, bundle));
	*ret = fd;
	return 0;
}

int kf_policy_file_write(const char *bundle, const char *text, size_t length, struct kf_error *err)
{
	const struct stat like = { .st_mode = S_IFREG | 0444, .st_uid = geteuid(), .st_gid = getegid() };
	cleanup_close int fd = -1;
	int r = open_bundle(bundle, &fd, err);

	return r < 0 ? r : kf_replace_file_at(fd, FILE_NAME, text, length, &like, err);
}

static int compare(int fd, const char *text, size_t length, struct kf_error *err)
{
	cleanup_free char *found = NULL;
	size_t found_length = 0;
	int r = text ? kf_read_all(fd, FILE_NAME, POLICY_MAX, &found, &found_length, err) : 0;

	if (r < 0 || !text || (found_length == length && memcmp(found, text, length) == 0))
		return r;
	return kf_fail(err, EPERM, FILE_NAME " in the bundle is not the policy of this container: recreate it");
}

int kf_policy_file_find(const char *bundle, const char *text, size_t length, struct kf_file_id *ret,
			struct kf_error *err)
{
	cleanup_close int bundle_fd = -1, fd = -1;
	struct kf_error problem;
	struct stat st;
	int r = open_bundle(bundle, &bundle_fd, err);

	if (r < 0)
		return r;
	r = kf_open_trusted_file(bundle_fd, FILE_NAME, 0444, FILE_NAME, &fd, &problem);
	if (r == -ENOENT && !text) {
		*ret = (struct kf_file_id){ 0 };
		return 0;
	}
	if (r < 0)
		return kf_fail_as(err, &problem);
	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot look at " FILE_NAME);
	r = compare(fd, text, length, err);
	if (r == 0)
		*ret = kf_file_id(&st);
	return r;
}

void kf_policy_file_remove(const char *bundle)
{
	cleanup_close int fd = -1;
	struct kf_error unused;

	if (open_bundle(bundle, &fd, &unused) == 0)
		(void)unlinkat(fd, FILE_NAME, 0);
}
