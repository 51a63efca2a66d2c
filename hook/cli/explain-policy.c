/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain-policy.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/json.h"
#include "cli/row.h"
#include "nono/compose.h"

static const char *rights_of(const struct kf_access *access)
{
	static const char *const words[] = {
		[0] = "hidden",
		[KF_ACCESS_READ] = "read",
		[KF_ACCESS_WRITE] = "write",
		[KF_ACCESS_READ | KF_ACCESS_WRITE] = "read and write",
	};

	return words[access->rights];
}

static void print_list(struct kf_rows *rows, const char *subject, const struct kf_access_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct kf_access *access = &list->items[i];
		cleanup_free char *text = NULL;

		(void)kf_format(&text, "%-14s %s%s: %s", rights_of(access), access->path, access->directory ? "/" : "",
				access->origin);
		kf_row(rows, KF_ROW_FACT, i ? "" : subject, text ? text : "(out of memory)");
	}
}

void kf_explain_policy(struct kf_rows *rows, const struct kf_policy *policy)
{
	print_list(rows, "policy", &policy->grants);
	print_list(rows, "hidden", &policy->hidden);
}

static int add_access(struct json_object *array, const struct kf_access *access)
{
	cleanup_json struct json_object *object = json_object_new_object();

	if (!object || kf_json_set_string(object, "path", access->path) < 0 ||
	    (access->rights && kf_json_set_string(object, "rights", rights_of(access)) < 0) ||
	    kf_json_set_string(object, "origin", access->origin) < 0)
		return -ENOMEM;
	return kf_json_append(array, json_object_get(object));
}

static int set_list(struct json_object *object, const char *key, const struct kf_access_list *list)
{
	cleanup_json struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = add_access(array, &list->items[i]);
	return r < 0 ? r : kf_json_set(object, key, json_object_get(array));
}

struct json_object *kf_explain_policy_json(const struct kf_policy *policy)
{
	struct json_object *object = json_object_new_object();

	if (object && set_list(object, "grants", &policy->grants) == 0 &&
	    set_list(object, "hidden", &policy->hidden) == 0)
		return object;
	(void)json_object_put(object);
	return NULL;
}
