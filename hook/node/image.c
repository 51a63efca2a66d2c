/* SPDX-License-Identifier: Apache-2.0 */
#include "node/image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/list.h"
#include "base/lookup.h"
#include "base/path.h"
#include "policy/runtime-place.h"

enum { SYMLINKS_MAX = 40, ACCOUNTS_MAX = 1024 * 1024 };

int kf_image_open(const char *rootfs, struct kf_image *ret, struct kf_error *err)
{
	int fd = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char quoted[KF_QUOTED_MAX];

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open the root file system %s", kf_quote(quoted, rootfs));
	ret->fd = fd;
	return 0;
}

/* PATH, absolute, seen from the image's root. */
static const char *relative(const char *path)
{
	path += strspn(path, "/");
	return *path ? path : ".";
}

static int open_entry(const struct kf_image *image, const char *path, int flags)
{
	if (image->fd < 0)
		return -ENOENT;
	return kf_openat2(image->fd, relative(path), flags | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS);
}

/* --- symlinks ----------------------------------------------------------------------------------------------------- */

/* A look-up that is under way: the part of the path that has been resolved, and the part that is left. */
struct walk {
	char *done; /* "" is the root */
	char *text; /* LEFT is a part of it */
	const char *left;
	unsigned int symlinks;
};

static void walk_done(struct walk *walk)
{
	free(walk->done);
	free(walk->text);
}

/* A copy of TEXT; -ENAMETOOLONG if the kernel takes no such path. */
static int copy_path(const char *text, char **ret)
{
	if (strlen(text) >= PATH_MAX)
		return -ENAMETOOLONG;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

/* Puts TARGET in front of the rest. */
static int put_target(struct walk *walk, const char *target)
{
	cleanup_free char *text = NULL;

	if (++walk->symlinks > SYMLINKS_MAX)
		return -ELOOP;
	if (kf_format(&text, "%s/%s", target, walk->left) < 0)
		return -ENOMEM;
	if (strlen(text) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (target[0] == '/')
		walk->done[0] = '\0';
	free(walk->text);
	walk->text = kf_steal_string(&text);
	walk->left = walk->text;
	return 0;
}

/* Takes the next component off the rest: 1 and *RET, the caller's to free; 0 at the end; or -ENOMEM. */
static int next(struct walk *walk, char **ret)
{
	const char *start = walk->left + strspn(walk->left, "/");
	size_t length = strcspn(start, "/");

	if (length == 0)
		return 0;
	*ret = strndup(start, length);
	walk->left = start + length;
	return *ret ? 1 : -ENOMEM;
}

static void go_up(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
}

/* Goes down by one component, which is followed if it is a symlink of the image. */
static int go_down(const struct kf_image *image, struct walk *walk, const char *component)
{
	cleanup_free char *path = NULL, *target = NULL;

	if (kf_format(&path, "%s/%s", walk->done, component) < 0)
		return -ENOMEM;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;

	cleanup_close int fd = open_entry(image, path, O_PATH);
	int r = fd < 0 ? fd : kf_read_link_at(fd, "", &target);

	if (r == -ENOMEM)
		return r;
	if (target)
		return put_target(walk, target);
	free(walk->done);
	walk->done = kf_steal_string(&path);
	return 0;
}

static bool is_mount(const struct kf_access_list *mounts, const char *path)
{
	for (size_t i = 0; mounts && i < mounts->count; i++)
		if (strcmp(mounts->items[i].path, path) == 0)
			return true;
	return false;
}

static int step(const struct kf_image *image, const struct kf_access_list *mounts, struct walk *walk,
		const char *component)
{
	if (strcmp(component, ".") == 0)
		return 0;
	if (strcmp(component, "..") == 0) {
		go_up(walk);
		return 0;
	}
	/* Below a mount nothing is the image's. */
	return go_down(is_mount(mounts, walk->done) ? &KF_IMAGE_UNSEEN : image, walk, component);
}

int kf_image_resolve(const struct kf_image *image, const struct kf_access_list *mounts, const char *path, char **ret)
{
	KF_CLEANUP(walk_done) struct walk walk = { .done = NULL };
	int r = copy_path("", &walk.done);

	if (r == 0)
		r = copy_path(path, &walk.text);
	if (r < 0)
		return r;
	for (walk.left = walk.text;;) {
		cleanup_free char *component = NULL;

		r = next(&walk, &component);
		if (r == 0)
			break;
		if (r > 0)
			r = step(image, mounts, &walk, component);
		if (r < 0)
			return r;
	}
	return kf_format(ret, "%s", walk.done[0] ? walk.done : "/");
}

int kf_image_find(const struct kf_image *image, const char *path, bool *ret_directory)
{
	cleanup_close int fd = open_entry(image, path, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || S_ISLNK(st.st_mode))
		return 0;
	*ret_directory = S_ISDIR(st.st_mode);
	return 1;
}

/* --- permissions -------------------------------------------------------------------------------------------------- */

static bool is_member(const struct kf_image_user *user, gid_t gid)
{
	for (size_t i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return true;
	return user->gid == gid;
}

static bool may_search(const struct kf_image_user *user, const struct stat *st)
{
	if (user->uid == st->st_uid)
		return st->st_mode & S_IXUSR;
	return st->st_mode & (is_member(user, st->st_gid) ? S_IXGRP : S_IXOTH);
}

bool kf_image_reaches(const struct kf_image *image, const struct kf_image_user *user, const char *path)
{
	cleanup_free char *above = NULL;
	struct stat st;

	if (user->all || image->fd < 0)
		return true;
	above = strdup(path);
	for (char *slash = above ? strchr(above + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';

		cleanup_close int fd = open_entry(image, above, O_PATH);

		*slash = '/';
		/* The runtime makes a missing directory, and for every user. */
		if (fd < 0 || fstat(fd, &st) < 0)
			return true;
		if (!may_search(user, &st))
			return false;
	}
	return above != NULL;
}

/* --- the top ------------------------------------------------------------------------------------------------------ */

static int add_top_entry(const struct kf_image *image, const char *name, unsigned int rights,
			 struct kf_access_list *list, struct kf_error *err)
{
	char path[NAME_MAX + 2];
	struct stat st;

	(void)snprintf(path, sizeof path, "/%s", name);
	if (kf_place_is_of_start(path) || !kf_path_literal(path) ||
	    fstatat(image->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return 0;
	return kf_access_add(list, path, rights, S_ISDIR(st.st_mode), "image") < 0 ? kf_oom(err) : 0;
}

int kf_image_top(const struct kf_image *image, unsigned int rights, struct kf_access_list *list, struct kf_error *err)
{
	cleanup_close int fd = openat(image->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t count = 0;
	int r = 0;

	if (!dir)
		return kf_fail_errno(err, errno, "cannot read the root file system");
	(void)kf_steal_fd(&fd);
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		if (++count > KF_IMAGE_TOP_MAX)
			return kf_fail(err, E2BIG,
				       "the image has more than %d files at the top of its root file system: move them "
				       "into a directory",
				       KF_IMAGE_TOP_MAX);
		r = add_top_entry(image, entry->d_name, rights, list, err);
	}
	return r == 0 && errno ? kf_fail_errno(err, errno, "cannot read the root file system") : r;
}

int kf_image_homes(const struct kf_image *image, struct kf_list *ret)
{
	cleanup_close int fd = open_entry(image, "/home", O_RDONLY | O_DIRECTORY);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char path[sizeof "/home/" + NAME_MAX];

	if (!dir)
		return 0;
	(void)kf_steal_fd(&fd);
	while (ret->count < KF_IMAGE_HOMES_MAX && (entry = readdir(dir))) {
		(void)snprintf(path, sizeof path, "/home/%s", entry->d_name);
		if (entry->d_name[0] != '.' && kf_list_add(ret, path, strlen(path)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* --- accounts ----------------------------------------------------------------------------------------------------- */

static int read_accounts(const struct kf_image *image, const char *path, char **ret)
{
	cleanup_close int fd = open_entry(image, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct kf_error unused;
	struct stat st;
	size_t length;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	return kf_read_regular(fd, &st, path, ACCOUNTS_MAX, ret, &length, &unused);
}

int kf_image_home(const struct kf_image *image, uid_t uid, char **ret)
{
	cleanup_free char *text = NULL;
	char *rest, *line;
	int r = read_accounts(image, "/etc/passwd", &text);

	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		char *fields[6] = { 0 }, *end;
		size_t count = 0;

		/* name:password:uid:gid:comment:home:shell */
		while (count < 6 && (fields[count] = strsep(&line, ":")))
			count++;
		if (count < 6 || strtoul(fields[2], &end, 10) != uid || *end || end == fields[2])
			continue;
		*ret = strdup(fields[5]);
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

/* Is it a hash, and not the sign of a locked or missing password ("!", "*", "x", "")? */
static bool is_hash(const char *password)
{
	password += strspn(password, "!*");
	return strlen(password) > 4;
}

bool kf_image_has_hash(const struct kf_image *image, const char *path)
{
	cleanup_free char *text = NULL;
	char *rest, *line;
	int r = image->fd < 0 ? -EACCES : read_accounts(image, path, &text);

	if (r < 0)
		return r != -ENOENT;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		(void)strsep(&line, ":");
		if (line && is_hash(strsep(&line, ":")))
			return true;
	}
	return false;
}
