/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_ACCESS_H
#define KF_POLICY_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* Rights of a grant. Reading includes executing, as nono's "read" does. */
enum { KF_ACCESS_READ = 1, KF_ACCESS_WRITE = 2 };

/* A place of a container, and the rights that a policy gives there. */
struct kf_access {
	char *path;          /* absolute, canonical in the container */
	unsigned int rights; /* KF_ACCESS_READ, KF_ACCESS_WRITE; 0: the place is hidden */
	bool directory;      /* the rights are for all that is below, too */
	const char *origin;  /* why, in words for people; static */
	size_t above;        /* for kf_access_reduce() alone */
};

/* Zeroed means empty. */
struct kf_access_list {
	struct kf_access *items;
	size_t count;
};

/* Appends a copy. ORIGIN is borrowed. 0 or -ENOMEM. */
int kf_access_add(struct kf_access_list *list, const char *path, unsigned int rights, bool directory,
		  const char *origin);

/*
 * Leaves the fewest grants that mean the same: equal paths become one, a grant below one with the same rights goes, and
 * one below a writable directory always goes. A process that may write the directory can put a symlink in the place of
 * a file below, and Landlock's rule would go to the symlink's target at the next exec. The list is sorted afterwards.
 */
void kf_access_reduce(struct kf_access_list *list);

/* Does an item of LIST cover PATH: the path itself, or a directory above it? Returns the first such item, or NULL. */
const struct kf_access *kf_access_find(const struct kf_access_list *list, const char *path);

/* Removes the items for which DROP returns true, and keeps the order of the others. */
void kf_access_remove(struct kf_access_list *list, bool (*drop)(const struct kf_access *access, void *data),
		      void *data);

void kf_access_clear(struct kf_access_list *list);

#define cleanup_access KF_CLEANUP(kf_access_clear)

#endif
