/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prefix.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/path.h"

/* The length of the prefix in the program file EXE, or 0. The name may have " (deleted)" after it: only its directory
 * counts. */
static size_t prefix_length(const char *exe)
{
	static const char *const dirs[] = { "/bin", "/libexec/kubefence", "/libexec/oci/hooks.d" };
	size_t length = exe[0] == '/' ? (size_t)(strrchr(exe, '/') - exe) : 0;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		size_t dir = strlen(dirs[i]);

		if (length > dir && memcmp(exe + length - dir, dirs[i], dir) == 0)
			return length - dir;
	}
	return 0;
}

int kf_prefix_path_of(const char *exe, const char *installed, char **ret)
{
	size_t length = exe ? prefix_length(exe) : 0;

	if (length == 0 || !kf_path_within(installed, KF_PREFIX))
		return kf_format(ret, "%s", installed);
	return kf_format(ret, "%.*s%s", (int)length, exe, installed + strlen(KF_PREFIX));
}

int kf_prefix_path(const char *installed, char **ret)
{
	cleanup_free char *exe = NULL;

	/* On the way of every start: nothing is asked about a path that does not move, such as one in /etc. */
	if (!kf_path_within(installed, KF_PREFIX) || kf_read_link("/proc/self/exe", &exe) < 0)
		return kf_format(ret, "%s", installed);
	return kf_prefix_path_of(exe, installed, ret);
}
