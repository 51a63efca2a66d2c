/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_FILE_H
#define KF_BASE_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct kf_error;

/*
 * Reads FD to its end. NAME is what the error message calls it. More than MAX bytes are refused with -EFBIG, but
 * still read (up to a bound) so that a writer on a pipe does not get SIGPIPE. *RET is NUL-terminated and the
 * caller's to free; *RET_LENGTH does not count that NUL.
 */
int kf_read_all(int fd, const char *name, size_t max, char **ret, size_t *ret_length, struct kf_error *err);

/*
 * The same for a regular file, of which ST is an fstat(2): one read(2) where it has not grown since. A size of 0, as
 * files in /proc have it, says nothing.
 */
int kf_read_regular(int fd, const struct stat *st, const char *name, size_t max, char **ret, size_t *ret_length,
		    struct kf_error *err);

/*
 * Reads the file PATH as kf_read_all() does. It must be a regular one (symlinks are followed): nothing else is opened
 * in a way that could block or have an effect. -EINVAL if it is not, or an error of open(2); the message names PATH.
 */
int kf_read_file(const char *path, size_t max, char **ret, size_t *ret_length, struct kf_error *err);

/* Writes all LENGTH bytes to FD, through short writes and EINTR. Returns 0 or -errno. */
int kf_write_all(int fd, const void *data, size_t length);

/*
 * Waits for FD's exclusive lock (flock(2)), which is held until FD is closed. Returns 1 if DIRFD/NAME still is the file
 * on FD, 0 if another one has its name by now or none, or an error of flock(2) or fstat(2). *RET_ST is FD's fstat(2).
 */
int kf_lock_named_at(int dirfd, const char *name, int fd, struct stat *ret_st);

/*
 * Replaces DIRFD/NAME by a file with these LENGTH bytes, atomically: a temporary file in the same directory, owner
 * and permissions of LIKE, then rename(2). Either the old file or the new one is there at any time, and no
 * temporary file stays after a failure. Writers of one file take turns: the temporary file is always .NAME.kubefence,
 * and locked (flock(2)). What a writer that was killed left there is taken over by the next one. -EPERM if it cannot be
 * of one, because it is no regular file, has a second name, or belongs neither to us nor to the owner of LIKE;
 * -ENAMETOOLONG, or an error of open(2), write(2) or rename(2).
 */
int kf_replace_file_at(int dirfd, const char *name, const void *data, size_t length, const struct stat *like,
		       struct kf_error *err);

/*
 * Removes the temporary file of a writer of DIRFD/NAME that was killed. Only for a caller who knows that no other is at
 * work: this one does not wait for its lock. Returns 1 if there was one, 0 if not, or an error of unlink(2).
 */
int kf_remove_temporary_at(int dirfd, const char *name, struct kf_error *err);

/*
 * A private copy without a name: a sealed memfd_create(2) file with these LENGTH bytes and the owner and the read and
 * write permissions of LIKE, at its beginning. It is gone with its last descriptor, so nothing can be left behind.
 * *RET_FD is the caller's to close; it is kept across execve(2), and its number is high if the limits allow, out of the
 * way of what counts descriptors from 3 on. LABEL names it in messages and in /proc.
 */
int kf_sealed_copy(const char *label, const void *data, size_t length, const struct stat *like, int *ret_fd,
		   struct kf_error *err);

/* The directory part of the absolute PATH. *RET is the caller's to free. 0 or -ENOMEM. */
int kf_parent_dir(const char *path, char **ret, struct kf_error *err);

#endif
