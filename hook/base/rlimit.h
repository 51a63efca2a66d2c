/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_RLIMIT_H
#define KF_BASE_RLIMIT_H

#include <stdbool.h>
#include <sys/resource.h>

/*
 * Resource limits (getrlimit(2)) that are put aside while nono starts: under a low one nono ends with a signal, and no
 * message. The last step sets them just before it becomes the command. As a word: "RLIMIT_STACK=8192:16384", the soft
 * and the hard limit in decimal digits.
 */
struct kf_rlimit {
	int resource;
	struct rlimit64 limit;
};

enum { KF_RLIMITS_MAX = 6, KF_RLIMIT_WORD_MAX = 64 };

/* Is the limit TYPE (runtime-spec config.md, "rlimits") one of these? *RET_RESOURCE is then set, and nono's need. */
bool kf_rlimit_known(const char *type, int *ret_resource, rlim64_t *ret_needed);

/*
 * Is WORD's limit put aside in this process: is its hard limit raised to what nono needs, and no more? crun gives
 * `exec` none of the container's limits; the last step must not, either.
 */
bool kf_rlimit_is_aside(const char *word);

/* Writes the word for LIMIT, whose resource must be known. Returns BUF. */
const char *kf_rlimit_word(char buf[static KF_RLIMIT_WORD_MAX], const struct kf_rlimit *limit);

/* Reads such a word; false, *RET untouched, if WORD is anything else. */
bool kf_rlimit_parse(const char *word, struct kf_rlimit *ret);

#endif
