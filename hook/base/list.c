/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int kf_list_add(struct kf_list *list, const char *text, size_t length)
{
	char **bigger = reallocarray(list->items, list->count + 2, sizeof *bigger);

	if (!bigger)
		return -ENOMEM;
	list->items = bigger;
	bigger[list->count] = strndup(text, length);
	if (!bigger[list->count])
		return -ENOMEM;
	bigger[++list->count] = NULL;
	return 0;
}

bool kf_list_has(const struct kf_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void kf_list_sort(struct kf_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare);
}

void kf_list_clear(struct kf_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct kf_list){ 0 };
}
