/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_OWNER_H
#define KF_BASE_OWNER_H

#include <sys/stat.h>

struct kf_error;

/*
 * Who owns the files of the node: its configuration, the nono directory, and the directories above them?
 *
 * Files of uid 0 are root's, and in the initial user namespace no other files are. Rootless Podman runs us as uid 0 of
 * a user namespace (user_namespaces(7)) in which the host's root has no uid: uid 0 there is the user who owns the
 * containers, and files of the host's root show the overflow uid (65534 in /proc/sys/kernel/overflowuid). There, and
 * only there (base/user-namespace.h), the overflow uid counts as root too, unless the file is one of the namespace's
 * own.
 *
 * Threats to that rule:
 *  - A hostile image or container. Its processes write as uids that the namespace maps, and these show as themselves,
 *    with one exception: a namespace with 65535 uids has a 65534 of its own (the user `nobody` of an image). Whether
 *    the kernel gives us, with CAP_FOWNER, the owner's rights over the file tells the two apart: it does for mapped
 *    uids.
 *  - Files that a container writes as the user (its root is that user) count as the user's. They get to those places
 *    only if the user mounts the directory of a configuration or of nono into the container.
 *  - Another user of the host has no uid there either, and shows as the overflow uid like root: the kernel tells us no
 *    more. So the place has to vouch for the owner. A file counts as the host root's only if root alone can make
 *    entries in its directory and in every directory above (not even under a sticky bit: no /tmp/nono of another user).
 *    Directories that root itself gave to that user (/home/mallory) remain, if a configuration of root or of the user
 *    names one. kubefence check, run as root, refuses such a path.
 *  - The user needs no trick: the user can start containers without us.
 */

/*
 * Can only the node's root have written this file, by the rule above, is it not writable by group or others, and has it
 * no set-id bit (a directory may have one)? ST is the fstat(2) of FD (any descriptor, O_PATH too; we may read the
 * file); messages call it NAME. The caller vouches for the directories above it, with kf_open_trusted_dir() or
 * kf_check_way_root_owned(). -EPERM and a message with the remedy if not.
 */
int kf_check_root_owned(int fd, const struct stat *st, const char *name, struct kf_error *err);

/* Is this a file of our own (our effective uid; for root: root's), with a mode as above? */
int kf_check_own(const struct stat *st, const char *name, struct kf_error *err);

#endif
