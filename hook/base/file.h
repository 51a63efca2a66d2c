/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_FILE_H
#define KF_BASE_FILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct kf_error;

/*
 * Reads FD to its end. Error messages call it NAME. More than MAX bytes are refused with -EFBIG, but still read (up to
 * a bound), so that a writer on a pipe does not get SIGPIPE. *RET is NUL-terminated and the caller's to free;
 * *RET_LENGTH does not count that NUL.
 */
int kf_read_all(int fd, const char *name, size_t max, char **ret, size_t *ret_length, struct kf_error *err);

/* Sees LENGTH bytes that are read and not kept. */
typedef void (*kf_watch)(void *data, const char *bytes, size_t length);

/*
 * The same; a text larger than MAX is read to its end, however long it is, and shown to WATCH (with DATA) piece by
 * piece from its beginning. WATCH is not called for a text of up to MAX bytes.
 */
int kf_read_all_watched(int fd, const char *name, size_t max, kf_watch watch, void *data, char **ret,
			size_t *ret_length, struct kf_error *err);

/*
 * The same for a regular file, whose fstat(2) is ST: one read(2) if the file has not grown since. A size of 0 is not
 * believed: files in /proc have it.
 */
int kf_read_regular(int fd, const struct stat *st, const char *name, size_t max, char **ret, size_t *ret_length,
		    struct kf_error *err);

/*
 * Reads the file PATH as kf_read_all() does. It must be a regular file (symlinks are followed); opening another kind of
 * file neither blocks nor has an effect. -EINVAL if it is not, or an error of open(2); the message names PATH.
 */
int kf_read_file(const char *path, size_t max, char **ret, size_t *ret_length, struct kf_error *err);

/* Writes all LENGTH bytes to FD, through short writes and EINTR. Returns 0 or -errno. */
int kf_write_all(int fd, const void *data, size_t length);

/*
 * Waits for FD's exclusive lock (flock(2)), which is held until FD is closed. Returns 1 if DIRFD/NAME still is the file
 * on FD, 0 if another file or none has that name by now, or an error of flock(2) or fstat(2). *RET_ST is FD's fstat(2).
 */
int kf_lock_named_at(int dirfd, const char *name, int fd, struct stat *ret_st);

/*
 * Replaces DIRFD/NAME by a file with these LENGTH bytes, atomically: a temporary file in the same directory, owner
 * and permissions of LIKE, then rename(2). Either the old file or the new one is there at any time, and no
 * temporary file stays after a failure. Writers of one file take turns: the temporary file is always .NAME.kubefence,
 * and locked (flock(2)). A killed writer leaves its temporary file, and the next writer uses it. -EPERM if no writer
 * can have made that file: it is not a regular file, has a second name, or belongs neither to us nor to the owner of
 * LIKE. -ENAMETOOLONG, or an error of open(2), write(2) or rename(2).
 */
int kf_replace_file_at(int dirfd, const char *name, const void *data, size_t length, const struct stat *like,
		       struct kf_error *err);

/*
 * Removes the temporary file that a killed writer of DIRFD/NAME left. The caller must know that no other writer is at
 * work: nothing waits for the lock of the file. Returns 1 if there was one, 0 if not, or an error of unlink(2).
 */
int kf_remove_temporary_at(int dirfd, const char *name, struct kf_error *err);

/*
 * Makes a private copy without a name: a sealed memfd_create(2) file with these LENGTH bytes and the owner and the read
 * and write permissions of LIKE, positioned at its beginning. It goes with its last descriptor, so no file is left in
 * any case. *RET_FD is the caller's to close; it is kept across execve(2), and its number is high if the limits allow,
 * because some programs count descriptors from 3 on. LABEL names it in messages and in /proc.
 */
int kf_sealed_copy(const char *label, const void *data, size_t length, const struct stat *like, int *ret_fd,
		   struct kf_error *err);

#endif
