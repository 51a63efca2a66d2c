/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict parser: the relaxed one takes every text that it takes, json-c reads all of it, and the document comes
 * back the same when it is printed.
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
	must(r != -ENOMEM && q != -ENOMEM, "json-c reads what the scan takes");
	if (r == 0)
		prints_the_same_again(strict);
	return 0;
}
