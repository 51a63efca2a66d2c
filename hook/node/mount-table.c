/* SPDX-License-Identifier: Apache-2.0 */
#include "node/mount-table.h"

#include <errno.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

#define TARGET "/nono"

static void free_table(struct libmnt_table **table)
{
	mnt_unref_table(*table);
}

static void free_iterator(struct libmnt_iter **iterator)
{
	mnt_free_iter(*iterator);
}

static bool is_below(const char *target)
{
	return target && strncmp(target, TARGET "/", strlen(TARGET "/")) == 0;
}

/* A mount table is in the order of mounting: the last mount at a place is the visible one. */
static int look(struct libmnt_table *table, struct kf_nono_mount *found)
{
	KF_CLEANUP(free_iterator) struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;

	if (!iterator)
		return -ENOMEM;
	while (mnt_table_next_fs(table, iterator, &fs) == 0) {
		const char *target = mnt_fs_get_target(fs);

		if (target && strcmp(target, TARGET) == 0) {
			const char *root = mnt_fs_get_root(fs);

			free(found->root);
			found->root = strdup(root ? root : "");
			found->covered = found->mounted;
			found->mounted = true;
			found->device = mnt_fs_get_devno(fs);
			found->read_only = mnt_fs_match_options(fs, "ro") == 1;
			if (!found->root)
				return -ENOMEM;
		} else if (is_below(target)) {
			found->covered = true;
		}
	}
	return 0;
}

int kf_mount_table_nono(pid_t pid, struct kf_nono_mount *ret, struct kf_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/mountinfo", (int)pid);

	KF_CLEANUP(free_table) struct libmnt_table *table = mnt_new_table_from_file(path);
	struct kf_nono_mount found = { 0 };

	if (!table)
		return kf_fail_errno(err, errno ? errno : ESRCH, "cannot read %s", path);

	int r = look(table, &found);

	if (r < 0) {
		free(found.root);
		return kf_oom(err);
	}
	*ret = found;
	return 0;
}

/* The part of PATH below the mount point TARGET, with its slash. */
static const char *below(const char *path, const char *target)
{
	return strcmp(target, "/") == 0 ? path : path + strlen(target);
}

/* The place of PATH, which is canonical, in the file system that is mounted as FS. */
static char *place_in(struct libmnt_fs *fs, const char *path)
{
	const char *root = mnt_fs_get_root(fs), *target = mnt_fs_get_target(fs);
	char *place;

	if (!root || !target || asprintf(&place, "%s%s", strcmp(root, "/") == 0 ? "" : root, below(path, target)) < 0)
		return NULL;
	if (*place)
		return place;
	free(place);
	return strdup("/");
}

int kf_mount_table_place(const char *dir, char **ret_root, dev_t *ret_device, struct kf_error *err)
{
	cleanup_free char *path = realpath(dir, NULL);

	if (!path)
		return kf_fail_errno(err, errno, "cannot find %s", dir);

	KF_CLEANUP(free_table) struct libmnt_table *table = mnt_new_table_from_file("/proc/self/mountinfo");

	if (!table)
		return kf_fail_errno(err, errno ? errno : EIO, "cannot read /proc/self/mountinfo");

	struct libmnt_fs *fs = mnt_table_find_mountpoint(table, path, MNT_ITER_BACKWARD);

	if (!fs)
		return kf_fail(err, ENOENT, "no mount has %s", dir);

	char *root = place_in(fs, path);

	if (!root)
		return kf_oom(err);
	*ret_root = root;
	*ret_device = mnt_fs_get_devno(fs);
	return 0;
}
