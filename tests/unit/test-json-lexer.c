/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-lexer.h"
#include "fixtures.h"

enum { DEPTH = 5 };

/* In a block of exactly its size, so that the sanitizers see every look behind its end. */
static size_t end_of(const char *text, size_t length)
{
	char *exact = malloc(length ? length : 1);

	assert_non_null(exact);
	memcpy(exact, text, length);

	size_t end = kf_json_skip_value(exact, length, 0, DEPTH);

	free(exact);
	return end;
}

static void values_end_where_they_end(void **state)
{
	static const char *const values[] = {
		"{}",
		"[]",
		"{ }",
		"[\t\r\n]",
		"\"\"",
		"\"a\\u00e9\\ud83d\\ude00\\/\\\\\\\"\\b\\f\\n\\r\\tb\xc3\xa4\"",
		"0",
		"-0",
		"12.50e+3",
		"-1E-9",
		"true",
		"false",
		"null",
		"[1,true,\"]\",null]",
		"{\"a\":1 , \"}\" : [ ] }",
		"{\"a\\u0000\":{\"a\":1,\"a\":2}}",
		"[[[[1]]]]",
		"[[[[[]]]]]",
	};
	static const char *const rests[] = { "", ",", "}", "]", " ", "\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		for (size_t r = 0; r < COUNT(rests); r++) {
			char text[100];

			(void)snprintf(text, sizeof text, "%s%s", values[i], rests[r]);
			expect(text, end_of(text, strlen(text)) == strlen(values[i]));
		}
	}
}

static void what_is_no_value_has_no_end(void **state)
{
	static const char *const rows[] = {
		"",
		" 1",
		"x",
		"}",
		"]",
		",",
		":",
		"'a'",
		"NaN",
		"Infinity",
		"+1",
		".5",
		"01",
		"1.",
		"-",
		"1e",
		"tru",
		"nul",
		"fals",
		"True",
		"\"",
		"\"\\\"",
		"\"\\",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\u+123\"",
		"\"\\u 123\"",
		"\"a\nb\"",
		"\"\x1f\"",
		"\"\xc0\x80\"",
		"\"\xed\xa0\x80\"",
		"\"\xff\"",
		"\"\xc3\"",
		"{",
		"[",
		"{]",
		"[}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1",
		"{\"a\":1]",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{,}",
		"{\"a\" 1}",
		"{1:2}",
		"{a:1}",
		"{\"a\":1 \"b\":2}",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1}",
		"[1:2]",
		"[1/]",
		"[/**/]",
		"[\f]",
		"[[[[[1]]]]]",
		"[[[[[[]]]]]]",
		"[[1]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t end = end_of(rows[i], strlen(rows[i]));

		expect(rows[i], end == 0);
	}
}

static void a_nul_is_no_end(void **state)
{
	static const char in_string[] = "\"a\0b\"", between[] = "[1,\0 2]", behind_backslash[] = "\"\\\0\"";

	(void)state;
	assert_int_equal(end_of(in_string, sizeof in_string - 1), 0);
	assert_int_equal(end_of(between, sizeof between - 1), 0);
	assert_int_equal(end_of(behind_backslash, sizeof behind_backslash - 1), 0);
}

/* No half of a document is a value, and none is read behind its end. */
static void no_half_is_whole(void **state)
{
	const char *spec = realistic_spec();
	size_t length = strlen(spec);

	(void)state;
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(kf_json_skip_value(spec, cut, 0, 20), 0);
	assert_int_equal(kf_json_skip_value(spec, length, 0, 20), length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_end_where_they_end),
		cmocka_unit_test(what_is_no_value_has_no_end),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(no_half_is_whole),
	};

	return cmocka_run_group_tests_name("base/json-lexer", tests, NULL, NULL);
}
