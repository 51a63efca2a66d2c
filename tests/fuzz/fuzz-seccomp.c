/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp profile: an accepted one can be resolved, the result is a profile again, and applying it twice is once. */
#include "base/json.h"
#include "fuzz.h"
#include "oci/seccomp-profile.h"
#include "oci/seccomp.h"

static struct json_object *parsed(const char *text, size_t length)
{
	struct json_object *profile = NULL;
	struct kf_error err = { 0 };
	int r = kf_seccomp_profile_parse(text, length, "input", &profile, &err);

	must_tell(r, &err);
	must((r == 0) == (profile != NULL), "a profile or an error");
	return profile;
}

static struct json_object *spec_with(const char *caps)
{
	char text[256];
	struct json_object *spec = NULL;
	struct kf_error err;
	int length = snprintf(text, sizeof text, "{\"process\":{\"capabilities\":{\"bounding\":[%s]}}}", caps);

	must(kf_json_parse(text, (size_t)length, "spec", KF_JSON_STRICT, &spec, &err) == 0, "a spec");
	return spec;
}

static void apply(struct json_object *profile, const char *caps)
{
	cleanup_json struct json_object *spec = spec_with(caps), *again = NULL;
	struct kf_error err = { 0 };
	bool changed = false;
	size_t length;

	must(kf_seccomp_apply(spec, profile, &changed, &err) == 0 && changed, "a profile can be applied");

	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	const char *text = kf_json_text(kf_json_member(linux_part, "seccomp", json_type_object), &length);

	if (length <= KF_SECCOMP_MAX) {
		again = parsed(text, length);
		must(again != NULL, "the result is a profile");
	}
	changed = false;
	must(kf_seccomp_apply(spec, again ? again : profile, &changed, &err) == 0 && !changed, "twice is once");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = text_of(data, size);
	cleanup_json struct json_object *profile = parsed(text, size);

	if (!profile)
		return 0;
	apply(profile, "");
	apply(profile, "\"CAP_SYS_ADMIN\",\"CAP_BPF\"");
	return 0;
}
