/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_LIST_H
#define KF_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* A list of strings that owns them. A NULL follows the last string, as execv(3) wants it. Zeroed means empty. */
struct kf_list {
	char **items;
	size_t count;
};

/* Appends a copy of the LENGTH bytes at TEXT. 0 or -ENOMEM. */
int kf_list_add(struct kf_list *list, const char *text, size_t length);

/* Is TEXT one of the items? */
bool kf_list_has(const struct kf_list *list, const char *text);

/* Sorts the items by their bytes (strcmp(3)). */
void kf_list_sort(struct kf_list *list);

/* Frees the items; the list is empty afterwards. */
void kf_list_clear(struct kf_list *list);

/* Takes the items out of a cleanup_list variable and hands them on. */
static inline struct kf_list kf_list_steal(struct kf_list *list)
{
	struct kf_list taken = *list;

	*list = (struct kf_list){ 0 };
	return taken;
}

#define cleanup_list KF_CLEANUP(kf_list_clear)

#endif
