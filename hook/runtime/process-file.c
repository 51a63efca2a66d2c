/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process-file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "oci/spelling.h"

#define LABEL "the process file"

/* Opens the file on FD, an O_PATH descriptor, for reading. */
static int reopen(int fd)
{
	char path[KF_FD_PATH_MAX];

	return open(kf_fd_path(fd, path), O_RDONLY | O_NOCTTY | O_CLOEXEC);
}

static int read_file(const char *path, struct stat *ret_st, char **ret_text, size_t *ret_length, struct kf_error *err)
{
	/* The file is examined before it is opened: the other end of a FIFO would notice an open, even if we refuse it.
	 */
	cleanup_close int path_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char quoted[KF_QUOTED_MAX];

	if (path_fd < 0)
		return kf_fail_errno(err, errno, "cannot open " LABEL " %s", kf_quote(quoted, path));
	if (fstat(path_fd, ret_st) < 0)
		return kf_fail_errno(err, errno, "cannot stat " LABEL " %s", kf_quote(quoted, path));
	if (!S_ISREG(ret_st->st_mode))
		return kf_fail(err, EINVAL, LABEL " %s is not a regular file: write the process into one",
			       kf_quote(quoted, path));

	cleanup_close int fd = reopen(path_fd);

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open " LABEL " %s", kf_quote(quoted, path));
	return kf_read_regular(fd, ret_st, LABEL, KF_PROCESS_MAX, ret_text, ret_length, err);
}

int kf_process_file_load(const char *path, struct kf_process_file *ret, struct kf_error *err)
{
	cleanup_json struct json_object *document = NULL;
	cleanup_free char *text = NULL;
	struct stat st = { 0 };
	size_t length = 0;
	int r = read_file(path, &st, &text, &length, err);

	if (r == 0)
		r = kf_json_parse(text, length, LABEL, KF_JSON_STRICT, &document, err);
	if (r == 0)
		r = kf_spelling_check_process(document, err);
	if (r < 0)
		return r;
	*ret = (struct kf_process_file){ .st = st, .document = kf_steal_json(&document) };
	return 0;
}

int kf_process_file_copy(const struct kf_process_file *file, int *ret_fd, struct kf_error *err)
{
	size_t length;
	const char *text = kf_json_text(file->document, &length);

	return text ? kf_sealed_copy(LABEL, text, length, &file->st, ret_fd, err) : kf_oom(err);
}
