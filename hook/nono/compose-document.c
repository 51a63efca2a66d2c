/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "nono/composer.h"

static int put_lists(const struct kf_composer *composer, struct json_object *filesystem)
{
	for (size_t k = 0; k < KF_POLICY_LISTS; k++) {
		struct json_object *array = json_object_new_array();
		int r = array ? 0 : -ENOMEM;

		for (size_t i = 0; r == 0 && i < composer->grants.count; i++) {
			const struct kf_access *grant = &composer->grants.items[i];

			if (grant->rights == kf_policy_lists[k].rights &&
			    grant->directory == kf_policy_lists[k].directory)
				r = kf_json_append_string(array, grant->path);
		}
		if (r < 0 || kf_json_set(filesystem, kf_policy_lists[k].key, array) < 0)
			return -ENOMEM;
	}
	json_object_object_del(filesystem, "deny");
	return 0;
}

/* A setting that the profile makes stays. */
static int put_word(struct json_object *security, const char *key, const char *word)
{
	return json_object_object_get(security, key) ? 0 : kf_json_set_string(security, key, word);
}

/*
 * Signals, and abstract unix sockets: Landlock would keep an exec from the processes of its own container. Where only
 * these are in reach, Landlock has nothing to keep from it.
 */
static int put_scopes(const struct kf_facts *facts, struct json_object *document)
{
	struct json_object *security = kf_json_ensure(document, "security", json_type_object);
	int r = security ? 0 : -ENOMEM;

	if (r == 0 && facts->own_processes)
		r = put_word(security, "signal_mode", "allow_all");
	if (r == 0 && facts->own_network)
		r = put_word(security, "ipc_mode", "full");
	return r;
}

int kf_composer_document(const struct kf_composer *composer, const struct kf_profile *profile, struct json_object **ret)
{
	cleanup_json struct json_object *document = NULL;
	struct json_object *filesystem;

	if (json_object_deep_copy(profile->document, &document, NULL) < 0)
		return -ENOMEM;
	filesystem = kf_json_ensure(document, "filesystem", json_type_object);
	if (!filesystem || put_lists(composer, filesystem) < 0 || put_scopes(composer->facts, document) < 0)
		return -ENOMEM;
	*ret = kf_steal_json(&document);
	return 0;
}
