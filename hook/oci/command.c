/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/command.h"

#include <errno.h>
#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/format.h"
#include "base/json.h"
#include "base/nono.h"
#include "base/path.h"
#include "policy/runtime-place.h"

/* A look for one command. */
struct search {
	const struct kf_facts *facts;
	struct kf_access_list mounts;
	const char *command;
};

static bool is_below_mount(const struct search *search, const char *path)
{
	for (size_t i = 0; i < search->mounts.count; i++)
		if (kf_path_within(path, search->mounts.items[i].path))
			return true;
	return false;
}

/* Returns 0 if there is certainly no such file, 1 if there can be one, or -ENOMEM. */
static int can_be_at(const struct search *search, const char *path)
{
	cleanup_free char *place = NULL;
	bool directory;
	int r;

	if (path[0] != '/' || kf_path_within(path, KF_NONO_DIR))
		return 1;
	r = kf_image_resolve(&search->facts->image, &search->mounts, path, &place);
	if (r < 0)
		return r == -ENOMEM ? r : 1;
	if (kf_place_is_of_runtime(place) || is_below_mount(search, place))
		return 1;
	return kf_image_find(&search->facts->image, place, &directory);
}

/* The LENGTH bytes at DIRECTORY are one element of PATH. An empty one is the working directory, and a relative
 * one depends on it. */
static int can_be_in(const struct search *search, const char *directory, size_t length)
{
	cleanup_free char *path = NULL;

	if (length == 0)
		return 1;
	if (length == strlen(KF_NONO_DIR) && strncmp(directory, KF_NONO_DIR, length) == 0)
		return 0;
	if (kf_format(&path, "%.*s/%s", (int)length, directory, search->command) < 0)
		return -ENOMEM;
	return can_be_at(search, path);
}

static int can_be_on(const struct search *search, const char *path)
{
	int r = 0;

	while (r == 0) {
		size_t length = strcspn(path, ":");

		r = can_be_in(search, path, length);
		if (!path[length])
			break;
		path += length + 1;
	}
	return r;
}

static int can_be_found(const struct search *search, struct json_object *process)
{
	size_t at = 0;
	const char *path = kf_env_next(process, "PATH", &at);
	int r = 0;

	if (strchr(search->command, '/'))
		return can_be_at(search, search->command);
	if (!path)
		return can_be_on(search, KF_DEFAULT_PATH);
	for (; r == 0 && path; path = kf_env_next(process, "PATH", &at))
		r = can_be_on(search, path);
	return r;
}

int kf_command_check(struct json_object *spec, const struct kf_facts *facts, struct kf_error *err)
{
	struct json_object *process = kf_json_member(spec, "process", json_type_object);
	struct json_object *args = kf_json_member(process, "args", json_type_array);
	struct search search = { .facts = facts };
	char quoted[KF_QUOTED_MAX];
	int r;

	search.command = args ? kf_json_string_value(json_object_array_get_idx(args, 0)) : NULL;
	if (!search.command || !search.command[0] || facts->image.fd < 0)
		return 0;
	r = kf_facts_locate_mounts(facts, &search.mounts);
	if (r == 0)
		r = can_be_found(&search, process);
	kf_access_clear(&search.mounts);
	if (r < 0)
		return kf_oom(err);
	if (r > 0)
		return 0;
	(void)kf_quote(quoted, search.command);
	if (strchr(search.command, '/'))
		return kf_deny(err, KF_REASON_COMMAND_NOT_FOUND, ENOENT,
			       "exec: \"%s\": stat %s: no such file or directory", quoted, quoted);
	return kf_deny(err, KF_REASON_COMMAND_NOT_FOUND, ENOENT, "exec: \"%s\": executable file not found in $PATH",
		       quoted);
}
