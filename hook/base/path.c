/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <string.h>

bool kf_path_within(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	if (dir[0] != '/' || path[0] != '/')
		return false;
	while (length > 0 && dir[length - 1] == '/')
		length--;
	return strncmp(path, dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
}
