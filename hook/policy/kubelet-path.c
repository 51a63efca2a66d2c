/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kubelet-path.h"

#include <stdbool.h>
#include <string.h>

/* Takes the next component of *PATH into RET. False at the end, and for a component that no file can have. */
static bool next(const char **path, char ret[static NAME_MAX + 1])
{
	const char *start = *path + (**path == '/');
	size_t length = strcspn(start, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(ret, start, length);
	ret[length] = '\0';
	*path = start + length;
	return true;
}

static bool uid_valid(const char *uid)
{
	return uid && uid[0] && !strchr(uid, '/') && strcmp(uid, ".") != 0 && strcmp(uid, "..") != 0;
}

/* The text after ".../pods/UID" in PATH, or NULL. */
static const char *after_uid(const char *path, const char *uid)
{
	static const char pods[] = "/pods/";
	size_t length = strlen(uid);

	for (const char *at = path; (at = strstr(at, pods)); at++) {
		const char *candidate = at + sizeof pods - 1, *end = candidate + length;

		if (strncmp(candidate, uid, length) == 0 && (*end == '/' || *end == '\0'))
			return end;
	}
	return NULL;
}

/* PLUGIN/NAME, and for CSI "mount". */
static enum kf_kubelet_form parse_volume(const char *rest, struct kf_kubelet_path *path)
{
	if (!next(&rest, path->plugin) || !next(&rest, path->name))
		return KF_KUBELET_OTHER;
	return strcmp(rest, strcmp(path->plugin, KF_KUBELET_CSI) == 0 ? "/mount" : "") == 0 ? KF_KUBELET_VOLUME
											    : KF_KUBELET_OTHER;
}

static enum kf_kubelet_form parse_rest(const char *rest, struct kf_kubelet_path *path)
{
	char kind[NAME_MAX + 1], unused[NAME_MAX + 1];

	if (!next(&rest, kind))
		return KF_KUBELET_OTHER;
	if (strcmp(kind, "volumes") == 0)
		return parse_volume(rest, path);
	if (strcmp(kind, "volume-subpaths") == 0 && next(&rest, path->name) && next(&rest, unused) &&
	    next(&rest, unused) && !*rest)
		return KF_KUBELET_SUB_PATH;
	if (strcmp(kind, "containers") == 0 && next(&rest, unused) && next(&rest, unused) && !*rest)
		return KF_KUBELET_CONTAINER;
	return strcmp(kind, "etc-hosts") == 0 && !*rest ? KF_KUBELET_HOSTS : KF_KUBELET_OTHER;
}

/* Does REST, after .../pods/ANY, lead to volumes? People have directories of these names, too, but not PLUGIN~NAME. */
static bool leads_to_volumes(const char *rest)
{
	char kind[NAME_MAX + 1], plugin[NAME_MAX + 1];

	if (!next(&rest, kind))
		return false;
	if (strcmp(kind, "volumes") == 0)
		return next(&rest, plugin) && strchr(plugin, '~');
	return strcmp(kind, "volume-subpaths") == 0 || strcmp(kind, "volumeDevices") == 0;
}

static bool is_foreign(const char *path)
{
	char uid[NAME_MAX + 1];

	while ((path = strstr(path, "/pods/"))) {
		const char *rest = path + strlen("/pods");

		path = rest;
		if (next(&rest, uid) && leads_to_volumes(rest))
			return true;
	}
	return false;
}

struct kf_kubelet_path kf_kubelet_path_parse(const char *path, const char *uid)
{
	struct kf_kubelet_path found = { .form = KF_KUBELET_NONE };
	const char *rest = uid_valid(uid) ? after_uid(path, uid) : NULL;

	if (rest) {
		found.pod_length = (size_t)(rest - path);
		found.form = parse_rest(rest, &found);
	} else if (is_foreign(path)) {
		found.form = KF_KUBELET_FOREIGN;
	}
	return found;
}
