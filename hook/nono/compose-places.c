/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/nono.h"
#include "base/path.h"
#include "nono/composer.h"
#include "policy/place-list.h"

#define TOKEN "service account token"
#define SHOWN "nono.sh/allow"
#define TOKEN_PLACE "/var/run/secrets/kubernetes.io/serviceaccount"

/* --- nono.sh/allow ------------------------------------------------------------------------------------------------ */

/* The search for the hidden places that one item of the annotation names. */
struct search {
	struct kf_composer *composer;
	const char *place; /* canonical; NULL: of a word */
	const char *origin;
	bool found, failed;
};

/*
 * A mount is granted as it is mounted; another place as the profile grants the directories around it, or for reading.
 */
static int grant_shown(struct kf_composer *composer, const struct kf_access *hidden)
{
	const struct kf_volume_entry *mount = kf_composer_mount_at(composer, hidden->path);
	unsigned int rights = KF_ACCESS_READ | (mount && !mount->read_only ? KF_ACCESS_WRITE : 0);

	return kf_composer_grant(composer, hidden->path, rights, hidden->directory, SHOWN);
}

static bool is_shown(const struct kf_access *hidden, void *data)
{
	struct search *search = data;
	bool same = search->place && strcmp(hidden->path, search->place) == 0;

	if (!same && !(search->origin && strcmp(hidden->origin, search->origin) == 0))
		return false;
	search->found = true;
	search->failed |= grant_shown(search->composer, hidden) < 0;
	return true;
}

/* The directories of secrets are hidden as a whole, and each mount in them again. */
static bool is_around(const struct kf_access *hidden, void *data)
{
	const struct kf_access *granted = data;

	return strcmp(hidden->origin, KF_ORIGIN_PLACE_OF_SECRETS) == 0 && kf_path_within(granted->path, hidden->path);
}

static void show_directories_above(struct kf_composer *composer)
{
	for (size_t i = 0; i < composer->grants.count; i++) {
		struct kf_access granted = composer->grants.items[i];

		if (strcmp(granted.origin, SHOWN) == 0)
			kf_access_remove(&composer->hidden, is_around, &granted);
	}
}

static int path_of(const struct kf_composer *composer, const struct kf_place *place, char **ret)
{
	if (place->kind == KF_PLACE_PATH)
		return kf_format(ret, "%s", place->text);
	if (!composer->home)
		return 0;
	return kf_format(ret, "%s%s", composer->home, strcmp(place->text, "/") == 0 ? "" : place->text);
}

/* Lists the hidden places for a message: as many as fit. */
static void name_hidden(const struct kf_composer *composer, char *buf, size_t size)
{
	char quoted[KF_QUOTED_MAX];
	size_t used = 0;

	(void)snprintf(buf, size, "nothing");
	for (size_t i = 0; i < composer->hidden.count; i++) {
		const char *path = kf_quote(quoted, composer->hidden.items[i].path);

		if (used + strlen(path) + sizeof ", ..." > size) {
			(void)snprintf(buf + used, size - used, "...");
			break;
		}
		used += (size_t)snprintf(buf + used, size - used, "%s%s", path,
					 i + 1 < composer->hidden.count ? ", " : "");
	}
}

static int refuse_allow(const struct kf_composer *composer, const struct kf_place *place, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX], hidden[384];

	name_hidden(composer, hidden, sizeof hidden);
	return kf_deny(
		err, KF_REASON_ALLOW_REFUSED, EPERM,
		"nono.sh/allow: '%s%s' is not a place that the policy hides: name one of those that it hides (%s)",
		place->kind == KF_PLACE_HOME ? "~" : "", kf_quote(quoted, place->text), hidden);
}

/* Was PLACE shown already, by an earlier item of the list or by another name? */
static bool was_shown(const struct kf_composer *composer, const char *place)
{
	for (size_t i = 0; place && i < composer->grants.count; i++)
		if (strcmp(composer->grants.items[i].origin, SHOWN) == 0 &&
		    strcmp(composer->grants.items[i].path, place) == 0)
			return true;
	return false;
}

static int find_allowed(struct kf_composer *composer, const struct kf_place *place, struct search *search)
{
	cleanup_free char *path = NULL;
	char *canonical = NULL;
	bool directory = true;
	int r = 0;

	*search = (struct search){ .composer = composer };
	if (place->kind == KF_PLACE_WORD) {
		if (strcmp(place->text, "serviceaccount") != 0)
			return 0;
		search->origin = TOKEN;
		r = kf_format(&path, TOKEN_PLACE);
	} else {
		r = path_of(composer, place, &path);
	}
	if (r == 0 && path)
		r = kf_composer_locate_hidden(composer, path, &canonical, &directory);
	search->place = canonical;
	search->found = was_shown(composer, canonical);
	kf_access_remove(&composer->hidden, is_shown, search);
	search->place = NULL;
	free(canonical);
	return r < 0 || search->failed ? -ENOMEM : 0;
}

static int allow(struct kf_composer *composer, const struct kf_place_list *list, struct kf_error *err)
{
	struct search search;

	for (size_t i = 0; i < list->count; i++) {
		if (find_allowed(composer, &list->places[i], &search) < 0)
			return kf_oom(err);
		if (!search.found)
			return refuse_allow(composer, &list->places[i], err);
	}
	show_directories_above(composer);
	return 0;
}

/* --- nono.sh/deny ------------------------------------------------------------------------------------------------- */

static int refuse_deny(const struct kf_place *place, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_deny(err, KF_REASON_ALLOW_REFUSED, EINVAL,
		       "nono.sh/deny: '%s' cannot be hidden: name a path other than / and " KF_NONO_DIR,
		       kf_quote(quoted, place->text));
}

static int deny(struct kf_composer *composer, const struct kf_place_list *list, struct kf_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct kf_place *place = &list->places[i];
		cleanup_free char *path = NULL;

		if (place->kind == KF_PLACE_WORD || path_of(composer, place, &path) < 0)
			return place->kind == KF_PLACE_WORD ? refuse_deny(place, err) : kf_oom(err);
		if (!path)
			continue;
		if (strcmp(path, "/") == 0 || kf_path_within(path, KF_NONO_DIR))
			return refuse_deny(place, err);
		if (kf_composer_hide(composer, path, "nono.sh/deny") < 0)
			return kf_oom(err);
	}
	return 0;
}

typedef int (*kf_obey)(struct kf_composer *composer, const struct kf_place_list *list, struct kf_error *err);

static int obey(struct kf_composer *composer, const char *text, const char *name, kf_obey obey_list,
		struct kf_error *err)
{
	struct kf_place_list list = { .count = 0 };
	int r = text ? kf_place_list_parse(text, name, &list, err) : 0;

	if (r < 0)
		return kf_because(err, KF_REASON_ALLOW_REFUSED);
	r = obey_list(composer, &list, err);
	kf_place_list_clear(&list);
	return r;
}

int kf_composer_obey(struct kf_composer *composer, struct kf_error *err)
{
	int r = obey(composer, composer->facts->allow, "nono.sh/allow", allow, err);

	return r < 0 ? r : obey(composer, composer->facts->deny, "nono.sh/deny", deny, err);
}
