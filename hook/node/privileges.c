/* SPDX-License-Identifier: Apache-2.0 */
#include "node/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

#define RUNTIME_DIR "XDG_RUNTIME_DIR"

static void forget_environment(void)
{
	const char *value = getenv(RUNTIME_DIR);
	cleanup_free char *runtime_dir = value ? strdup(value) : NULL;

	(void)clearenv();
	if (runtime_dir)
		(void)setenv(RUNTIME_DIR, runtime_dir, 1);
	/* Without TZ, glibc's gmtime_r(3) reads /etc/localtime; another value is the name of a file. */
	(void)setenv("TZ", ":", 1);
}

void kf_privileges_shield(void)
{
	forget_environment();
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)umask(022);
}

int kf_privileges_drop(struct kf_error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return kf_fail_errno(err, errno, "cannot set no_new_privs");
	if (syscall(SYS_capset, &header, none) < 0)
		return kf_fail_errno(err, errno, "cannot give up capabilities");
	return 0;
}
