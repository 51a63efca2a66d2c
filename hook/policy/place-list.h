/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_PLACE_LIST_H
#define KF_POLICY_PLACE_LIST_H

#include <stddef.h>

#include "base/cleanup.h"

struct kf_error;

/* The kinds of places that a pod's author can name in nono.sh/allow and nono.sh/deny. */
enum kf_place_kind {
	KF_PLACE_PATH, /* an absolute path of the container */
	KF_PLACE_HOME, /* the home of the container's user, or a path below it */
	KF_PLACE_WORD, /* a word for a place, such as serviceaccount */
};

struct kf_place {
	enum kf_place_kind kind;
	/* PATH: absolute, as kf_path_normalize() writes it, "/" too. HOME: the rest of the path below the home, with a
	   slash at its start; "/" is the home itself. WORD: of a-z and '-'. */
	char *text;
};

/* The limits of such a list: the number of places, and the bytes of one of them as the pod wrote it. */
enum { KF_PLACES_MAX = 64, KF_PLACE_BYTES_MAX = 4095 };

/* The places in the order of the text, repetitions included. */
struct kf_place_list {
	struct kf_place places[KF_PLACES_MAX];
	size_t count;
};

/*
 * Parses TEXT, the value of the annotation NAME: places with commas or line ends between them; blanks around a place
 * and empty items do not count. A place is an absolute path, "~", "~/" and a path, or a word of [a-z-]. A path has no
 * component "..", no character that is a pattern or a variable elsewhere (* ? [ $), and no control character. Only text
 * is looked at: no file, and no word's meaning. *RET is the caller's to clean up, untouched on failure. 0, -ENOMEM, or
 * -EINVAL with the item in the message.
 */
int kf_place_list_parse(const char *text, const char *name, struct kf_place_list *ret, struct kf_error *err);

/* Frees the places; the list is empty afterwards. */
void kf_place_list_clear(struct kf_place_list *list);

#define cleanup_place_list KF_CLEANUP(kf_place_list_clear)

#endif
