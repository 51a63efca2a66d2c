/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rewrite of a config.json: the result is wrapped, a second rewrite changes nothing, and all other members come out
 * as they went in.
 */
#include "base/rlimit.h"
#include "fuzz.h"
#include "oci/process.h"
#include "oci/spec-edit.h"
#include "oci/spec.h"

static const struct kf_hook_call hook = { .path = "/usr/libexec/oci/hooks.d/kubefence-hook", .handler = "nono-runc" };

static struct kf_spec_edit rewrite_of(bool mount)
{
	return (struct kf_spec_edit){ .handler = "nono-runc",
				      .wrapping.profile = "default",
				      .mount_source = mount ? "/opt/nono-nri" : NULL,
				      .hook = &hook };
}

/* The members of OBJECT (may be NULL) that the rewrite does not touch, as text. The caller's to free. */
static char *rest_of(struct json_object *object, const char *const touched[])
{
	cleanup_free char *text = strdup("");

	if (!object)
		return kf_steal_string(&text);

	struct json_object_iterator i = json_object_iter_begin(object), end = json_object_iter_end(object);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);
		struct json_object *value = json_object_iter_peek_value(&i);
		size_t t = 0, length;
		char *longer;

		while (touched[t] && strcmp(touched[t], key) != 0)
			t++;
		if (touched[t])
			continue;
		must(asprintf(&longer, "%s%s=%s\n", text, key, value ? kf_json_text(value, &length) : "null") >= 0,
		     "memory");
		free(text);
		text = longer;
	}
	return kf_steal_string(&text);
}

struct rests {
	char *spec, *process;
};

static struct rests take_rests(struct json_object *spec)
{
	static const char *const of_spec[] = { "process", "annotations", "hooks", "mounts", NULL };
	static const char *const of_process[] = { "args", "env", "rlimits", NULL };

	return (struct rests){ rest_of(spec, of_spec),
			       rest_of(kf_json_member(spec, "process", json_type_object), of_process) };
}

static const char *word(struct json_object *args, size_t i)
{
	return kf_json_string_value(json_object_array_get_idx(args, i));
}

/* After the words of the first step stand the original ones, byte for byte. */
static void check_args(struct json_object *before, struct json_object *spec)
{
	struct json_object *args =
		kf_json_member(kf_json_member(spec, "process", json_type_object), "args", json_type_array);
	size_t count = json_object_array_length(before), shift = json_object_array_length(args) - count;

	must(strcmp(word(args, 0), KF_LAUNCHER_PATH) == 0 && strcmp(word(args, 1), KF_FIRST_STEP) == 0,
	     "the first step first");
	must(shift == 0 ||
		     (shift % 2 == 1 && shift <= 7 + 2 * KF_RLIMITS_MAX && strcmp(word(args, shift - 1), "--") == 0),
	     "options and their values, and the end of them");
	for (size_t i = 0; i < count; i++)
		must(strcmp(word(before, i), word(args, i + shift)) == 0, "the original words stay");
}

static void check_rewritten(struct json_object *spec, const struct kf_spec_edit *rewrite)
{
	struct kf_error err = { 0 };
	bool changed = true;
	size_t length;
	cleanup_free char *text = strdup(kf_json_text(spec, &length));

	must(kf_spec_edit_apply(spec, rewrite, &changed, &err) == 0 && !changed, "a second rewrite changes nothing");
	must(strcmp(kf_json_text(spec, &length), text) == 0, "nor a byte");
	must(kf_spec_edit_verify(spec, rewrite, &err) == 0, "the hook finds it wrapped");
}

static void try_rewrite(const char *text, size_t size, bool mount)
{
	cleanup_json struct json_object *spec = NULL, *original = NULL;
	const struct kf_spec_edit rewrite = rewrite_of(mount);
	struct kf_error err = { 0 };
	bool changed = false;

	if (kf_spec_parse(text, size, KF_JSON_STRICT, &spec, &err) < 0 ||
	    kf_spec_parse(text, size, KF_JSON_STRICT, &original, &err) < 0)
		return;

	struct rests before = take_rests(original);
	int r = kf_spec_edit_apply(spec, &rewrite, &changed, &err);

	must_tell(r, &err);
	if (r == 0) {
		struct rests after = take_rests(spec);

		must(strcmp(before.spec, after.spec) == 0, "other members of the spec stay");
		must(strcmp(before.process, after.process) == 0, "other members of the process stay");
		check_args(
			kf_json_member(kf_json_member(original, "process", json_type_object), "args", json_type_array),
			spec);
		check_rewritten(spec, &rewrite);
		free(after.spec);
		free(after.process);
	}
	free(before.spec);
	free(before.process);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = text_of(data, size);

	try_rewrite(text, size, false);
	try_rewrite(text, size, true);
	return 0;
}
