/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONFIG_FILES_H
#define KF_POLICY_CONFIG_FILES_H

#include "base/list.h"

struct kf_error;

/*
 * Lists the files to read, in order: the main file first, then the drop-ins sorted by their base names. A drop-in
 * in /etc masks one of the same name in the vendor's directory. PATH as in kf_config_load(). -ENOENT when there is
 * no file at all. The list is the caller's to clear, also after a failure.
 */
int kf_config_files(const char *path, struct kf_list *ret, struct kf_error *err);

/*
 * Reads one configuration file. It must be a regular file that only root can write; the null device (the way to
 * mask a file) reads as empty. *RET is NUL-terminated and the caller's to free.
 */
int kf_config_read_file(const char *path, char **ret, struct kf_error *err);

#endif
