/* SPDX-License-Identifier: Apache-2.0 */
#include "base/user-namespace.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

/* The kernel allows 340 lines of three numbers, each ten columns wide. */
enum { UID_MAP_MAX = 340 * 33 };

bool kf_uid_map_is_rootless(const char *text, uid_t *ret_uid)
{
	uint32_t inside, outside, count;
	bool found = false;
	uid_t uid = 0;
	int length;

	for (; *text; text += length) {
		if (sscanf(text, "%" SCNu32 " %" SCNu32 " %" SCNu32 "%n", &inside, &outside, &count, &length) != 3 ||
		    text[length] != '\n' || outside == 0)
			return false;
		length++;
		if (inside == 0) {
			uid = outside;
			found = true;
		}
	}
	if (found)
		*ret_uid = uid;
	return found;
}

static bool own_map_is_rootless(uid_t *ret_uid)
{
	cleanup_close int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	struct kf_error unused;
	size_t length;

	return fd >= 0 && kf_read_all(fd, "uid_map", UID_MAP_MAX, &text, &length, &unused) == 0 &&
	       kf_uid_map_is_rootless(text, ret_uid);
}

bool kf_is_rootless(uid_t *ret_uid)
{
	static enum { UNKNOWN, NO, YES } known = UNKNOWN;
	static uid_t uid;

	if (known == UNKNOWN)
		known = own_map_is_rootless(&uid) ? YES : NO;
	if (known == YES)
		*ret_uid = uid;
	return known == YES;
}
