/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_COMPOSER_H
#define KF_NONO_COMPOSER_H

/* A composition that is under way: shared by the files of nono/ that compose, and by no other. */
#include "nono/compose.h"

/* The origin of a hidden directory of secrets, as opposed to that of a mount in it. */
#define KF_ORIGIN_PLACE_OF_SECRETS "place of secrets"

/* The lists of a profile's "filesystem" that grant. */
struct kf_policy_list {
	const char *key;
	unsigned int rights;
	bool directory;
};

enum { KF_POLICY_LISTS = 6 };
extern const struct kf_policy_list kf_policy_lists[KF_POLICY_LISTS];

struct kf_composer {
	const char *name; /* the profile's */
	const struct kf_facts *facts;
	struct kf_access_list mounts; /* the places of mounts; the rights of an item say nothing */
	char *made;                   /* the directory that the runtime makes for the process to work in, canonical */
	char *workdir, *home;         /* canonical; NULL: missing, or not to be named by a policy */
	struct kf_access_list grants, hidden;
};

/*
 * Makes *RET of PATH, absolute: canonical in the container, and whether it is or will be there (*RET_DIRECTORY: as a
 * directory). Returns 1 if so, 0 if not or if it cannot be known, or -ENOMEM. Without an image to look at,
 * everything is there, as a directory if *RET_DIRECTORY says so beforehand.
 */
int kf_composer_locate(const struct kf_composer *composer, const char *path, char **ret, bool *ret_directory);

/*
 * The same for a place to hide: a PATH below a mount counts as existing, as a directory if *RET_DIRECTORY says so
 * beforehand. Runtimes pass over a masked path that does not exist, and see for themselves what kind of file it is.
 */
int kf_composer_locate_hidden(const struct kf_composer *composer, const char *path, char **ret, bool *ret_directory);

/* The entry of the mounts at PLACE, the last one that counts; NULL: nothing is mounted there. */
const struct kf_volume_entry *kf_composer_mount_at(const struct kf_composer *composer, const char *place);

/* Grants RIGHTS at PATH, if it is there and the user reaches it. 0 or -ENOMEM. */
int kf_composer_grant(struct kf_composer *composer, const char *path, unsigned int rights, bool directory,
		      const char *origin);

/* Hides PATH, if it is there. 0 or -ENOMEM. */
int kf_composer_hide(struct kf_composer *composer, const char *path, const char *origin);

/* Grants the places in the lists of FILESYSTEM, with their variables filled in. As kf_compose(). */
int kf_composer_grant_lists(struct kf_composer *composer, struct json_object *filesystem, struct kf_error *err);

/* Hides the places in "deny" of FILESYSTEM. As kf_compose(). */
int kf_composer_hide_list(struct kf_composer *composer, struct json_object *filesystem, struct kf_error *err);

/* Makes *RET of PROFILE, with the grants of COMPOSER for its lists: nono's JSON, the caller's to put. 0 or -ENOMEM. */
int kf_composer_document(const struct kf_composer *composer, const struct kf_profile *profile,
			 struct json_object **ret);

/* Hides the places of /$NONO_SECRETS. 0 or -ENOMEM. */
int kf_composer_hide_secrets(struct kf_composer *composer);

/* Applies the pod's annotations about places. As kf_compose(). */
int kf_composer_obey(struct kf_composer *composer, struct kf_error *err);

#endif
