/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/runtime-place.h"

#include "base/nono.h"
#include "base/path.h"

bool kf_place_is_of_runtime(const char *path)
{
	return kf_path_within(path, "/dev") || kf_path_within(path, "/proc") || kf_path_within(path, "/sys");
}

bool kf_place_is_reserved(const char *path)
{
	return kf_place_is_of_runtime(path) || kf_path_within(path, KF_NONO_DIR);
}

bool kf_place_is_of_start(const char *path)
{
	return kf_place_is_reserved(path) || kf_path_within(path, "/run");
}
