/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/runtime-path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* An operator may have put us in place of runc; calling ourselves would never end. */
static bool is_ourselves(const char *path)
{
	struct stat candidate, self;

	return stat(path, &candidate) == 0 && stat("/proc/self/exe", &self) == 0 && candidate.st_dev == self.st_dev &&
	       candidate.st_ino == self.st_ino;
}

static char *search(void)
{
	static const char *const names[] = { "crun", "runc" };
	static const char *const dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					    "/usr/bin",        "/sbin",          "/bin" };
	char path[64];

	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		for (size_t d = 0; d < sizeof dirs / sizeof *dirs; d++) {
			(void)snprintf(path, sizeof path, "%s/%s", dirs[d], names[n]);
			if (is_program(path) && !is_ourselves(path))
				return strdup(path);
		}
	errno = ENOENT;
	return NULL;
}

int kf_runtime_path(const char *configured, char **ret_path, struct kf_error *err)
{
	if (configured && is_ourselves(configured))
		return kf_fail(err, ELOOP, "the runtime %s is this very program: name the real one", configured);
	if (configured && !is_program(configured))
		return kf_fail(err, ENOENT, "the runtime %s is not there or not executable: install it", configured);
	*ret_path = configured ? strdup(configured) : search();
	if (*ret_path)
		return 0;
	if (errno == ENOENT)
		return kf_fail(err, ENOENT, "neither crun nor runc is installed: install one or set runtime =");
	return kf_oom(err);
}
