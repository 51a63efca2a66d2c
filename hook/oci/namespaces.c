/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/namespaces.h"

#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/json.h"
#include "base/path.h"

/* The file of /proc/PID/ns that the specification's TYPE is about. */
static const char *file_of(const char *type)
{
	if (strcmp(type, "network") == 0)
		return "net";
	return strcmp(type, "mount") == 0 ? "mnt" : type;
}

static enum kf_namespace_kind kind_of(const char *path, const char *type)
{
	cleanup_free char *ours = NULL;
	struct stat theirs_st, ours_st;

	if (!path || !path[0])
		return KF_NAMESPACE_OWN;
	if (kf_format(&ours, "/proc/self/ns/%s", file_of(type)) < 0 || stat(ours, &ours_st) < 0 ||
	    stat(path, &theirs_st) < 0)
		return KF_NAMESPACE_UNKNOWN;
	return kf_same_file(&theirs_st, &ours_st) ? KF_NAMESPACE_OF_HOST : KF_NAMESPACE_OWN;
}

enum kf_namespace_kind kf_namespace_tell(struct json_object *spec, const char *type)
{
	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	struct json_object *list = kf_json_member(linux_part, "namespaces", json_type_array);
	enum kf_namespace_kind kind = KF_NAMESPACE_OF_HOST;
	size_t found = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *name = kf_json_string(entry, "type");

		if (!name || strcmp(name, type) != 0)
			continue;
		if (++found > 1)
			return KF_NAMESPACE_UNKNOWN;
		kind = kind_of(kf_json_string(entry, "path"), type);
	}
	return kind;
}
