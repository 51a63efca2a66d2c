/* SPDX-License-Identifier: Apache-2.0 */
#include "node/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

int kf_landlock_abi(struct kf_error *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi >= 1)
		return (int)abi;

	int code = abi < 0 ? errno : ENOSYS;

	if (code == EOPNOTSUPP)
		return kf_fail_errno(err, code, "Landlock is off: add landlock to lsm= on the kernel command line");
	if (code == ENOSYS)
		return kf_fail_errno(err, code, "the kernel has no Landlock: use Linux 5.13 or newer with it built in");
	return kf_fail_errno(err, code, "cannot ask the kernel for Landlock (is a seccomp filter on the engine?)");
}
