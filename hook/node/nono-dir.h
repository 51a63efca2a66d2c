/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_NONO_DIR_H
#define KF_NODE_NONO_DIR_H

#include <stdbool.h>

struct kf_error;

/*
 * Opens the node's nono directory, the one that NONO_BIN_PATH (absolute) lies in, and checks all that a container
 * will run from it: no symlink in its path, root-owned, writable by no one else, open to every user; the binary a
 * regular, executable file and, unless ALLOW_DYNAMIC, one that needs no dynamic loader; the launcher, if there is one,
 * a static one; no other file there that anybody but root can have written. *RET_FD is an O_PATH descriptor, the
 * caller's to close. -EPERM, -ENOENT, -ENOEXEC and others, with the remedy in the message.
 */
int kf_nono_dir_open(const char *nono_bin_path, bool allow_dynamic, int *ret_fd, struct kf_error *err);

/*
 * Checks that DIRFD/profiles/PROFILE.json (PROFILE a valid name) is a regular file that only root can have written
 * and that every user can read. -ENOENT if it is not installed.
 */
int kf_nono_dir_check_profile(int dirfd, const char *profile, struct kf_error *err);

#endif
