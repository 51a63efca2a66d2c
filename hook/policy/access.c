/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/access.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

enum { FIRST_ROOM = 16 };

/* The room for items is a power of two, so COUNT says when it is full. */
static int make_room(struct kf_access_list *list)
{
	size_t room = list->count < FIRST_ROOM ? FIRST_ROOM : list->count * 2;
	struct kf_access *items;

	if (list->count != 0 && (list->count < FIRST_ROOM || (list->count & (list->count - 1)) != 0))
		return 0;
	items = reallocarray(list->items, room, sizeof *items);
	if (!items)
		return -ENOMEM;
	list->items = items;
	return 0;
}

int kf_access_add(struct kf_access_list *list, const char *path, unsigned int rights, bool directory,
		  const char *origin)
{
	char *copy = make_room(list) < 0 ? NULL : strdup(path);

	if (!copy)
		return -ENOMEM;
	list->items[list->count++] = (struct kf_access){
		.path = copy,
		.rights = rights,
		.directory = directory,
		.origin = origin,
	};
	return 0;
}

/* "/" sorts before every other byte: a directory is followed by what is below it. */
static int compare_paths(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
	const struct kf_access *first = a, *second = b;

	return compare_paths(first->path, second->path);
}

/* Equal paths stand beside each other: the first one takes over the rights. */
static void merge_equal(struct kf_access_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct kf_access *item = &list->items[i], *last = kept ? &list->items[kept - 1] : NULL;

		if (!last || strcmp(last->path, item->path) != 0) {
			list->items[kept++] = *item;
			continue;
		}
		if ((item->rights & ~last->rights) != 0)
			last->origin = item->origin;
		last->rights |= item->rights;
		last->directory |= item->directory;
		free(item->path);
	}
	list->count = kept;
}

static bool is_covered(const struct kf_access *item, const struct kf_access *above)
{
	if (!above->directory || !kf_path_within(item->path, above->path))
		return false;
	return (above->rights & KF_ACCESS_WRITE) || (item->rights & ~above->rights) == 0;
}

#define NOTHING_ABOVE SIZE_MAX

/*
 * The KEPT items are sorted, so the directories that lead to ITEM are the last one kept, the one above that, and so on.
 * Is one of them enough? *RET_ABOVE is the nearest one that leads there.
 */
static bool is_redundant(const struct kf_access_list *list, size_t kept, const struct kf_access *item,
			 size_t *ret_above)
{
	size_t above = kept ? kept - 1 : NOTHING_ABOVE;

	while (above != NOTHING_ABOVE && !kf_path_within(item->path, list->items[above].path))
		above = list->items[above].above;
	*ret_above = above;
	for (; above != NOTHING_ABOVE; above = list->items[above].above)
		if (is_covered(item, &list->items[above]))
			return true;
	return false;
}

void kf_access_reduce(struct kf_access_list *list)
{
	size_t kept = 0;

	if (list->count > 1)
		qsort(list->items, list->count, sizeof *list->items, compare);
	merge_equal(list);
	for (size_t i = 0; i < list->count; i++) {
		struct kf_access *item = &list->items[i];

		if (is_redundant(list, kept, item, &item->above))
			free(item->path);
		else
			list->items[kept++] = *item;
	}
	list->count = kept;
}

const struct kf_access *kf_access_find(const struct kf_access_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct kf_access *item = &list->items[i];

		if (item->directory ? kf_path_within(path, item->path) : strcmp(path, item->path) == 0)
			return item;
	}
	return NULL;
}

void kf_access_remove(struct kf_access_list *list, bool (*drop)(const struct kf_access *access, void *data), void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (drop(&list->items[i], data))
			free(list->items[i].path);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

void kf_access_clear(struct kf_access_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
	*list = (struct kf_access_list){ 0 };
}
