/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_IMAGE_H
#define KF_NODE_IMAGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "policy/access.h"

struct kf_error;

/* The root file system of a container, as the engine prepared it for the runtime. Its contents are hostile. */
struct kf_image {
	int fd; /* O_PATH; negative: it cannot be seen from here (Kata) */
};

#define KF_IMAGE_UNSEEN ((struct kf_image){ .fd = -1 })

/* Opens the directory ROOTFS. 0 or an error of open(2); *RET is the caller's to clean up. */
int kf_image_open(const char *rootfs, struct kf_image *ret, struct kf_error *err);

static inline void kf_image_done(struct kf_image *image)
{
	kf_close_fd(&image->fd);
}

#define cleanup_image KF_CLEANUP(kf_image_done)

/*
 * Resolves PATH (absolute, normalized) as a process whose root is the image would, symlinks included, but by reading
 * each of them here: no file outside of the image is looked at. A part that is not in the image stays as it is. MOUNTS
 * are the destinations of mounts: the part below one of them is not the image's, and stays as it is, too. *RET is the
 * caller's to free. -ELOOP for more than 40 symlinks, -ENAMETOOLONG, -ENOMEM, or an error of openat2(2).
 */
int kf_image_resolve(const struct kf_image *image, const struct kf_access_list *mounts, const char *path, char **ret);

/*
 * Is PATH (absolute, and without symlinks, as kf_image_resolve() returns it) a directory or a file of the image?
 * Returns 1, and *RET_DIRECTORY, or 0. Files that are neither (sockets, fifos, devices) count as files.
 */
int kf_image_find(const struct kf_image *image, const char *path, bool *ret_directory);

/* The user of a process (runtime-spec config.md, "POSIX-platform User"), to tell which files it can reach. */
struct kf_image_user {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	bool all; /* it has a capability that overrides permissions, or its ids are not those of the image */
};

/* May USER search every directory of the image that leads to PATH, as far as the modes say? No without memory. */
bool kf_image_reaches(const struct kf_image *image, const struct kf_image_user *user, const char *path);

/* The most entries of the top directory that a policy can name. */
enum { KF_IMAGE_TOP_MAX = 256 };

/*
 * Adds every directory and every file at the top of the image to LIST, with RIGHTS; no symlink, and nothing of another
 * kind. A name that nono would not take literally is left out, and so are /dev, /nono, /proc, /run and /sys. -E2BIG for
 * more than KF_IMAGE_TOP_MAX entries of any kind, with a message; an error of getdents64(2).
 */
int kf_image_top(const struct kf_image *image, unsigned int rights, struct kf_access_list *list, struct kf_error *err);

/* The most homes in /home that are looked at. */
enum { KF_IMAGE_HOMES_MAX = 16 };

/* Adds the paths of the entries of the image's /home to RET, at most KF_IMAGE_HOMES_MAX. 0 or -ENOMEM. */
int kf_image_homes(const struct kf_image *image, struct kf_list *ret);

/*
 * The home of UID in the image's /etc/passwd, as runtimes read it (passwd(5), the first line with that uid): a regular
 * file of at most 1 MiB through no symlink. *RET is the caller's to free. -ENOENT: there is no such line. -ENOMEM.
 */
int kf_image_home(const struct kf_image *image, uid_t uid, char **ret);

/* Does the image's PATH, of the format of shadow(5) or gshadow(5), hold a password's hash? Also where it cannot be
 * read.
 */
bool kf_image_has_hash(const struct kf_image *image, const char *path);

#endif
