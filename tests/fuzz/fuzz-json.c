/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict parser: what it takes, the relaxed one takes too, and it comes back the same when it is printed; and it
 * makes no difference whether a part is read at once or later.
 */
#include "base/json.h"
#include "fuzz.h"

static void prints_the_same_again(struct json_object *object)
{
	cleanup_json struct json_object *again = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;
	const char *printed = kf_json_text(object, &length);
	cleanup_free char *text = strndup(printed, length);

	must(kf_json_parse(text, length, "printed", KF_JSON_STRICT, &again, &err) == 0, "printed JSON is strict");
	printed = kf_json_text(again, &length);
	must(strcmp(printed, text) == 0, "printing is a fixed point");
}

static void reads_the_same_later(const char *text, size_t size, int r, struct json_object *strict)
{
	static const struct kf_json_path unread = { "linux", "seccomp" };
	cleanup_json struct json_object *object = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;
	int q = kf_json_parse_except(text, size, "input", &unread, &object, &err);

	must_tell(q, &err);
	must(r < 0 || q == 0, "what is not read keeps nothing out");
	if (q == 0) {
		q = kf_json_read_member(kf_json_member(object, unread.outer, json_type_object), unread.inner, "part",
					&err);
		must_tell(q, &err);
	}
	must(q == r, "nor does it let anything in");
	if (r == 0)
		must(strcmp(kf_json_text(object, &length), kf_json_text(strict, &length)) == 0, "it is the same later");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = text_of(data, size);
	cleanup_json struct json_object *strict = NULL, *relaxed = NULL;
	struct kf_error err = { 0 }, relaxed_err = { 0 };
	int r = kf_json_parse(text, size, "input", KF_JSON_STRICT, &strict, &err);
	int q = kf_json_parse(text, size, "input", KF_JSON_RELAXED, &relaxed, &relaxed_err);

	must_tell(r, &err);
	must_tell(q, &relaxed_err);
	must(r < 0 || q == 0, "relaxed takes what strict takes");
	reads_the_same_later(text, size, r, strict);
	if (r == 0)
		prints_the_same_again(strict);
	return 0;
}
