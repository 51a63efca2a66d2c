/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_PATH_H
#define KF_BASE_PATH_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

struct kf_error;

/* Is the absolute PATH the directory DIR or below it, by spelling alone? Slashes at the end of DIR do not count. */
bool kf_path_within(const char *path, const char *dir);

/*
 * Is PATH absolute, normalized (kf_path_normalize()), below "/", UTF-8 without control characters, and without a
 * character that nono expands ("$", and those of patterns)?
 */
bool kf_path_literal(const char *path);

/* Is a component of PATH after its first slash empty, "." or ".."? A slash at the end makes an empty one. */
bool kf_path_has_dots(const char *path);

/* Is a component of PATH ".."? */
bool kf_path_goes_up(const char *path);

/*
 * Writes PATH to RET as a runtime reads a destination: absolute from the root, without ".", ".." and "//" and without a
 * slash at the end. Only text is looked at, no symlink. RET has room for strlen(PATH) + 2 bytes.
 */
void kf_path_normalize(const char *path, char *ret);

/* The directory part of the absolute PATH. *RET is the caller's to free. 0 or -ENOMEM. */
int kf_parent_dir(const char *path, char **ret, struct kf_error *err);

/* Room for a path that kf_fd_path() writes, the closing NUL included. */
#define KF_FD_PATH_MAX (sizeof "/proc/self/fd/" + 3 * sizeof(int))

/* The path by which this process can open the file on its descriptor FD again (proc_pid_fd(5)). Returns BUF. */
const char *kf_fd_path(int fd, char buf[static KF_FD_PATH_MAX]);

/*
 * readlinkat(2) without a length to guess: the target of the symbolic link DIRFD/PATH, which may be one of proc(5), or
 * of the one on DIRFD itself if PATH is "". *RET is the caller's to free. 0, -ENOMEM or an error of readlinkat(2).
 */
int kf_read_link_at(int dirfd, const char *path, char **ret);

/* The same for the symbolic link PATH. */
static inline int kf_read_link(const char *path, char **ret)
{
	return kf_read_link_at(AT_FDCWD, path, ret);
}

/* Do two results of stat(2) describe the same file? */
static inline bool kf_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The identity of a file as long as it exists, the same in every process. Zeroed: no file, or an unknown one. */
struct kf_file_id {
	dev_t device;
	ino_t inode;
};

static inline struct kf_file_id kf_file_id(const struct stat *st)
{
	return (struct kf_file_id){ .device = st->st_dev, .inode = st->st_ino };
}

/* Is ID known? No file system numbers a file 0. */
static inline bool kf_file_id_known(const struct kf_file_id *id)
{
	return id->inode != 0;
}

/* Does ST describe the file ID? Never if ID is not known. */
static inline bool kf_is_file(const struct kf_file_id *id, const struct stat *st)
{
	return kf_file_id_known(id) && st->st_dev == id->device && st->st_ino == id->inode;
}

#endif
