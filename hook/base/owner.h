/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_OWNER_H
#define KF_BASE_OWNER_H

#include <sys/stat.h>

struct kf_error;

/*
 * Whose are the things of the node: its configuration, the nono directory, and the way to them?
 *
 * Owned by uid 0 they are root's, and in the initial user namespace by nobody else. Rootless Podman runs us as uid 0 of
 * a user namespace (user_namespaces(7)) in which the host's root has no uid: uid 0 there is the user himself, whose
 * containers these are, and whatever belongs to the host's root shows the overflow uid (65534 in
 * /proc/sys/kernel/overflowuid). There, and only there (base/user-namespace.h), the overflow uid counts as root too,
 * unless the file is one of the namespace's own.
 *
 * What others could make of that:
 *  - A hostile image or container. Its processes write as uids that the namespace maps, and these show as themselves,
 *    with one exception: a namespace with 65535 uids has a 65534 of its own (the "nobody" of an image). Whether the
 *    kernel gives us, with CAP_FOWNER, the owner's rights over the file tells the two apart: it does for mapped uids.
 *  - What a container writes as the user himself (its root is that user) counts as his. It gets there only where he
 *    mounts the directory of a configuration or of nono into the container, and his ~/.config/containers with it.
 *  - Another user of the host has no uid there either, and shows as the overflow uid like root: the kernel tells us no
 *    more. So the place has to vouch for the owner. A file counts as the host root's only if nobody else can make
 *    entries in its directory, nor in any directory above (not even under a sticky bit: no /tmp/nono of somebody else).
 *    What is left are directories that root itself gave to that user (/home/mallory), named in a configuration that
 *    root or the user wrote. kubefence check, run as root, refuses such a path.
 *  - The user himself needs no trick: he can start his containers without us.
 */

/*
 * Is this a file that only the node's root can have written, as said above, and not writable by group or others? ST is
 * of FD (any descriptor, O_PATH too; open to reading by us); NAME is what the message calls it. The caller vouches for
 * the way to it: with kf_open_trusted_dir(), or with kf_check_way_root_owned(). -EPERM and a message with the remedy if
 * not.
 */
int kf_check_root_owned(int fd, const struct stat *st, const char *name, struct kf_error *err);

/* Is this a file of our own (our effective uid; for root: root's), not writable by group or others? As above. */
int kf_check_own(const struct stat *st, const char *name, struct kf_error *err);

/*
 * For a file on FD whose path was not walked: where uid 0 of ST is proof enough of its owner, nothing is asked. Where
 * the overflow uid stands for the host's root, every directory that leads to it must be trusted
 * (kf_open_trusted_dir()).
 */
int kf_check_way_root_owned(int fd, const struct stat *st, const char *name, struct kf_error *err);

#endif
