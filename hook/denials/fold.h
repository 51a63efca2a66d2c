/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_FOLD_H
#define KF_DENIALS_FOLD_H

#include <stdbool.h>

#include "denials/denial.h"

/* More different ones are counted and not kept: a container can make up names for ever. */
enum { KF_FOLD_MAX = 10000 };

/* One denial, and all that are equal to it: container, program, operation, paths, target and error. */
struct kf_folded {
	struct kf_denial denial; /* the first; count: of all */
	uint64_t shown;          /* for a printer: the count that was printed last, and when */
	uint64_t shown_usec;
};

/* Zeroed means empty. Items stay in the order of their first. */
struct kf_fold {
	struct kf_folded *items;
	size_t count;
	size_t *slots; /* a hash table of indexes + 1 */
	uint64_t left_out;
};

/*
 * Counts DENIAL. Returns 1 if it is the first of its kind: then it was taken over, and is *RET, which is valid until
 * the next call; 0 if not, or if there are too many: then it is the caller's still, and *RET the kept one or NULL.
 * -ENOMEM.
 */
int kf_fold_add(struct kf_fold *fold, const struct kf_denial *denial, struct kf_folded **ret);

void kf_fold_done(struct kf_fold *fold);

#define cleanup_fold KF_CLEANUP(kf_fold_done)

#endif
