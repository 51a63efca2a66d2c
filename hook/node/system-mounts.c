/* SPDX-License-Identifier: Apache-2.0 */
#include "node/system-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "node/mount-place.h"

enum { TABLE_MAX = 16 * 1024 * 1024 };

static const char *const dev_names[] = { "null", "zero", "full", "random", "urandom", "tty",    "console",
					 "ptmx", "pts",  "fd",   "stdin",  "stdout",  "stderr", NULL };
/* The last two are symlinks into a process. */
static const char *const proc_names[] = { "self", "thread-self", "sys", "net", "mounts", NULL };

/* The part of PATH below DIR, without its slash, or NULL. */
static const char *below(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	return strncmp(path, dir, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static bool starts_with_one_of(const char *path, const char *const *names)
{
	size_t length = strcspn(path, "/");

	for (; *names; names++)
		if (strlen(*names) == length && strncmp(path, *names, length) == 0)
			return true;
	return false;
}

static bool starts_with_number(const char *path)
{
	size_t digits = strspn(path, "0123456789");

	return digits > 0 && (path[digits] == '/' || path[digits] == '\0');
}

bool kf_is_system_place(const char *path)
{
	const char *in_dev = below(path, "/dev"), *in_proc = below(path, "/proc");

	if (in_dev)
		return starts_with_one_of(in_dev, dev_names);
	return in_proc && (starts_with_one_of(in_proc, proc_names) || starts_with_number(in_proc));
}

/* One line of the table, as far as it is looked at. */
struct mount {
	char *device, *root, *target;
};

static void mount_done(struct mount *mount)
{
	free(mount->device);
	free(mount->root);
	free(mount->target);
}

static void read_line(const char *line, struct mount *ret)
{
	*ret = (struct mount){ .device = kf_mount_line_word(line, 2),
			       .root = kf_mount_line_word(line, 3),
			       .target = kf_mount_line_word(line, 4) };
}

struct look {
	const char *rootfs;
	struct kf_mount_places own; /* the table of this process */
	const struct kf_system_mounts *expected;
	struct kf_system_mounts found;
	bool rootfs_found;
};

/* A whole tree of the host's also has files that other mounts cover. */
static bool is_in_table(const struct kf_mount_places *places, const struct mount *mount, const char *path)
{
	bool found = false;

	for (size_t i = 0; !found && i < places->count; i++) {
		KF_CLEANUP(mount_done) struct mount own = { 0 };

		read_line(places->lines[i].line, &own);
		found = own.device && own.root && own.target && strcmp(own.device, mount->device) == 0 &&
			strcmp(own.root, mount->root) == 0 && strcmp(own.target, path) == 0;
	}
	return found;
}

/* Is this a bind mount of the host's own file at PATH, which nothing in a container or a volume has made? */
static bool is_hosts(struct look *look, const struct mount *mount, const char *path)
{
	cleanup_close int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_mount_place struct kf_mount_place place = { 0 };
	struct kf_error unused;

	if (fd < 0 || kf_mount_place(&look->own, fd, &place, &unused) < 0)
		return false;
	return (strcmp(place.device, mount->device) == 0 && strcmp(place.path, mount->root) == 0) ||
	       is_in_table(&look->own, mount, path);
}

static int judge(struct look *look, const struct mount *mount, struct kf_error *err)
{
	size_t length = strlen(look->rootfs);
	const char *path = mount->target + length;
	char quoted[KF_QUOTED_MAX];

	if (strncmp(mount->target, look->rootfs, length) != 0)
		return 0;
	if (!*path)
		look->rootfs_found = true;
	else if (strcmp(path, "/dev") == 0)
		look->found.dev++;
	else if (strcmp(path, "/proc") == 0)
		look->found.proc++;
	else if (strcmp(path, "/dev/pts") == 0 && !look->expected->hosts_dev)
		look->found.pts++;
	else if (kf_is_system_place(path) && !is_hosts(look, mount, path)) {
		if (strcmp(path, "/dev/pts") != 0)
			return kf_fail(err, EXDEV,
				       "a symlink takes a mount to %s, which the runtime makes itself: remove it from "
				       "the image or the volume",
				       kf_quote(quoted, path));
		look->found.pts++;
	}
	return 0;
}

static int judge_line(struct look *look, const char *line, struct kf_error *err)
{
	KF_CLEANUP(mount_done) struct mount mount = { 0 };

	read_line(line, &mount);
	if (!mount.device || !mount.root || !mount.target)
		return kf_oom(err);
	return judge(look, &mount, err);
}

static int judge_table(struct look *look, char *text, struct kf_error *err)
{
	int r = 0;

	for (char *line = text, *end; r == 0 && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		r = judge_line(look, line, err);
	}
	kf_mount_places_done(&look->own);
	return r;
}

static int compare(const char *place, size_t found, size_t expected, struct kf_error *err)
{
	if (found == expected && expected > 0)
		return 0;
	if (expected == 0 && found == 0)
		return kf_fail(err, EXDEV,
			       "config.json mounts nothing at %s, where the image can have anything: mount it", place);
	return kf_fail(err, EXDEV,
		       "%zu mounts are at %s and config.json has %zu: a symlink in the image or in a volume takes one "
		       "there, or away: remove it",
		       found, place, expected);
}

static int compare_all(const struct kf_system_mounts *found, const struct kf_system_mounts *expected,
		       struct kf_error *err)
{
	int r = compare("/dev", found->dev, expected->dev, err);

	/* A /dev of the host's has its own /dev/pts. */
	if (r == 0 && found->pts != expected->pts)
		r = compare("/dev/pts", found->pts, expected->pts, err);
	return r < 0 ? r : compare("/proc", found->proc, expected->proc, err);
}

static int look_below(pid_t pid, const char *rootfs, struct look *look, struct kf_error *err)
{
	look->rootfs = rootfs;
	cleanup_free char *text = NULL;
	struct kf_error problem;
	char path[64];
	size_t length;

	(void)snprintf(path, sizeof path, "/proc/%d/mountinfo", (int)pid);

	int r = kf_read_file(path, TABLE_MAX, &text, &length, &problem);

	if (r < 0)
		return kf_fail_errno(err, r == -ENOENT ? ESRCH : -r, "cannot read the mounts of process %d", (int)pid);
	return judge_table(look, text, err);
}

int kf_system_mounts_check(pid_t pid, const char *rootfs, const struct kf_system_mounts *expected, struct kf_error *err)
{
	cleanup_free char *real = NULL;
	struct look look = { .expected = expected };
	int r = look_below(pid, rootfs, &look, err);

	/* The table has the path without symlinks. */
	if (r == 0 && !look.rootfs_found) {
		real = realpath(rootfs, NULL);
		if (!real)
			return kf_fail_errno(err, errno, "cannot find the rootfs");
		look = (struct look){ .expected = expected };
		r = look_below(pid, real, &look, err);
	}
	if (r < 0)
		return r;
	if (!look.rootfs_found)
		return kf_fail(err, ESRCH, "the rootfs is not mounted in the mount namespace of process %d", (int)pid);
	return compare_all(&look.found, expected, err);
}
