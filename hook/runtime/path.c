/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "base/nono.h"
#include "base/path.h"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* An operator may have put us in place of runc; calling ourselves would never end. */
static bool is_ourselves(const char *path)
{
	struct stat candidate, self;

	return stat(path, &candidate) == 0 && stat("/proc/self/exe", &self) == 0 && kf_same_file(&candidate, &self);
}

/* NAME in the first of the directories *DIRS, which leaves them: 1 and *RET, 0 after the last one, or -ENOMEM. */
static int next_candidate(const char **dirs, const char *name, char **ret)
{
	size_t length = strcspn(*dirs, ":");
	const char *dir = *dirs;

	if (length == 0)
		return 0;
	*dirs += length + strspn(dir + length, ":");
	return kf_format(ret, "%.*s/%s", (int)length, dir, name) < 0 ? -ENOMEM : 1;
}

int kf_find_program(const char *name, char **ret)
{
	const char *dirs = KF_DEFAULT_PATH;

	for (;;) {
		cleanup_free char *path = NULL;
		int r = next_candidate(&dirs, name, &path);

		if (r <= 0)
			return r < 0 ? r : -ENOENT;
		if (is_program(path) && !is_ourselves(path)) {
			*ret = kf_steal_string(&path);
			return 0;
		}
	}
}

int kf_runtime_check_name(const char *name, struct kf_error *err)
{
	const char *dirs = KF_DEFAULT_PATH;

	for (;;) {
		cleanup_free char *path = NULL;
		int r = next_candidate(&dirs, name, &path);

		if (r <= 0)
			return r < 0 ? kf_oom(err) : 0;
		if (is_ourselves(path))
			return kf_fail(err, ELOOP,
				       "%s leads to kubefence-runtime, and containers would run by this name without a "
				       "sandbox: install the real %s there, and give the engine a handler of a class",
				       path, name);
	}
}

/*
 * The file that PATH leads to: PATH itself, or in memory that is the caller's to free at *RET_REAL. NULL, with errno. A
 * runtime is seldom a link, and realpath(3) asks about every directory on the way, at each start.
 */
static const char *linked_file(const char *path, char **ret_real)
{
	cleanup_free char *target = NULL;
	int r = kf_read_link(path, &target);

	if (r == -EINVAL)
		return path;
	if (r < 0) {
		errno = -r;
		return NULL;
	}
	*ret_real = realpath(path, NULL);
	return *ret_real;
}

int kf_runtime_check_kernel(const char *configured, struct kf_error *err)
{
	cleanup_free char *real = NULL;
	const char *file = configured ? linked_file(configured, &real) : NULL;

	if (!configured || (!file && errno == ENOENT))
		return 0;
	if (!file)
		return kf_fail_errno(err, errno, "cannot look at the runtime %s", configured);
	if (strncmp(basename(file), "runsc", strlen("runsc")) != 0)
		return 0;
	return kf_fail(err, ENOTSUP,
		       "the runtime %s is gVisor's, and its kernel has no Landlock: set runtime to runc or crun in the "
		       "class's section of kubefence.conf",
		       configured);
}

int kf_runtime_path(const char *configured, char **ret_path, struct kf_error *err)
{
	if (configured && is_ourselves(configured))
		return kf_fail(err, ELOOP, "the runtime %s is this very program: name the real one", configured);
	if (configured && !is_program(configured))
		return kf_fail(err, ENOENT, "the runtime %s is not there or not executable: install it", configured);

	int r = configured ? kf_format(ret_path, "%s", configured) : kf_find_program("crun", ret_path);

	if (r == -ENOENT)
		r = kf_find_program("runc", ret_path);
	if (r == -ENOENT)
		return kf_fail(err, ENOENT, "neither crun nor runc is installed: install one or set runtime =");
	return r < 0 ? kf_oom(err) : 0;
}
