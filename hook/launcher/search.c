/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/search.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool kf_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* COMPONENT/NAME, or false if that is too long for a path. */
static bool join(const char *component, size_t length, const char *name, char ret[PATH_MAX])
{
	int n;

	if (length >= PATH_MAX)
		return false;
	if (length == 0)
		n = snprintf(ret, PATH_MAX, "./%s", name);
	else
		n = snprintf(ret, PATH_MAX, "%.*s/%s", (int)length, component, name);
	return n > 0 && n < PATH_MAX;
}

static bool is_launcher(const struct kf_search *search, const struct stat *st)
{
	for (size_t i = 0; i < search->launcher_count; i++)
		if (kf_same_file(st, &search->launchers[i]))
			return true;
	return false;
}

static bool is_program(struct kf_search *search, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || is_launcher(search, &st))
		return false;
	/* Not eaccess(3): that is faccessat2(2), which the filters of old engines deny. */
	if (access(path, X_OK) == 0)
		return true;
	search->denied = true;
	return false;
}

bool kf_search_next(struct kf_search *search, char ret_program[PATH_MAX])
{
	while (search->path) {
		const char *component = search->path;
		size_t length = strcspn(component, ":");

		search->path = component[length] ? component + length + 1 : NULL;
		if (join(component, length, search->name, ret_program) && is_program(search, ret_program))
			return true;
	}
	return false;
}

static bool is_dir(const char *component, size_t length, const struct stat *dir)
{
	char path[PATH_MAX];
	struct stat st;

	return join(component, length, "", path) && stat(path, &st) == 0 && kf_same_file(&st, dir);
}

void kf_path_remove_dir(char *path, const struct stat *dir)
{
	char *end = path;
	bool kept = false;

	for (const char *component = path, *next; component; component = next) {
		size_t length = strcspn(component, ":");

		next = component[length] ? component + length + 1 : NULL;
		if (is_dir(component, length, dir))
			continue;
		if (kept)
			*end++ = ':';
		memmove(end, component, length);
		end += length;
		kept = true;
	}
	if (kept)
		*end = '\0';
}
