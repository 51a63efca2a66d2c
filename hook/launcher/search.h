/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_SEARCH_H
#define KF_LAUNCHER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"

/* A search for a program over PATH, by the rules of execvp(3). PATH and NAME (without a slash) stay the caller's. */
struct kf_search {
	const char *path; /* the rest of PATH; NULL: nothing */
	const char *name;
	const struct stat *launchers; /* files that are never found */
	size_t launcher_count;
	char *program; /* the one that was found */
	bool denied;   /* a file of that name was passed by because this process may not execute it */
};

/* Makes room for the path of a program. 0 or -ENOMEM. */
int kf_search_begin(struct kf_search *search);

void kf_search_done(struct kf_search *search);

#define cleanup_search KF_CLEANUP(kf_search_done)

/*
 * SEARCH->program is the next file of that name that this process may execute, for as long as there is one; an empty
 * component is the working directory. A component that is missing, closed, or too long for a path is passed by. Needs
 * no memory: the limits of the command can be set already.
 */
bool kf_search_next(struct kf_search *search);

/*
 * Takes every component that is the directory DIR, in any spelling and through any symlink, out of PATH, in
 * place. A PATH of nothing else stays as it is: an empty one would mean the working directory.
 */
void kf_path_remove_dir(char *path, const struct stat *dir);

#endif
