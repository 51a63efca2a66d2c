/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_USER_NAMESPACE_H
#define KF_BASE_USER_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Is TEXT, as in /proc/PID/uid_map (user_namespaces(7)), a map without the host's root? *RET_UID is then the uid that
 * its uid 0 has outside. False for malformed text and for a map without a uid 0.
 */
bool kf_uid_map_is_rootless(const char *text, uid_t *ret_uid);

/*
 * Do we run in a user namespace that does not map the host's root, as under rootless Podman? *RET_UID is then the uid
 * that uid 0 has on the host. /proc/self/uid_map decides, read once at the first call; if it cannot be read, the answer
 * is no, and fewer files are trusted. In a namespace in a namespace, "the host" is the outer one.
 */
bool kf_is_rootless(uid_t *ret_uid);

#endif
