/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain-mounts.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "base/json.h"
#include "cli/row.h"
#include "oci/volumes.h"

void kf_explain_mounts(struct kf_rows *rows, const struct kf_volumes *volumes, const struct kf_error *err)
{
	char what[KF_VOLUME_TEXT_MAX];

	if (err->code)
		kf_row(rows, KF_ROW_FACT, "mounts", err->message);
	for (size_t i = 0; i < volumes->count; i++) {
		const struct kf_volume *volume = &volumes->items[i].volume;
		cleanup_free char *text = NULL;

		(void)kf_format(&text, "%-7s %s: %s", kf_volume_kind_name(volume->kind), volumes->items[i].destination,
				kf_volume_describe(volume, what));
		kf_row(rows, KF_ROW_FACT, i ? "" : "mounts", text ? text : "(out of memory)");
	}
}

static int add_entry(struct json_object *array, const struct kf_volume_entry *entry)
{
	cleanup_json struct json_object *object = json_object_new_object();
	char what[KF_VOLUME_TEXT_MAX];

	if (!object || kf_json_set_string(object, "destination", entry->destination) < 0 ||
	    kf_json_set_string(object, "kind", kf_volume_kind_name(entry->volume.kind)) < 0 ||
	    kf_json_set_string(object, "what", kf_volume_describe(&entry->volume, what)) < 0)
		return -ENOMEM;
	return kf_json_append(array, json_object_get(object));
}

struct json_object *kf_explain_mounts_json(const struct kf_volumes *volumes)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < volumes->count; i++)
		if (add_entry(array, &volumes->items[i]) < 0) {
			(void)json_object_put(array);
			return NULL;
		}
	return array;
}
