/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-lexer.h"
#include "fixtures.h"

/* In a block of exactly its size, so that the sanitizers see every look past its end. */
static size_t string_end(const char *text, size_t length, enum kf_json_mode mode, struct kf_json_string *string)
{
	char *exact = malloc(length);

	assert_non_null(exact);
	memcpy(exact, text, length);

	size_t end = kf_json_string_end(exact, length, 0, mode, string);

	free(exact);
	return end;
}

/* As many bytes as json-c makes of a string when it has the memory. */
static void the_bytes_of_a_string_are_json_c_s(void **state)
{
	static const struct {
		const char *value;
		size_t bytes;
		bool nul;
	} rows[] = {
		{ "\"\"", 0, false },
		{ "\"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", 10, false },
		{ "\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"", 8, false },
		{ "\"\\u0000\\u007f\\u0080\\u07FF\\u0800\\uffff\"", 12, true },
		{ "\"\\ud83d\\ude00\"", 4, false },
		{ "\"\\ud83d\"", 3, false },
		{ "\"\\ud83dx\"", 4, false },
		{ "\"\\ud83d\\n\"", 4, false },
		{ "\"\\ude00\\ud83d\"", 6, false },
		{ "\"\\ud83d\\ud83d\\ude00\"", 7, false },
		{ "\"\\\\u0000\"", 6, false },
		{ "\"a\\u00e9\\ud83d\\ude00\\/\\\\\\\"\\b\\f\\n\\r\\tb\xc3\xa4\"", 18, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *value = rows[i].value;
		struct kf_json_string string;
		char text[100];

		expect(value, string_end(value, strlen(value), KF_JSON_STRICT, &string) == strlen(value));
		expect(value, string.bytes == rows[i].bytes && string.nul == rows[i].nul && !string.wrong);
		(void)snprintf(text, sizeof text, "{\"\":%s}", value);

		struct json_object *object = json_from(text), *read = json_object_object_get(object, "");

		expect(value, (size_t)json_object_get_string_len(read) == rows[i].bytes);
		(void)json_object_put(object);
	}
}

static void strings_end_where_they_end(void **state)
{
	static const struct {
		const char *text;
		size_t strict, relaxed; /* 0: there is no end */
	} rows[] = {
		{ "\"a\",\"b\"", 3, 3 }, { "\"a'b\"", 5, 5 },      { "'a\"b'", 5, 5 },
		{ "\"a", 0, 0 },         { "\"", 0, 0 },           { "\"\\\"", 0, 0 },
		{ "\"\\", 0, 0 },        { "\"\\x\"", 0, 0 },      { "\"\\'\"", 0, 0 },
		{ "\"\\u12\"", 0, 0 },   { "\"\\u12g4\"", 0, 0 },  { "\"\\u+123\"", 0, 0 },
		{ "\"\\u 123\"", 0, 0 }, { "\"a\nb\"", 0, 5 },     { "\"\x1f\"", 0, 3 },
		{ "\"\x7f\"", 3, 3 },    { "\"\xc0\x80\"", 0, 4 }, { "\"\xed\xa0\x80\"", 0, 5 },
		{ "\"\xff\"", 0, 3 },    { "\"\xc3\"", 0, 3 },     { "\"\xc3", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		struct kf_json_string string;

		expect(text, string_end(text, strlen(text), KF_JSON_STRICT, &string) == rows[i].strict);
		expect(text, !string.wrong == (rows[i].strict > 0));
		expect(text, string_end(text, strlen(text), KF_JSON_RELAXED, &string) == rows[i].relaxed);
		expect(text, !string.wrong == (rows[i].relaxed > 0));
	}
}

static void a_nul_does_not_end_the_text(void **state)
{
	static const char in_string[] = "\"a\0b\"", after_backslash[] = "\"\\\0\"";
	struct kf_json_string string;

	(void)state;
	for (int mode = KF_JSON_STRICT; mode <= KF_JSON_RELAXED; mode++) {
		assert_int_equal(string_end(in_string, sizeof in_string - 1, (enum kf_json_mode)mode, &string), 0);
		assert_int_equal(
			string_end(after_backslash, sizeof after_backslash - 1, (enum kf_json_mode)mode, &string), 0);
	}
}

static void numbers_end_where_they_end(void **state)
{
	static const struct {
		const char *text;
		size_t strict, relaxed;
		bool integer;
	} rows[] = {
		{ "0", 1, 1, true },     { "-0", 2, 2, true },        { "10,", 2, 2, true },
		{ "0x10", 1, 1, true },  { "12.50e+3", 8, 8, false }, { "-1E-9]", 5, 5, false },
		{ "0.10", 4, 4, false }, { "0e0", 3, 3, false },      { "1.", 0, 2, false },
		{ "1.e5", 0, 4, false }, { "01", 0, 0, false },       { "-01", 0, 0, false },
		{ "-", 0, 0, false },    { "-.5", 0, 0, false },      { "1e", 0, 0, false },
		{ "1e+", 0, 0, false },  { "1.5e", 0, 0, false },     { "-Infinity", 0, 0, false },
		{ "00", 0, 0, false },   { "1-", 1, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		bool integer = false;

		expect(text, kf_json_number_end(text, strlen(text), 0, KF_JSON_STRICT, &integer) == rows[i].strict);
		expect(text, rows[i].strict == 0 || integer == rows[i].integer);
		expect(text, kf_json_number_end(text, strlen(text), 0, KF_JSON_RELAXED, &integer) == rows[i].relaxed);
	}
}

/* Every code point has one form and no other four bytes are a character (Unicode, table 3-7). */
static void characters_are_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		uint32_t value;
	} rows[] = {
		{ "a", 1, 'a' },
		{ "\x7f", 1, 0x7f },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xdf\xbf", 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 0xe000 },
		{ "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\x80", 0, 0 },
		{ "\xc0\xaf", 0, 0 },
		{ "\xc1\xbf", 0, 0 },
		{ "\xc3", 0, 0 },
		{ "\xc3(", 0, 0 },
		{ "\xe0\x80\xaf", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 },
		{ "\xe2\x82", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 },
		{ "\xed\xbf\xbf", 0, 0 },
		{ "\xf0\x80\x80\xaf", 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 },
		{ "\xf7\xbf\xbf\xbf", 0, 0 },
		{ "\xf8\x88\x80\x80\x80", 0, 0 },
		{ "\xff", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		uint32_t value = 0;

		expect(text, kf_json_character(text, strlen(text), &value) == rows[i].size);
		expect(text, value == rows[i].value);
		/* One byte less is no character. */
		if (rows[i].size > 1)
			expect(text, kf_json_character(text, rows[i].size - 1, &value) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_of_a_string_are_json_c_s),
		cmocka_unit_test(strings_end_where_they_end),
		cmocka_unit_test(a_nul_does_not_end_the_text),
		cmocka_unit_test(numbers_end_where_they_end),
		cmocka_unit_test(characters_are_utf8),
	};

	return cmocka_run_group_tests_name("base/json-lexer", tests, NULL, NULL);
}
