/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/lookup.h"

/* --- the user that asks ------------------------------------------------------------------------------------------- */

/* The id that the host's OUTSIDE has by MAP, the lines of user_namespaces(7). 0 or -EINVAL. */
static int map_id(const char *map, uint32_t outside, uint32_t *ret)
{
	uint32_t first, host, count;
	int length;

	for (; sscanf(map, "%" SCNu32 " %" SCNu32 " %" SCNu32 "%n", &first, &host, &count, &length) == 3; map += length)
		if (outside >= host && outside - host < count) {
			*ret = first + (outside - host);
			return 0;
		}
	return -EINVAL;
}

int kf_ask_uid(const struct kf_watched *watched, const struct kf_event *event, uid_t *ret)
{
	return map_id(watched->uid_map, event->uid, ret);
}

static int map_groups(const struct kf_watched *watched, const struct kf_event *event, gid_t groups[], size_t *ret_count)
{
	*ret_count = 0;
	/* More of them than an event holds: an answer without the others would be a guess. */
	if (event->group_count > KF_EVENT_GROUPS)
		return -E2BIG;
	for (uint32_t i = 0; i < event->group_count; i++)
		if (map_id(watched->gid_map, event->groups[i], &groups[*ret_count]) == 0)
			++*ret_count;
	return 0;
}

static int take_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(effective >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int take_user(const struct kf_watched *watched, const struct kf_event *event)
{
	gid_t groups[KF_EVENT_GROUPS], gid;
	size_t count;
	uid_t uid;
	int r = map_groups(watched, event, groups, &count);

	if (r < 0 || map_id(watched->uid_map, event->uid, &uid) < 0 || map_id(watched->gid_map, event->gid, &gid) < 0)
		return r < 0 ? r : -EINVAL;
	/* A rootless namespace forbids setgroups(2). */
	if (setgroups(count, groups) < 0 && count > 0)
		return -errno;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

int kf_ask_enter(const struct kf_watched *watched)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (watched->own_users && setns(watched->user_fd, CLONE_NEWUSER) < 0)
		return -errno;
	/* It makes the root of the namespace the root and the working directory. */
	return setns(watched->mount_fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

int kf_ask_become(const struct kf_watched *watched, const struct kf_event *event)
{
	int r = take_user(watched, event);

	return r < 0 ? r : take_capabilities(event->capabilities);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

/* /proc/self is another process here: its files tell nothing about the one that was refused. */
static bool is_own_process(const char *path)
{
	return strncmp(path, "/proc/self", strlen("/proc/self")) == 0 ||
	       strncmp(path, "/proc/thread-self", strlen("/proc/thread-self")) == 0;
}

int kf_ask_access(const char *path, int mode)
{
	if (is_own_process(path))
		return 0;
	return syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) < 0 ? -errno : 0;
}

static int parent_of(const char *path, char **ret)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		length--;
	while (length > 0 && path[length - 1] != '/')
		length--;
	*ret = strndup(length ? path : ".", length ? length : 1);
	return *ret ? 0 : -ENOMEM;
}

int kf_ask_parent(const char *path)
{
	cleanup_free char *parent = NULL;
	int r = parent_of(path, &parent);

	return r < 0 ? r : kf_ask_access(parent, W_OK | X_OK);
}

int kf_ask_same_mount(const char *path, const char *other)
{
	cleanup_free char *parent = NULL, *other_parent = NULL;
	struct statx one = { 0 }, two = { 0 };

	if (parent_of(path, &parent) < 0 || parent_of(other, &other_parent) < 0)
		return -ENOMEM;
	if (statx(AT_FDCWD, parent, 0, STATX_MNT_ID, &one) < 0 ||
	    statx(AT_FDCWD, other_parent, 0, STATX_MNT_ID, &two) < 0)
		return -errno;
	return one.stx_mnt_id == two.stx_mnt_id ? 0 : -EXDEV;
}

int kf_ask_protected(const char *path)
{
	cleanup_free char *parent = NULL;
	struct stat st, dir;
	int r = parent_of(path, &parent);

	if (r < 0)
		return r;
	if (stat(path, &st) < 0 || stat(parent, &dir) < 0)
		return -errno;
	if ((!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) || !(dir.st_mode & S_ISVTX) ||
	    !(dir.st_mode & (S_IWOTH | S_IWGRP)) || st.st_uid == geteuid() || st.st_uid == dir.st_uid)
		return 0;
	return -EACCES;
}

int kf_ask_device(const char *path)
{
	struct statvfs mount;
	struct stat st;

	if (stat(path, &st) < 0 || (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return 0;
	return statvfs(path, &mount) == 0 && (mount.f_flag & ST_NODEV) ? -EACCES : 0;
}

/* --- the network -------------------------------------------------------------------------------------------------- */

int kf_ask_first_free_port(const struct kf_watched *watched, unsigned int *ret)
{
	cleanup_free char *text = NULL;
	struct kf_error unused;
	size_t length;
	int r;

	if (setns(watched->network_fd, CLONE_NEWNET) < 0)
		return -errno;
	r = kf_read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", 64, &text, &length, &unused);
	if (r < 0)
		return r;
	*ret = (unsigned int)strtoul(text, NULL, 10);
	return 0;
}

/* --- processes ---------------------------------------------------------------------------------------------------- */

enum { STATUS_MAX = 64 * 1024 };

int kf_ask_process(int number, struct kf_ask_process *ret)
{
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	struct kf_ask_process found = { 0 };
	struct kf_error unused;
	const char *uids, *permitted, *tracer;
	char path[48];
	size_t length;

	(void)snprintf(path, sizeof path, "proc/%d/status", number);
	fd = kf_openat2(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, KF_LOOKUP_TRUSTED);
	if (fd < 0 || kf_read_all(fd, path, STATUS_MAX, &text, &length, &unused) < 0)
		return -ESRCH;
	uids = strstr(text, "\nUid:");
	permitted = strstr(text, "\nCapPrm:");
	tracer = strstr(text, "\nTracerPid:");
	if (!uids || !permitted || !tracer ||
	    sscanf(uids, "\nUid: %u %u %u", &found.real, &found.effective, &found.saved) != 3 ||
	    sscanf(permitted, "\nCapPrm: %" SCNx64, &found.capabilities) != 1)
		return -EINVAL;
	found.traced = strtoul(tracer + strlen("\nTracerPid:"), NULL, 10) != 0;
	*ret = found;
	return 0;
}

bool kf_ask_yama(void)
{
	cleanup_free char *text = NULL;
	struct kf_error unused;
	size_t length;

	return kf_read_file("/proc/sys/kernel/yama/ptrace_scope", 64, &text, &length, &unused) == 0 && text[0] != '0';
}
