/* SPDX-License-Identifier: Apache-2.0 */
#include "node/nono-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lookup.h"
#include "base/nono.h"
#include "node/elf.h"

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

/* A container's user reaches what is in a directory only through the directory's own permissions. */
static int check_open_to_all(const struct stat *st, const char *label, struct kf_error *err)
{
	if ((st->st_mode & 0555) == 0555)
		return 0;
	return kf_fail(err, EACCES, "%s has mode %04o, closed to a container's user: chmod it to 0755", label,
		       (unsigned int)(st->st_mode & 07777));
}

/* It need not be there: programs are then found where the image has them. */
static int check_launcher(int nono_dir, struct kf_error *err)
{
	static const char label[] = "the nono directory's " KF_LAUNCHER;
	cleanup_close int dir = kf_openat2(nono_dir, KF_LAUNCHER_DIR, O_PATH | O_DIRECTORY, KF_LOOKUP_TRUSTED);
	struct stat st;

	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return kf_fail_errno(err, -dir, "cannot open the nono directory's " KF_LAUNCHER_DIR "/");
	if (fstat(dir, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat " KF_LAUNCHER_DIR "/");

	int r = kf_check_root_owned(&st, "the nono directory's " KF_LAUNCHER_DIR "/", err);

	if (r == 0)
		r = check_program(dir, strrchr(KF_LAUNCHER, '/') + 1, label, err);
	if (r > 0)
		return kf_fail(err, ENOEXEC,
			       "%s needs a loader from the image: install a static one (scripts/install-launcher.sh)",
			       label);
	return r == -ENOENT ? 0 : r;
}

/* PATH leads a container's programs here before anywhere else. */
static int check_entries(int nono_dir, struct kf_error *err)
{
	cleanup_close int fd = openat(nono_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		return kf_fail_errno(err, errno, "cannot read the nono directory");
	(void)kf_steal_fd(&fd); /* it is the stream's now */
	while ((errno = 0, entry = readdir(dir))) {
		char quoted[KF_QUOTED_MAX], label[sizeof quoted + 32];
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			continue;
		(void)snprintf(label, sizeof label, "the nono directory's %s", kf_quote(quoted, entry->d_name));

		int r = kf_check_root_owned(&st, label, err);

		if (r < 0)
			return r;
	}
	return errno ? kf_fail_errno(err, errno, "cannot read the nono directory") : 0;
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

int kf_nono_dir_check_profile(int dirfd, const char *profile, struct kf_error *err)
{
	cleanup_close int profiles = kf_openat2(dirfd, "profiles", O_PATH | O_DIRECTORY, KF_LOOKUP_TRUSTED);
	cleanup_close int fd = -1;
	char name[sizeof ".json" + 64], label[sizeof "profile .json" + 64];
	struct stat st;

	if (profiles < 0)
		return kf_fail_errno(err, -profiles, "cannot open the nono directory's profiles/");
	if (fstat(profiles, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat profiles/");

	int r = kf_check_root_owned(&st, "the nono directory's profiles/", err);

	if (r == 0)
		r = check_open_to_all(&st, "the nono directory's profiles/", err);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof name, "%s.json", profile);
	(void)snprintf(label, sizeof label, "profile %s", name);
	r = kf_open_trusted_file(profiles, name, 0444, label, &fd, err);
	if (r == -ENOENT)
		return kf_fail(err, ENOENT,
			       "profile %s is not installed: put %s.json into the nono directory's profiles/", profile,
			       profile);
	return r;
}
