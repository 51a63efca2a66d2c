/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_LEARN_H
#define KF_DENIALS_LEARN_H

#include <stdbool.h>

#include "base/list.h"
#include "denials/fold.h"
#include "nono/compose.h"

struct kf_error;

/* The denials of one container, and the facts about it (oci/facts.h). All borrowed. */
struct kf_learn_source {
	const struct kf_fold *fold;
	uint32_t watched; /* the number of the container in FOLD */
	const struct kf_facts *facts;
	const struct kf_profile *profile; /* the one that it runs under */
	bool secrets;                     /* secret places may be granted, too */
};

/* One entry that a profile lacks, or that has to go from it. */
struct kf_lesson {
	bool remove;
	const char *list; /* "filesystem.read" and its like; static */
	char *entry;      /* a path or a variable with a path; of a port its number */
	char *reason;     /* in one line, escaped */
};

/* Zeroed means empty. */
struct kf_lessons {
	struct kf_lesson *items;
	size_t count;
	struct kf_list notes; /* refusals that are in no lesson, each with the reason, escaped */
};

/*
 * Finds the fewest and smallest grants that would have allowed what Landlock denied. Where a path is in the home, the
 * working directory, a volume or a device, the entry is the variable's (nono/compose.h). A file is granted alone, but:
 *  - three or more of one directory that are only read become the directory;
 *  - a file of an installed program becomes the program's directory below /usr/lib, /usr/share and their like;
 *  - a name that is made, moved or removed needs its directory, to be written.
 * An entry of the profile below a directory that is to be written has to go (nono/profile-paths.h). Secret places
 * (those of /$NONO_SECRETS) are left out; a grant around one brings the entry that hides them. *RET is the caller's to
 * clean up. -ENOMEM, or an error of kf_compose().
 */
int kf_learn(const struct kf_learn_source *source, struct kf_lessons *ret, struct kf_error *err);

/* Makes the changes in DOCUMENT, a profile. 0, -ENOMEM, or -EINVAL for a list that is not one. */
int kf_lessons_apply(const struct kf_lessons *lessons, struct json_object *document);

void kf_lessons_done(struct kf_lessons *lessons);

#define cleanup_lessons KF_CLEANUP(kf_lessons_done)

#endif
