/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/memory.h"

#include <inttypes.h>

#include "base/format.h"
#include "base/json.h"

enum { KIB = 1024, MIB = 1024 * KIB };

char *kf_memory_warning(struct json_object *spec)
{
	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	struct json_object *resources = kf_json_member(linux_part, "resources", json_type_object);
	struct json_object *memory = kf_json_member(resources, "memory", json_type_object);
	struct json_object *value = kf_json_member(memory, "limit", json_type_int);
	int64_t limit = value ? json_object_get_int64(value) : 0;
	char *warning = NULL;

	/* 0 and negative numbers mean no limit. */
	if (limit > 0 && limit < (int64_t)KF_MEMORY_SMALLEST_MIB * MIB)
		(void)kf_format(&warning,
				"linux.resources.memory.limit is %" PRId64
				" KiB, and nono may be killed at a start or an "
				"exec: set a limit of %d MiB or more",
				limit / KIB, KF_MEMORY_SMALLEST_MIB);
	return warning;
}
