/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-ascii.h"
#include "fixtures.h"

static void every_character_is_plain(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "" },
		{ "{\n  \"a\": \"b ~\"\n}\n", "{\n  \"a\": \"b ~\"\n}\n" },
		{ "\"\x7f\"", "\"\\u007f\"" },
		{ "\"\x1b[31m\"", "\"\\u001b[31m\"" },
		{ "\"\t\r\"", "\"\\u0009\\u000d\"" },
		{ "\"h\xc3\xa4\"", "\"h\\u00e4\"" },
		/* C1: what some terminals take for ESC [. */
		{ "\"\xc2\x9b"
		  "31m\"",
		  "\"\\u009b31m\"" },
		/* Right-to-left override. */
		{ "\xe2\x80\xae", "\\u202e" },
		{ "\xef\xbf\xbf", "\\uffff" },
		{ "\xf0\x90\x80\x80", "\\ud800\\udc00" },
		{ "\xf4\x8f\xbf\xbf", "\\udbff\\udfff" },
		{ "\xf0\x9f\x98\x80", "\\ud83d\\ude00" },
		/* No UTF-8: overlong, surrogates, beyond the last one, cut, and bytes that never stand in it. */
		{ "\xc0\xaf", "\\ufffd\\ufffd" },
		{ "\xe0\x80\xaf", "\\ufffd\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\xc3", "\\ufffd" },
		{ "\xe2\x80", "\\ufffd\\ufffd" },
		{ "\xf0\x9f\x98", "\\ufffd\\ufffd\\ufffd" },
		{ "\xc3(", "\\ufffd(" },
		{ "\x80\xff\xfe", "\\ufffd\\ufffd\\ufffd" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = NULL;
		size_t length = 0;

		assert_int_equal(kf_json_ascii(rows[i].text, strlen(rows[i].text), &text, &length), 0);
		expect_text(rows[i].wanted, "text", text, rows[i].wanted);
		assert_int_equal(length, strlen(text));
		free(text);
	}
}

/* The same document, with any strings. */
static void it_means_the_same(void **state)
{
	struct json_object *before = json_from(realistic_spec()), *after = NULL;
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length;

	(void)state;
	assert_int_equal(kf_json_ascii(realistic_spec(), strlen(realistic_spec()), &text, &length), 0);
	for (const char *c = text; *c; c++)
		assert_true(*c >= 0x20 && *c < 0x7f);
	expect_success("parse", kf_json_parse(text, length, "x", KF_JSON_STRICT, &after, &err), &err);
	assert_string_equal(json_text(before), json_text(after));
	(void)json_object_put(before);
	(void)json_object_put(after);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_plain),
		cmocka_unit_test(it_means_the_same),
	};

	return cmocka_run_group_tests_name("base/json-ascii", tests, NULL, NULL);
}
