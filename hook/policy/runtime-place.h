/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_RUNTIME_PLACE_H
#define KF_POLICY_RUNTIME_PLACE_H

#include <stdbool.h>

/*
 * The places of a container that are not the image's. PATH is absolute, without ".", ".." and "//", without a slash at
 * the end; only text is compared. Each question includes the ones before it.
 */

/* Is PATH in /dev, /proc or /sys (or one of them), whose files the runtime makes? */
bool kf_place_is_of_runtime(const char *path);

/* Or in /nono, where no file of the image or of a pod counts? */
bool kf_place_is_reserved(const char *path);

/* Or in /run, which is empty when a system starts? */
bool kf_place_is_of_start(const char *path);

#endif
