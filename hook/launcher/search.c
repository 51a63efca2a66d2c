/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

int kf_search_begin(struct kf_search *search)
{
	size_t path = search->path ? strlen(search->path) : 0;

	/* The whole of PATH may be one component, and an empty one is ".". */
	search->program = malloc(path + strlen(search->name) + sizeof "./");
	return search->program ? 0 : -ENOMEM;
}

void kf_search_done(struct kf_search *search)
{
	free(search->program);
	search->program = NULL;
}

bool kf_search_next(struct kf_search *search)
{
	while (search->path) {
		const char *component = search->path;
		size_t length = strcspn(component, ":");
		char *end = length ? mempcpy(search->program, component, length) : stpcpy(search->program, ".");

		search->path = component[length] ? component + length + 1 : NULL;
		(void)stpcpy(stpcpy(end, "/"), search->name);
		if (is_program(search, search->program))
			return true;
	}
	return false;
}

/* COMPONENT is cut out of PATH for as long as it takes. */
static bool is_dir(char *component, size_t length, const struct stat *dir)
{
	char end = component[length];
	struct stat st;
	bool same;

	component[length] = '\0';
	same = stat(length ? component : ".", &st) == 0 && kf_same_file(&st, dir);
	component[length] = end;
	return same;
}

void kf_path_remove_dir(char *path, const struct stat *dir)
{
	char *end = path;
	bool kept = false;

	for (char *component = path, *next; component; component = next) {
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
