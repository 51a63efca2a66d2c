/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json-lexer.h"

/* The kernel's own links are never longer than a page. */
enum { FIRST_LINK = 256, LINK_MAX_BYTES = 64 * 1024 };

bool kf_path_within(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	if (dir[0] != '/' || path[0] != '/')
		return false;
	while (length > 0 && dir[length - 1] == '/')
		length--;
	return strncmp(path, dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool kf_path_has_dots(const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = strcspn(slash + 1, "/");

		if (length == 0 || (length <= 2 && strspn(slash + 1, ".") >= length))
			return true;
	}
	return false;
}

bool kf_path_literal(const char *path)
{
	size_t left = strlen(path), bytes;
	uint32_t character;

	if (path[0] != '/' || left >= PATH_MAX || kf_path_has_dots(path) || strpbrk(path, "$*?[]{}\\"))
		return false;
	for (; left > 0; path += bytes, left -= bytes) {
		bytes = kf_json_character(path, left, &character);
		if (bytes == 0 || character < ' ' || (character >= 0x7f && character < 0xa0))
			return false;
	}
	return true;
}

bool kf_path_goes_up(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at++)
		if ((at == path || at[-1] == '/') && (at[2] == '/' || !at[2]))
			return true;
	return false;
}

/* Drops the last component of the first LENGTH bytes at PATH. */
static size_t parent_length(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

void kf_path_normalize(const char *path, char *ret)
{
	size_t used = 0;

	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 2 && strncmp(path, "..", 2) == 0) {
			used = parent_length(ret, used);
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			ret[used++] = '/';
			memcpy(ret + used, path, length);
			used += length;
		}
		path += length;
	}
	if (used == 0)
		ret[used++] = '/';
	ret[used] = '\0';
}

int kf_parent_dir(const char *path, char **ret, struct kf_error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = strndup(path, slash > path ? (size_t)(slash - path) : 1);

	if (!dir)
		return kf_oom(err);
	*ret = dir;
	return 0;
}

const char *kf_fd_path(int fd, char buf[static KF_FD_PATH_MAX])
{
	(void)snprintf(buf, KF_FD_PATH_MAX, "/proc/self/fd/%d", fd);
	return buf;
}

int kf_read_link_at(int dirfd, const char *path, char **ret)
{
	for (size_t size = FIRST_LINK; size <= LINK_MAX_BYTES; size *= 2) {
		cleanup_free char *target = malloc(size);
		ssize_t length = target ? readlinkat(dirfd, path, target, size) : -1;

		if (!target)
			return -ENOMEM;
		if (length < 0)
			return -errno;
		if ((size_t)length == size)
			continue;
		target[length] = '\0';
		*ret = kf_steal_string(&target);
		return 0;
	}
	return -ENAMETOOLONG;
}
