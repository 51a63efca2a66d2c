/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_POLICY_FILE_H
#define KF_OCI_POLICY_FILE_H

#include <stddef.h>

#include "base/path.h"

struct kf_error;

/*
 * The policy of a container whose /nono the runtime mounts (delivery = mount, Kata): the file kubefence-policy.json in
 * its bundle, which is the engine's directory and goes with the container. The runtime mounts it over the profile's
 * file.
 */

/* Its absolute path in BUNDLE. *RET is the caller's to free. 0, -ENOMEM or an error of realpath(3). */
int kf_policy_file_path(const char *bundle, char **ret, struct kf_error *err);

/* Writes it: LENGTH bytes at TEXT, root's, readable by every user. As kf_replace_file_at() (base/file.h). */
int kf_policy_file_write(const char *bundle, const char *text, size_t length, struct kf_error *err);

/*
 * Identifies the file: *RET is zeroed if the bundle has none. TEXT not NULL: it has to hold exactly these LENGTH bytes,
 * -EPERM if not. It has to be root's, and writable by root alone: -EPERM.
 */
int kf_policy_file_find(const char *bundle, const char *text, size_t length, struct kf_file_id *ret,
			struct kf_error *err);

/* Removes it, if it is there: the bundle of a container that has ended may stay. */
void kf_policy_file_remove(const char *bundle);

#endif
