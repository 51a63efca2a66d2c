/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/config-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/lookup.h"
#include "base/owner.h"
#include "base/prefix.h"

enum { CONFIG_MAX = 256 * 1024, DROP_INS_MAX = 256 };

/* Highest priority first. /run is not among them: our records live there, under names a container's owner chooses. */
static const struct {
	const char *path, *drop_ins;
} config_files[] = {
	{ KF_SYSCONFDIR "/kubefence/kubefence.conf", KF_SYSCONFDIR "/kubefence/kubefence.conf.d" },
	{ KF_VENDORDIR "/kubefence.conf", KF_VENDORDIR "/kubefence.conf.d" },
};

static bool has_base_name(const struct kf_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(basename(list->items[i]), name) == 0)
			return true;
	return false;
}

static bool is_drop_in(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(".conf") && strcmp(name + length - strlen(".conf"), ".conf") == 0;
}

static int add_drop_in(struct kf_list *list, const char *dir, const char *name, struct kf_error *err)
{
	cleanup_free char *path = NULL;

	if (list->count >= DROP_INS_MAX)
		return kf_fail(err, E2BIG, "%s has more than %d drop-ins", dir, DROP_INS_MAX);
	if (has_base_name(list, name))
		return 0;
	if (kf_format(&path, "%s/%s", dir, name) < 0 || kf_list_add(list, path, strlen(path)) < 0)
		return kf_oom(err);
	return 0;
}

static int check_trusted(int fd, const struct stat *st, const char *path, struct kf_error *err)
{
	int r = kf_check_root_owned(fd, st, path, err);

	return r < 0 ? r : kf_check_way_root_owned(fd, st, path, err);
}

static int add_drop_ins(struct kf_list *list, const char *dir, struct kf_error *err)
{
	cleanup_dir DIR *stream = opendir(dir);
	const struct dirent *entry;
	struct stat st;

	if (!stream)
		return errno == ENOENT ? 0 : kf_fail_errno(err, errno, "cannot open %s", dir);
	if (fstat(dirfd(stream), &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", dir);

	int r = check_trusted(dirfd(stream), &st, dir, err);

	while (r == 0 && (errno = 0, entry = readdir(stream)))
		if (is_drop_in(entry->d_name))
			r = add_drop_in(list, dir, entry->d_name, err);
	if (r == 0 && errno)
		r = kf_fail_errno(err, errno, "cannot read %s", dir);
	return r;
}

static int by_base_name(const void *a, const void *b)
{
	return strcmp(basename(*(char *const *)a), basename(*(char *const *)b));
}

static int move_sorted(struct kf_list *drop_ins, struct kf_list *ret, struct kf_error *err)
{
	if (drop_ins->count)
		qsort(drop_ins->items, drop_ins->count, sizeof *drop_ins->items, by_base_name);
	for (size_t i = 0; i < drop_ins->count; i++)
		if (kf_list_add(ret, drop_ins->items[i], strlen(drop_ins->items[i])) < 0)
			return kf_oom(err);
	return 0;
}

/* The file the user named, and the drop-ins of the directory beside it. */
static int named_files(const char *path, struct kf_list *ret, struct kf_list *drop_ins, struct kf_error *err)
{
	cleanup_free char *dir = NULL;

	if (kf_format(&dir, "%s.d", path) < 0 || kf_list_add(ret, path, strlen(path)) < 0)
		return kf_oom(err);
	return add_drop_ins(drop_ins, dir, err);
}

/* Even a symlink to nowhere was made on purpose: its target is then found missing, and no other file counts. */
static int is_there(const char *path, bool *ret, struct kf_error *err)
{
	struct stat st;

	*ret = lstat(path, &st) == 0;
	return *ret || errno == ENOENT ? 0 : kf_fail_errno(err, errno, "cannot look for %s", path);
}

/* The file PATH, unless one was found before, and the drop-ins of DIR. */
static int add_files(const char *path, const char *dir, struct kf_list *ret, struct kf_list *drop_ins, bool *found,
		     struct kf_error *err)
{
	int r = *found ? 0 : is_there(path, found, err);

	if (r == 0 && *found && ret->count == 0)
		r = kf_list_add(ret, path, strlen(path)) < 0 ? kf_oom(err) : 0;
	return r == 0 ? add_drop_ins(drop_ins, dir, err) : r;
}

static int default_files(struct kf_list *ret, struct kf_list *drop_ins, struct kf_error *err)
{
	bool found = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof config_files / sizeof *config_files; i++) {
		cleanup_free char *path = NULL, *dir = NULL;

		if (kf_prefix_path(config_files[i].path, &path) < 0 ||
		    kf_prefix_path(config_files[i].drop_ins, &dir) < 0)
			return kf_oom(err);
		r = add_files(path, dir, ret, drop_ins, &found, err);
		if (r == 0 && i > 0 && ret->count + drop_ins->count == 0)
			return kf_fail(err, ENOENT, "no configuration: %s and %s are missing", config_files[0].path,
				       path);
	}
	return r;
}

int kf_config_files(const char *path, struct kf_list *ret, struct kf_error *err)
{
	struct kf_list drop_ins = { 0 };
	int r = path ? named_files(path, ret, &drop_ins, err) : default_files(ret, &drop_ins, err);

	if (r == 0)
		r = move_sorted(&drop_ins, ret, err);
	kf_list_clear(&drop_ins);
	return r;
}

int kf_config_read_file(const char *path, char **ret, struct kf_error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	struct stat st;
	size_t length = 0;

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open %s", path);
	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", path);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) {
		*ret = strdup("");
		return *ret ? 0 : kf_oom(err);
	}
	if (!S_ISREG(st.st_mode))
		return kf_fail(err, EINVAL, "%s is not a regular file", path);

	int r = check_trusted(fd, &st, path, err);

	if (r == 0)
		r = kf_read_regular(fd, &st, path, CONFIG_MAX, &text, &length, err);
	if (r != 0)
		return r;
	if (strlen(text) != length)
		return kf_fail(err, EINVAL, "%s has a NUL byte in it", path);
	*ret = kf_steal_string(&text);
	return 0;
}
