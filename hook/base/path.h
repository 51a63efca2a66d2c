/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_PATH_H
#define KF_BASE_PATH_H

#include <stdbool.h>

/* Is the absolute PATH the directory DIR, or below it, as they are spelt? Slashes at the end of DIR do not count. */
bool kf_path_within(const char *path, const char *dir);

#endif
