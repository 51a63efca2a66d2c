/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_DIR_H
#define KF_NONO_DIR_H

#include <stdbool.h>

#include "base/list.h"

struct kf_error;

/*
 * Opens the node's nono directory, which holds NONO_BIN_PATH (absolute), and checks all that a container will run
 * from it: no symlink in its path, root-owned, writable by root alone, open to every user; the binary a
 * regular, executable file and, unless ALLOW_DYNAMIC, one that needs no dynamic loader; the launcher, if installed, a
 * static program; every other file there one that only root can have written. *RET_FD is an O_PATH descriptor, the
 * caller's to close. -EPERM, -ENOENT, -ENOEXEC and others, with the remedy in the message.
 */
int kf_nono_dir_open(const char *nono_bin_path, bool allow_dynamic, int *ret_fd, struct kf_error *err);

/*
 * Is the mount of the nono directory DIRFD (PATH, for the message) read-only, so that no process can write even through
 * a copy of that mount? -EPERM and the remedy if not. Kata's programs that export the directory to a virtual machine
 * make their own copy read-only too late or not at all.
 */
int kf_nono_dir_check_read_only(int dirfd, const char *path, struct kf_error *err);

/*
 * Opens DIRFD/profiles/PROFILE.json (PROFILE a valid name) for reading: a regular file that only root can have written
 * and that every user can read. *RET_FD is the caller's to close. -ENOENT, with the names of the installed profiles, if
 * there is no such file.
 */
int kf_nono_dir_open_profile(int dirfd, const char *profile, int *ret_fd, struct kf_error *err);

/* The path of the profile PROFILE in NONO_DIR (absolute). *RET is the caller's to free. 0 or -ENOMEM. */
int kf_nono_dir_profile_path(const char *nono_dir, const char *profile, char **ret);

/*
 * Lists the names of the profiles in DIRFD/profiles, sorted; files that no pod could name are left out. *RET is the
 * caller's to clear. -E2BIG for more than 1024.
 */
int kf_nono_dir_list_profiles(int dirfd, struct kf_list *ret, struct kf_error *err);

/* The origin of a profile: the installer keeps a pristine copy of its files in the directory shipped/. */
enum kf_profile_origin {
	KF_PROFILE_OWN,        /* the operator of this node wrote it */
	KF_PROFILE_SHIPPED,    /* as it was installed */
	KF_PROFILE_OVERRIDDEN, /* shipped, but the operator's version is in force */
};

/* Compares DIRFD/profiles/PROFILE.json with DIRFD/shipped/PROFILE.json. *RET is set unless a file cannot be read. */
int kf_nono_dir_profile_origin(int dirfd, const char *profile, enum kf_profile_origin *ret, struct kf_error *err);

#endif
