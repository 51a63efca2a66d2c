/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/masked-paths.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

int kf_masked_paths_add(struct json_object *spec, const struct kf_access_list *hidden, bool *changed,
			struct kf_error *err)
{
	struct json_object *linux_part, *masked;

	if (hidden->count == 0)
		return 0;
	linux_part = kf_json_ensure(spec, "linux", json_type_object);
	masked = linux_part ? kf_json_ensure(linux_part, "maskedPaths", json_type_array) : NULL;
	if (!masked)
		return kf_fail(err, EINVAL, "linux.maskedPaths is not an array");
	for (size_t i = 0; i < hidden->count; i++) {
		if (kf_json_has_string(masked, hidden->items[i].path))
			continue;
		if (kf_json_append_string(masked, hidden->items[i].path) < 0)
			return kf_oom(err);
		*changed = true;
	}
	return 0;
}
