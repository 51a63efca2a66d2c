/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/lookup.h"
#include "base/nono.h"
#include "base/owner.h"
#include "base/path.h"
#include "nono/elf.h"
#include "policy/names.h"

enum {
	FILE_NAME_MAX = sizeof KF_PROFILE_SUFFIX + KF_PROFILE_NAME_MAX,
	PROFILES_MAX = 1024,
	PROFILE_BYTES_MAX = 1024 * 1024
};

/* Can any user run this? Returns 1 for a program that needs a loader from the image. */
static int check_program(int dirfd, const char *name, const char *label, struct kf_error *err)
{
	cleanup_close int fd = -1;
	int r = kf_open_trusted_file(dirfd, name, 0555, label, &fd, err);

	return r < 0 ? r : kf_elf_needs_loader(fd, label, err);
}

static int check_binary(int dirfd, const char *path, bool allow_dynamic, struct kf_error *err)
{
	int r = check_program(dirfd, strrchr(path, '/') + 1, path, err);

	if (r == -ENOENT)
		return kf_fail(err, ENOENT, "%s is not there: install a static nono (scripts/get-nono.sh)", path);
	if (r > 0 && !allow_dynamic)
		return kf_fail(
			err, ENOEXEC,
			"%s needs a loader from the image: install a static nono or set allow_dynamic_nono = yes",
			path);
	return r < 0 ? r : 0;
}

/* The permissions of a directory decide whether a container's user reaches its files. */
static int check_open_to_all(const struct stat *st, const char *label, struct kf_error *err)
{
	if ((st->st_mode & 0555) == 0555)
		return 0;
	return kf_fail(err, EACCES, "%s has mode %04o, closed to a container's user: chmod it to 0755", label,
		       (unsigned int)(st->st_mode & 07777));
}

/* Checks a directory in the nono directory; *RET_ST is its lstat(2). */
static int check_subdir(int nono_dir, const char *name, struct stat *ret_st, struct kf_error *err)
{
	char label[64];

	(void)snprintf(label, sizeof label, "the nono directory's %s/", name);
	if (fstatat(nono_dir, name, ret_st, AT_SYMLINK_NOFOLLOW) < 0)
		return kf_fail_errno(err, errno, "cannot look at %s", label);
	if (!S_ISDIR(ret_st->st_mode))
		return kf_fail(err, S_ISLNK(ret_st->st_mode) ? ELOOP : ENOTDIR,
			       "%s is not a directory: put the directory itself there", label);
	return kf_check_entry_root_owned(nono_dir, name, ret_st, label, err);
}

/* It is the first and the last step of every container. */
static int check_launcher(int nono_dir, struct kf_error *err)
{
	static const char label[] = "the nono directory's " KF_LAUNCHER;
	struct stat st;
	int r = check_subdir(nono_dir, KF_LAUNCHER_DIR, &st, err);

	if (r == 0)
		r = check_program(nono_dir, KF_LAUNCHER, label, err);
	if (r > 0)
		return kf_fail(err, ENOEXEC,
			       "%s needs a loader from the image: install a static one (scripts/install-launcher.sh)",
			       label);
	if (r == -ENOENT)
		return kf_fail(err, ENOENT, "%s is not there: install it (scripts/install-launcher.sh)", label);
	return r;
}

static int check_entry(int nono_dir, const char *name, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX], label[sizeof quoted + 32];
	struct stat st;

	(void)snprintf(label, sizeof label, "the nono directory's %s", kf_quote(quoted, name));
	/* An installation may replace the file just now. */
	if (fstatat(nono_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : kf_fail_errno(err, errno, "cannot look at %s", label);
	return S_ISREG(st.st_mode) ? kf_check_entry_root_owned(nono_dir, name, &st, label, err) : 0;
}

static int check_some(int nono_dir, const char *entries, size_t length, struct kf_error *err)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < length;) {
		const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);

		if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
			r = check_entry(nono_dir, entry->d_name, err);
		at += entry->d_reclen;
	}
	return r;
}

/* PATH leads a container's programs here first. getdents64(2) takes half as many calls as readdir(3). */
static int check_entries(int nono_dir, struct kf_error *err)
{
	cleanup_close int fd = openat(nono_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	alignas(struct dirent64) char entries[4096];
	ssize_t length;
	int r = 0;

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open the nono directory");
	while (r == 0 && (length = getdents64(fd, entries, sizeof entries)) > 0)
		r = check_some(nono_dir, entries, (size_t)length, err);
	return r == 0 && length < 0 ? kf_fail_errno(err, errno, "cannot read the nono directory") : r;
}

int kf_nono_dir_open(const char *nono_bin_path, bool allow_dynamic, int *ret_fd, struct kf_error *err)
{
	cleanup_free char *dir = NULL;
	cleanup_close int dirfd = -1;
	struct stat st;
	int r = kf_parent_dir(nono_bin_path, &dir, err);

	if (r == 0)
		r = kf_open_trusted_dir(dir, &dirfd, err);
	if (r < 0)
		return r;
	if (fstat(dirfd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", dir);
	r = check_open_to_all(&st, dir, err);
	if (r < 0)
		return r;
	r = check_binary(dirfd, nono_bin_path, allow_dynamic, err);
	if (r == 0)
		r = check_launcher(dirfd, err);
	if (r == 0)
		r = check_entries(dirfd, err);
	if (r == 0)
		*ret_fd = kf_steal_fd(&dirfd);
	return r;
}

int kf_nono_dir_check_read_only(int dirfd, const char *path, struct kf_error *err)
{
	struct statvfs st;

	if (fstatvfs(dirfd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot look at the mount of %s", path);
	if (st.f_flag & ST_RDONLY)
		return 0;
	return kf_fail(err, EPERM,
		       "%s is writable, also from a virtual machine: mount it read-only (opt-nono\\x2dnri.mount)",
		       path);
}

static int check_profiles(int dirfd, struct kf_error *err)
{
	struct stat st;
	int r = check_subdir(dirfd, KF_PROFILES_DIR, &st, err);

	return r < 0 ? r : check_open_to_all(&st, "the nono directory's profiles/", err);
}

/* Lists the installed profiles for a message: as many names as fit. */
static void name_installed(int dirfd, char *buf, size_t size)
{
	struct kf_list names = { 0 };
	struct kf_error unused;
	size_t used = 0;

	(void)snprintf(buf, size, "none");
	if (kf_nono_dir_list_profiles(dirfd, &names, &unused) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (used + strlen(names.items[i]) + sizeof ", ..." > size) {
			(void)snprintf(buf + used, size - used, "...");
			break;
		}
		used += (size_t)snprintf(buf + used, size - used, "%s%s", names.items[i],
					 i + 1 < names.count ? ", " : "");
	}
	kf_list_clear(&names);
}

int kf_nono_dir_open_profile(int dirfd, const char *profile, int *ret_fd, struct kf_error *err)
{
	char path[KF_PROFILE_FILE_MAX], label[sizeof "profile " + FILE_NAME_MAX], installed[384];
	int r = check_profiles(dirfd, err);

	if (r < 0)
		return r;
	(void)snprintf(label, sizeof label, "profile %s" KF_PROFILE_SUFFIX, profile);
	r = kf_open_trusted_file(dirfd, kf_profile_file(profile, path), 0444, label, ret_fd, err);
	if (r != -ENOENT)
		return r;
	name_installed(dirfd, installed, sizeof installed);
	return kf_fail(err, ENOENT,
		       "profile %s is not installed (installed: %s): put %s" KF_PROFILE_SUFFIX
		       " into the nono directory's profiles/",
		       profile, installed, profile);
}

int kf_nono_dir_profile_path(const char *nono_dir, const char *profile, char **ret)
{
	char file[KF_PROFILE_FILE_MAX];

	return kf_format(ret, "%s/%s", nono_dir, kf_profile_file(profile, file));
}

/* Writes the NAME of NAME.json into BUF; false for every other file. */
static bool profile_of_file(const char *file, char buf[static FILE_NAME_MAX])
{
	size_t length = strlen(file), suffix = strlen(KF_PROFILE_SUFFIX);

	if (length <= suffix || length >= FILE_NAME_MAX || strcmp(file + length - suffix, KF_PROFILE_SUFFIX) != 0)
		return false;
	(void)snprintf(buf, FILE_NAME_MAX, "%.*s", (int)(length - suffix), file);
	return kf_profile_name_valid(buf);
}

static int add_name(struct kf_list *names, const char *name, struct kf_error *err)
{
	if (names->count >= PROFILES_MAX)
		return kf_fail(err, E2BIG, "more than %d profiles are installed: remove some", PROFILES_MAX);
	return kf_list_add(names, name, strlen(name)) < 0 ? kf_oom(err) : 0;
}

int kf_nono_dir_list_profiles(int dirfd, struct kf_list *ret, struct kf_error *err)
{
	struct kf_list names = { 0 };
	int r = check_profiles(dirfd, err);

	if (r < 0)
		return r;

	cleanup_close int fd = openat(dirfd, KF_PROFILES_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open the nono directory's profiles/");

	cleanup_dir DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	char name[FILE_NAME_MAX];

	if (!dir)
		return kf_fail_errno(err, errno, "cannot read the nono directory's profiles/");
	(void)kf_steal_fd(&fd);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (profile_of_file(entry->d_name, name))
			r = add_name(&names, name, err);
	if (r == 0 && errno)
		r = kf_fail_errno(err, errno, "cannot read the nono directory's profiles/");
	if (r < 0) {
		kf_list_clear(&names);
		return r;
	}
	kf_list_sort(&names);
	*ret = names;
	return 0;
}

/* Reads a whole profile. */
static int read_profile(int dirfd, const char *subdir, const char *profile, char **ret, size_t *ret_length,
			struct kf_error *err)
{
	cleanup_close int dir = kf_openat2(dirfd, subdir, O_PATH | O_DIRECTORY, KF_LOOKUP_TRUSTED);
	cleanup_close int fd = -1;
	char name[FILE_NAME_MAX], label[16 + FILE_NAME_MAX];

	(void)snprintf(name, sizeof name, "%s" KF_PROFILE_SUFFIX, profile);
	(void)snprintf(label, sizeof label, "%s/%s", subdir, name);
	if (dir < 0)
		return kf_fail_errno(err, -dir, "cannot open %s/", subdir);

	int r = kf_open_trusted_file(dir, name, 0, label, &fd, err);

	return r < 0 ? r : kf_read_all(fd, label, PROFILE_BYTES_MAX, ret, ret_length, err);
}

int kf_nono_dir_profile_origin(int dirfd, const char *profile, enum kf_profile_origin *ret, struct kf_error *err)
{
	cleanup_free char *installed = NULL, *shipped = NULL;
	size_t installed_length = 0, shipped_length = 0;
	int r = read_profile(dirfd, KF_PROFILES_DIR, profile, &installed, &installed_length, err);
	struct kf_error problem;

	if (r < 0)
		return r;
	r = read_profile(dirfd, "shipped", profile, &shipped, &shipped_length, &problem);
	if (r == -ENOENT) {
		*ret = KF_PROFILE_OWN;
		return 0;
	}
	if (r < 0)
		return kf_fail_as(err, &problem);
	*ret = installed && shipped && installed_length == shipped_length &&
			       memcmp(installed, shipped, shipped_length) == 0
		       ? KF_PROFILE_SHIPPED
		       : KF_PROFILE_OVERRIDDEN;
	return 0;
}
