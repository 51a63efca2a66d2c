/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_LEARNER_H
#define KF_DENIALS_LEARNER_H

/* A lesson that is under way: shared by the files that learn, and by no other. */
#include "denials/learn.h"

struct kf_learner {
	const struct kf_learn_source *source;
	struct kf_lessons *lessons;
	struct kf_access_list mounts; /* the places of mounts */
	struct kf_policy hidden;      /* its hidden places are the secret ones */
	char *home, *workdir;         /* canonical; NULL: missing, or not to be named by a policy */
	struct kf_access_list wants;  /* the places to grant; the origin is the reason, in TEXTS */
	struct kf_list texts;
};

/* Finds the places of the container. 0 or -errno. */
int kf_learner_prepare(struct kf_learner *learner, struct kf_error *err);

/* DENIAL in words, escaped: "read /etc/hosts by /bin/cat, 3 times". 0 or -ENOMEM. */
int kf_learner_describe(const struct kf_denial *denial, char **ret);

/* Notes that TEXT was refused, and WHY there is no lesson for it. 0 or -ENOMEM. */
int kf_learner_note(struct kf_learner *learner, const char *text, const char *why);

/* Adds to the wants the places that DENIAL, about files, asks for, with the reason TEXT. 0 or -ENOMEM. */
int kf_learner_want(struct kf_learner *learner, const struct kf_denial *denial, const char *text);

/* Makes the wants as few as they can be. 0 or -ENOMEM. */
int kf_learner_reduce(struct kf_learner *learner);

/* The entry of a profile for WANT: a variable where one stands for it. 0 or -ENOMEM. */
int kf_learner_entry(const struct kf_learner *learner, const struct kf_access *want, char **ret);

/* Is ENTRY a variable that stands for mounts? */
bool kf_learner_is_of_mounts(const char *entry);

void kf_learner_done(struct kf_learner *learner);

#define cleanup_learner KF_CLEANUP(kf_learner_done)

#endif
