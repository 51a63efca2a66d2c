/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/workdir.h"

#include <string.h>

#include "base/json.h"
#include "base/path.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@"

enum { WORKDIR_MAX = 1024 };

/* An absolute path without empty or hidden components (and so without "." and ".."), in characters nono keeps. */
static bool is_plain(const char *path)
{
	size_t length = strlen(path);

	return path[0] == '/' && length > 1 && length < WORKDIR_MAX && strspn(path, PLAIN) == length &&
	       path[length - 1] != '/' && !strstr(path, "//") && !strstr(path, "/.");
}

/* Directories of which only what is BELOW levels further down is anybody's work; 0: nothing is. */
static const struct {
	const char *dir;
	int below;
} closed[] = {
	{ "/bin", 0 },     { "/boot", 0 },        { "/dev", 0 },     { "/etc", 0 },  { "/lib", 0 },
	{ "/lib32", 0 },   { "/lib64", 0 },       { "/libx32", 0 },  { "/nono", 0 }, { "/proc", 0 },
	{ "/run", 0 },     { "/sbin", 0 },        { "/secrets", 0 }, { "/sys", 0 },  { "/vault", 0 },
	{ "/var/run", 0 }, { "/var/secrets", 0 }, { "/var/lib", 1 }, { "/var", 1 },  { "/usr/local", 1 },
	{ "/usr/src", 1 }, { "/usr", 0 },         { "/home", 2 },    { "/root", 1 }, { "/mnt/secrets-store", 0 },
	{ "/mnt", 1 },     { "/opt", 1 },         { "/srv", 1 },
};

static bool is_closed(const char *path)
{
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
		int levels = 0;

		if (!kf_path_within(path, closed[i].dir))
			continue;
		for (const char *rest = path + strlen(closed[i].dir); *rest; rest++)
			levels += *rest == '/';
		/* The first that fits decides, so narrow ones stand before wide ones. */
		return closed[i].below == 0 || levels < closed[i].below;
	}
	return false;
}

/* Every one of them: runtimes differ in which of two equal variables a program sees. */
static bool holds_home(struct json_object *process, const char *path)
{
	struct json_object *env = kf_json_member(process, "env", json_type_array);

	for (size_t i = 0; env && i < json_object_array_length(env); i++) {
		const char *variable = kf_json_string_value(json_object_array_get_idx(env, i));

		if (variable && strncmp(variable, "HOME=", 5) == 0 && kf_path_within(variable + 5, path))
			return true;
	}
	return false;
}

const char *kf_workdir_grant(struct json_object *process)
{
	const char *cwd = kf_json_string(process, "cwd");

	return cwd && is_plain(cwd) && !is_closed(cwd) && !holds_home(process, cwd) ? cwd : NULL;
}

const char *kf_workdir_grant_in(struct json_object *container, struct json_object *process)
{
	const char *cwd = kf_workdir_grant(container);

	return cwd && !holds_home(process, cwd) ? cwd : NULL;
}
