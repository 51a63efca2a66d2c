/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/error.h"
#include "base/json-edit.h"
#include "fixtures.h"

static const char value[] = "{\"path\": \"/w\"}";

/* Added, added again, and taken out: TEXT must come back byte for byte. */
static void there_and_back(const char *text, const char *wanted)
{
	cleanup_free char *added = NULL, *again = NULL, *removed = NULL;
	struct kf_error err = { 0 };

	assert_int_equal(kf_json_add_member(text, "runtimes", "nono", value, &added, &err), 0);
	assert_string_equal(added, wanted);
	assert_int_equal(kf_json_add_member(added, "runtimes", "nono", value, &again, &err), 0);
	assert_string_equal(again, added);
	assert_int_equal(kf_json_remove_member(added, "runtimes", "nono", value, &removed, &err), 0);
	assert_string_equal(removed, text);
}

static void every_other_byte_stays(void **state)
{
	(void)state;
	there_and_back("{}", "{\"runtimes\": { \"nono\": {\"path\": \"/w\"} }}");
	there_and_back("{\n}\n", "{\"runtimes\": { \"nono\": {\"path\": \"/w\"} }\n}\n");
	there_and_back("{\"a\": 1}", "{\"a\": 1,\"runtimes\": { \"nono\": {\"path\": \"/w\"} }}");
	there_and_back("{\r\n\t\"a\": 18446744073709551616.10e+00\r\n}\r\n",
		       "{\r\n\t\"a\": 18446744073709551616.10e+00,\r\n\t\"runtimes\": { \"nono\": {\"path\": \"/w\"} "
		       "}\r\n}\r\n");
	there_and_back(
		"{\"runtimes\": {\n  \"x\": {\"path\": \"}\\\"]\"}\n}, \"b\": [1, {\"runtimes\": {}}]}",
		"{\"runtimes\": {\n  \"x\": {\"path\": \"}\\\"]\"},\n  \"nono\": {\"path\": \"/w\"}\n}, \"b\": [1, "
		"{\"runtimes\": {}}]}");
	there_and_back(" {\"x\": {\"runtimes\": 1}, \"t\": true} ",
		       " {\"x\": {\"runtimes\": 1}, \"t\": true, \"runtimes\": { \"nono\": {\"path\": \"/w\"} }} ");
}

static void blank_text_becomes_an_object(void **state)
{
	static const char *const blanks[] = { "", "\n", " \r\n\t" };

	(void)state;
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		cleanup_free char *made = NULL, *same = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_json_add_member(blanks[i], "runtimes", "nono", value, &made, &err), 0);
		assert_string_equal(made, "{\"runtimes\": { \"nono\": {\"path\": \"/w\"} }}\n");
		assert_int_equal(kf_json_remove_member(blanks[i], "runtimes", "nono", value, &same, &err), 0);
		assert_string_equal(same, blanks[i]);
	}
}

static void a_re_encoded_one_is_found(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "{\"runtimes\":{\"nono\":{\"path\":\"/w\"}}}", "{}" },
		{ "{\n  \"a\": 1,\n  \"runtimes\": {\n    \"nono\": {\n      \"path\": \"/w\"\n    }\n  },\n  \"b\": "
		  "2\n}",
		  "{\n  \"a\": 1,\n  \"b\": 2\n}" },
		{ "{\"runtimes\":{\"nono\":{\"path\":\"/w\",\"runtimeArgs\":[]},\"z\":{}}}",
		  "{\"runtimes\":{\"z\":{}}}" },
		{ "{\"runtimes\":{\"a\":{},\"nono\":{\"path\":\"/w\"},\"z\":{}}}",
		  "{\"runtimes\":{\"a\":{},\"z\":{}}}" },
		{ "{\"runtimes\":{\"a\":{}}}", "{\"runtimes\":{\"a\":{}}}" },
		{ "{\"b\":1}", "{\"b\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cleanup_free char *removed = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_json_remove_member(rows[i].text, "runtimes", "nono", value, &removed, &err), 0);
		assert_string_equal(removed, rows[i].wanted);
	}
}

static void text_that_cannot_be_edited_is_refused(void **state)
{
	static const struct {
		const char *text;
		int add, remove;
	} rows[] = {
		{ "[]", -EINVAL, -EINVAL },
		{ "{\"a\": 1,}", -EINVAL, -EINVAL },
		{ "{} {}", -EINVAL, -EINVAL },
		{ "{\"a\": 1, \"a\": 2}", -EINVAL, -EINVAL },
		{ "{\"runtimes\": {}, \"runtimes\": {}}", -EINVAL, -EINVAL },
		{ "{\"runtimes\": {}, \"\\u0072untimes\": {}}", -EINVAL, -EINVAL },
		{ "{\"runtimes\": []}", -EINVAL, -EINVAL },
		{ "{\"runtimes\": null}", -EINVAL, -EINVAL },
		{ "\xef\xbb\xbf{}", -EINVAL, -EINVAL },
		{ "{\"runtimes\": {\"nono\": {\"path\": \"/elsewhere\"}}}", -EEXIST, -EEXIST },
		{ "{\"runtimes\": {\"nono\": 1}}", -EEXIST, -EEXIST },
		/* Escapes: nothing is written twice, and nothing is taken for something else. */
		{ "{\"\\u0072untimes\": {}}", -EINVAL, 0 },
		{ "{\"runtimes\": {\"n\\u006fno\": {\"path\": \"/w\"}}}", 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cleanup_free char *added = NULL, *removed = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_json_add_member(rows[i].text, "runtimes", "nono", value, &added, &err),
				 rows[i].add);
		assert_int_equal(kf_json_remove_member(rows[i].text, "runtimes", "nono", value, &removed, &err),
				 rows[i].remove);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_other_byte_stays),
		cmocka_unit_test(blank_text_becomes_an_object),
		cmocka_unit_test(a_re_encoded_one_is_found),
		cmocka_unit_test(text_that_cannot_be_edited_is_refused),
	};

	return cmocka_run_group_tests_name("base/json-edit", tests, NULL, NULL);
}
