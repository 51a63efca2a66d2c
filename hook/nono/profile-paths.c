/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/profile-paths.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "nono/profile-groups.h"

#define VARIABLES                                                                                                      \
	"/$NONO_IMAGE, /$NONO_WORKDIR, /$NONO_HOME, /$NONO_VOLUMES, /$NONO_CONFIGS, /$NONO_DEVICES or /$NONO_SECRETS"

/* The variables that kubefence fills, without the '$'. */
static const char *const variables[] = { "NONO_IMAGE",   "NONO_WORKDIR", "NONO_HOME",   "NONO_VOLUMES",
					 "NONO_CONFIGS", "NONO_DEVICES", "NONO_SECRETS" };

/* The lists of filesystem that grant something. */
static const struct {
	const char *key, *where;
	bool writes;
} lists[] = {
	{ "allow", "filesystem.allow", true },
	{ "write", "filesystem.write", true },
	{ "allow_file", "filesystem.allow_file", true },
	{ "write_file", "filesystem.write_file", true },
	{ "read", "filesystem.read", false },
	{ "read_file", "filesystem.read_file", false },
};

const char *kf_profile_entry_path(struct json_object *entry)
{
	const char *path = kf_json_string_value(entry);

	return path ? path : kf_json_string(entry, "path");
}

/* --- one path ---------------------------------------------------------------------------------------------------- */

/*
 * The rest of PATH after one of kubefence's variables, with or without a slash before it; NULL if PATH does not start
 * with one.
 */
static const char *after_variable(const char *path)
{
	path += path[0] == '/';
	if (path[0] != '$')
		return NULL;
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		size_t length = strlen(variables[i]);

		if (strncmp(path + 1, variables[i], length) == 0 &&
		    (path[1 + length] == '/' || path[1 + length] == '\0'))
			return path + 1 + length;
	}
	return NULL;
}

/* Why kubefence cannot take PATH; NULL if it can. */
static const char *flaw_of(const char *path)
{
	const char *rest = after_variable(path);

	if (!rest)
		rest = path;
	if (path[0] == '@')
		return "programs and files of the image would be used before the sandbox is on: name a path";
	if (rest[0] == '~' || strchr(rest, '$'))
		return "kubefence has to know each path: write an absolute one, or use " VARIABLES;
	if (strpbrk(rest, "*?["))
		return "it is a pattern, and kubefence has to know each path: name the directory above, or "
		       "use " VARIABLES;
	if (rest[0] != '/' && rest[0] != '\0')
		return "it is not an absolute path: write one, or use " VARIABLES;
	if (rest == path && strcmp(path, "/") == 0)
		return "it is the whole file system: use /$NONO_IMAGE";
	if (path[0] == '\0' || kf_path_has_dots(rest))
		return "it has an empty component, '.' or '..' in it: write it without";
	return strlen(path) < PATH_MAX ? NULL : "it is too long";
}

static int check_list(struct json_object *list, const char *key, const char *name, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *path = kf_profile_entry_path(json_object_array_get_idx(list, i));
		const char *flaw = path ? flaw_of(path) : "it is not a string";

		if (flaw)
			return kf_fail(err, ENOTSUP, "profile %s has '%s' in filesystem.%s: %s", name,
				       kf_quote(quoted, path), key, flaw);
	}
	return 0;
}

/* --- grants below grants ----------------------------------------------------------------------------------------- */

struct grant {
	const char *text;  /* as it is written */
	const char *where; /* the list it is in */
	const char *path;  /* the same place has the same path: a variable has no slash before it */
	size_t length;     /* of the path */
};

struct grants {
	struct grant *items;
	size_t count;
};

static void grants_done(struct grants *grants)
{
	free(grants->items);
}

#define cleanup_grant_items KF_CLEANUP(grants_done)

static int compare(const void *a, const void *b)
{
	const struct grant *one = a, *other = b;
	size_t shorter = one->length < other->length ? one->length : other->length;
	int difference = memcmp(one->path, other->path, shorter);

	return difference ? difference : (one->length > other->length) - (one->length < other->length);
}

static int add(struct grants *grants, const char *text, const char *where)
{
	struct grant *bigger = reallocarray(grants->items, grants->count + 1, sizeof *bigger);
	const char *path = text + (after_variable(text) && text[0] == '/');

	if (!bigger)
		return -ENOMEM;
	grants->items = bigger;
	bigger[grants->count++] = (struct grant){ .text = text, .where = where, .path = path, .length = strlen(path) };
	return 0;
}

/* Adds the paths of all lists that grant writing, or of all others. */
static int collect(struct json_object *filesystem, bool writes, struct grants *grants)
{
	int r = 0;

	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
		struct json_object *list = kf_json_member(filesystem, lists[l].key, json_type_array);

		for (size_t i = 0; r == 0 && list && lists[l].writes == writes && i < json_object_array_length(list);
		     i++)
			r = add(grants, kf_profile_entry_path(json_object_array_get_idx(list, i)), lists[l].where);
	}
	return r;
}

/* The closest path of WRITABLE, which is sorted, that is above GRANT, or NULL. */
static const struct grant *writable_above(const struct grants *writable, struct grant grant)
{
	while (writable->count > 0 && grant.length > 1) {
		const struct grant *found;

		grant.length--;
		if (grant.path[grant.length] != '/')
			continue;
		found = bsearch(&grant, writable->items, writable->count, sizeof grant, compare);
		if (found)
			return found;
	}
	return NULL;
}

static int check_below(const struct grants *grants, const struct grants *writable, const char *name,
		       struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX], quoted_above[KF_QUOTED_MAX];

	for (size_t i = 0; i < grants->count; i++) {
		const struct grant *grant = &grants->items[i], *above = writable_above(writable, *grant);

		if (above)
			return kf_fail(
				err, ENOTSUP,
				"profile %s has '%s' in %s below '%s' in %s, where the container could put a link "
				"to another place: remove one of them",
				name, kf_quote(quoted, grant->text), grant->where, kf_quote(quoted_above, above->text),
				above->where);
	}
	return 0;
}

static int check_grants(struct json_object *document, struct json_object *filesystem, const char *name,
			struct kf_error *err)
{
	cleanup_grant_items struct grants writable = { 0 }, readable = { 0 };
	int r = collect(filesystem, true, &writable);

	/* A profile has this group unless it excludes it. */
	if (r == 0 && !kf_profile_excludes_group(document, "system_write_linux"))
		r = add(&writable, "/tmp", "nono's group system_write_linux");
	if (r == 0)
		r = collect(filesystem, false, &readable);
	if (r < 0)
		return kf_oom(err);
	if (writable.count > 0)
		qsort(writable.items, writable.count, sizeof *writable.items, compare);
	r = check_below(&writable, &writable, name, err);
	return r < 0 ? r : check_below(&readable, &writable, name, err);
}

int kf_profile_check_paths(struct json_object *document, const char *name, struct kf_error *err)
{
	struct json_object *filesystem = kf_json_member(document, "filesystem", json_type_object);

	if (!filesystem)
		return 0;
	json_object_object_foreach(filesystem, key, list)
	{
		int r = check_list(list, key, name, err);

		if (r < 0)
			return r;
	}
	return check_grants(document, filesystem, name, err);
}
