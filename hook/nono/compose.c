/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "nono/composer.h"
#include "policy/runtime-place.h"

void kf_facts_done(struct kf_facts *facts)
{
	kf_image_done(&facts->image);
	kf_volumes_done(&facts->volumes);
	free(facts->groups);
	free(facts->workdir);
	free(facts->home);
	*facts = KF_FACTS_NONE;
}

void kf_policy_done(struct kf_policy *policy)
{
	(void)json_object_put(policy->document);
	kf_access_clear(&policy->grants);
	kf_access_clear(&policy->hidden);
	*policy = KF_POLICY_NONE;
}

bool kf_compose_may_be_place(const char *path)
{
	static const char *const system[] = { "/",         "/bin",       "/boot", "/etc",     "/lib",     "/lib32",
					      "/lib64",    "/run",       "/sbin", "/usr",     "/usr/bin", "/usr/lib",
					      "/usr/sbin", "/usr/local", "/var",  "/var/lib", "/var/run" };

	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		if (strcmp(path, system[i]) == 0)
			return false;
	return !kf_place_is_reserved(path);
}

static int locate_directory(const struct kf_composer *composer, const char *path, char **ret)
{
	cleanup_free char *place = NULL;
	bool directory = true;
	int r = path && path[0] == '/' ? kf_composer_locate(composer, path, &place, &directory) : 0;

	if (r > 0 && directory && kf_compose_may_be_place(place))
		*ret = kf_steal_string(&place);
	return r < 0 ? r : 0;
}

int kf_facts_locate_mounts(const struct kf_facts *facts, struct kf_access_list *list)
{
	for (size_t i = 0; i < facts->volumes.count; i++) {
		cleanup_free char *place = NULL;
		const char *destination = facts->volumes.items[i].destination;
		int r = kf_image_resolve(&facts->image, list, destination, &place);

		/* The runtime judges the mount. Here it is where the spec says. */
		if (r == -ENOMEM ||
		    kf_access_add(list, r < 0 ? destination : place, 0, facts->volumes.items[i].directory, NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A volume that is only read can have a symlink at PLACE, which would lead the grant elsewhere. */
static bool is_below_read_only(const struct kf_composer *composer, const char *place)
{
	const struct kf_volumes *volumes = &composer->facts->volumes;

	for (size_t i = 0; i < volumes->count; i++) {
		const char *mount = composer->mounts.items[i].path;

		if (volumes->items[i].volume.kind != KF_VOLUME_WRITTEN && strcmp(place, mount) != 0 &&
		    kf_path_within(place, mount))
			return true;
	}
	return false;
}

/* The runtimes make a working directory that the image lacks. */
static int locate_made(struct kf_composer *composer)
{
	const char *workdir = composer->facts->workdir;
	int r = workdir && workdir[0] == '/'
			? kf_image_resolve(&composer->facts->image, &composer->mounts, workdir, &composer->made)
			: 0;

	if (r == 0 && composer->made && is_below_read_only(composer, composer->made)) {
		free(composer->made);
		composer->made = NULL;
	}
	return r == -ENOMEM ? r : 0;
}

static int prepare(struct kf_composer *composer)
{
	int r = kf_facts_locate_mounts(composer->facts, &composer->mounts);

	if (r == 0)
		r = locate_made(composer);
	if (r == 0)
		r = locate_directory(composer, composer->facts->workdir, &composer->workdir);
	return r == 0 ? locate_directory(composer, composer->facts->home, &composer->home) : r;
}

/* The runtime would find no such directory, and say no more than that. */
static int check_workdir(const struct kf_composer *composer, struct kf_error *err)
{
	const struct kf_access *hidden = composer->made ? kf_access_find(&composer->hidden, composer->made) : NULL;
	char quoted[KF_QUOTED_MAX], place[KF_QUOTED_MAX];

	if (!hidden || strcmp(hidden->path, composer->made) == 0)
		return 0;
	return kf_fail(
		err, EPERM,
		"the working directory %s is below %s, which the policy hides: name that place in nono.sh/allow, or "
		"set another working directory",
		kf_quote(quoted, composer->made), kf_quote(place, hidden->path));
}

static int compose(struct kf_composer *composer, struct json_object *filesystem, struct kf_error *err)
{
	int r;

	if (composer->facts->volumes.count > KF_POLICY_MOUNTS_MAX)
		return kf_fail(err, E2BIG, "the container has %zu mounts and devices: a policy can be about %d",
			       composer->facts->volumes.count, KF_POLICY_MOUNTS_MAX);
	if (prepare(composer) < 0)
		return kf_oom(err);
	r = kf_composer_grant_lists(composer, filesystem, err);
	if (r == 0)
		r = kf_composer_hide_list(composer, filesystem, err);
	if (r == 0)
		r = kf_composer_obey(composer, err);
	if (r < 0)
		return r;
	kf_access_reduce(&composer->grants);
	kf_access_reduce(&composer->hidden);
	if (composer->grants.count > KF_POLICY_GRANTS_MAX)
		return kf_fail(err, E2BIG, "profile %s has %zu paths for this container: %d can be granted",
			       composer->name, composer->grants.count, KF_POLICY_GRANTS_MAX);
	return check_workdir(composer, err);
}

static void composer_done(struct kf_composer *composer)
{
	kf_access_clear(&composer->mounts);
	kf_access_clear(&composer->grants);
	kf_access_clear(&composer->hidden);
	free(composer->made);
	free(composer->workdir);
	free(composer->home);
}

int kf_compose(const struct kf_profile *profile, const char *name, const struct kf_facts *facts, struct kf_policy *ret,
	       struct kf_error *err)
{
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);
	KF_CLEANUP(composer_done) struct kf_composer composer = { .name = name, .facts = facts };
	struct kf_policy policy = KF_POLICY_NONE;
	int r = compose(&composer, filesystem, err);

	if (r == 0 && profile->composed && kf_composer_document(&composer, profile, &policy.document) < 0)
		r = kf_oom(err);
	if (r < 0)
		return r;
	policy.grants = composer.grants;
	policy.hidden = composer.hidden;
	composer.grants = composer.hidden = (struct kf_access_list){ 0 };
	*ret = policy;
	return 0;
}
