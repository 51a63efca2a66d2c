/* SPDX-License-Identifier: Apache-2.0 */
#include "base/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/user-namespace.h"

/* The kernel's default: it is assumed if /proc/sys cannot be read. */
#define DEFAULT_OVERFLOW_UID 65534

static uid_t overflow_uid(void)
{
	cleanup_close int fd = open("/proc/sys/kernel/overflowuid", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	uint32_t uid;

	if (fd < 0 || read(fd, text, sizeof text - 1) < 0 || sscanf(text, "%" SCNu32, &uid) != 1)
		return DEFAULT_OVERFLOW_UID;
	return uid;
}

static bool has_cap_fowner(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & CAP_TO_MASK(CAP_FOWNER));
}

/*
 * The kernel allows O_NOATIME (open(2)) to the owner, and to CAP_FOWNER over a mapped owner. So for a process with that
 * capability, EPERM means that the owner has no uid in this namespace. The probe changes nothing and works on a
 * read-only mount, too.
 */
static bool has_unmapped_owner(int fd)
{
	char path[KF_FD_PATH_MAX];
	cleanup_close int probe = open(kf_fd_path(fd, path), O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return probe < 0 && errno == EPERM && has_cap_fowner();
}

static int check_host_root(int fd, const struct stat *st, const char *name, struct kf_error *err)
{
	unsigned int uid = st->st_uid;
	uid_t user;

	if (!kf_is_rootless(&user))
		return kf_fail(err, EPERM, "%s belongs to uid %u: chown it to root", name, uid);
	if (uid == overflow_uid() && has_unmapped_owner(fd))
		return 0;
	return kf_fail(err, EPERM, "%s belongs to uid %u of the user namespace: chown it to root, and let all read it",
		       name, uid);
}

static int check_mode(const struct stat *st, const char *name, struct kf_error *err)
{
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return kf_fail(err, EPERM, "%s is writable by group or others: chmod go-w it", name);
	/* A container with CAP_SYS_ADMIN could set one where its mount was the node's own directory. */
	if (S_ISREG(st->st_mode) && (st->st_mode & (S_ISUID | S_ISGID)))
		return kf_fail(err, EPERM, "%s has a set-id bit, which kubefence never sets: install it anew", name);
	return 0;
}

int kf_check_root_owned(int fd, const struct stat *st, const char *name, struct kf_error *err)
{
	int r = st->st_uid == 0 ? 0 : check_host_root(fd, st, name, err);

	return r < 0 ? r : check_mode(st, name, err);
}

int kf_check_own(const struct stat *st, const char *name, struct kf_error *err)
{
	if (st->st_uid != geteuid())
		return kf_fail(err, EPERM, "%s belongs to uid %u, not to uid %u: remove it", name,
			       (unsigned int)st->st_uid, (unsigned int)geteuid());
	return check_mode(st, name, err);
}
