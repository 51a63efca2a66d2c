/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-scan.h"
#include "fixtures.h"

/* In a block of exactly its size, so that the sanitizers see every look past its end. */
static int scan(const char *text, size_t length, enum kf_json_mode mode, struct kf_json_scan *ret)
{
	char *exact = malloc(length ? length : 1);

	assert_non_null(exact);
	memcpy(exact, text, length);

	int r = kf_json_scan(exact, length, mode, false, NULL, ret);

	free(exact);
	return r;
}

static void values_are_whole(void **state)
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
		"{\"a\":{\"a\":1,\"a\":2}}",
		"[[[[1]]]]",
		"[[[[[]]]]]",
		"{\"a\":\"b\\u0000c\",\"d\":[\"\\u0000\"]}",
		"{\"a\\\\u0000\":1}",
		"{\"a:b\":\"c:d\",\"e\":\":\"}",
		"{\"a\":\"\\\":\\\":\"}",
		"{\"a\":\"\\\\\",\"b\":1}",
	};
	static const char *const rests[] = { ",", "}", "]", "{", "\"", "x" };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct kf_json_scan ret;
		char text[100];
		int length = snprintf(text, sizeof text, " %s\r\n", values[i]);

		expect(text, scan(text, (size_t)length, KF_JSON_STRICT, &ret) == 0);
		expect(text, scan(text, (size_t)length, KF_JSON_RELAXED, &ret) == 0);
		for (size_t r = 0; r < COUNT(rests); r++) {
			length = snprintf(text, sizeof text, "%s %s", values[i], rests[r]);
			expect(text, scan(text, (size_t)length, KF_JSON_STRICT, &ret) == -EINVAL);
			expect(text, ret.offset == strlen(values[i]) + 1);
			expect_text(text, "the reason", ret.wrong, "something follows the document");
		}
	}
}

static void it_says_where_the_text_is_wrong(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *wrong;
	} rows[] = {
		{ "{\"a\":NaN}", 5, "a value is missing" },
		{ "{\"a\":Infinity}", 5, "a value is missing" },
		{ "{\"a\":-Infinity}", 5, "a number is malformed" },
		{ "{\"a\":nil}", 6, "a word is not true, false or null" },
		{ "{'a':1}", 1, "a key in double quotes is missing" },
		{ "{\"a\":\"b\nc\"}", 5, "a string has a control character" },
		{ "{\"a\":\"\x1f\"}", 5, "a string has a control character" },
		{ "{\"a\tb\":1}", 1, "a string has a control character" },
		{ "{\"a\":\"\xff\"}", 5, "a string is not UTF-8" },
		{ "{\"a\":\"b", 5, "a string has no end" },
		{ "{\"a\":\"b\\", 5, "a string has an unknown escape" },
		{ "{\"a\":\"b\\\"", 5, "a string has no end" },
		{ "{\"a\":01}", 5, "a number is malformed" },
		{ "{\"a\":-01}", 5, "a number is malformed" },
		{ "{\"a\":-}", 5, "a number is malformed" },
		{ "{\"a\":1.}", 5, "a number is malformed" },
		{ "{\"a\":.5}", 5, "a value is missing" },
		{ "{\"a\":+1}", 5, "a value is missing" },
		{ "{\"a\":1e}", 5, "a number is malformed" },
		{ "{\"a\":1e+}", 5, "a number is malformed" },
		{ "{\"a\":0x10}", 6, "a comma or } is missing" },
		{ "{\"a\":1}/", 7, "something follows the document" },
		{ "{\"a\":1\f}", 6, "a comma or } is missing" },
		{ "{\"a\":1\v}", 6, "a comma or } is missing" },
		{ "{\"a\\u0000\":1}", 1, "a key has a NUL in it" },
		{ "{\"a\\u0000b\" \t\r\n:1}", 1, "a key has a NUL in it" },
		{ "\xef\xbb\xbf{}", 0, "a value is missing" },
		{ "", 0, "it ends too early" },
		{ " \n", 2, "it ends too early" },
		{ "{", 1, "it ends too early" },
		{ "[1,", 3, "it ends too early" },
		{ "{\"a\"", 4, "it ends too early" },
		{ "tru", 3, "it ends too early" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_json_scan ret = { 0 };

		expect(rows[i].text, scan(rows[i].text, strlen(rows[i].text), KF_JSON_STRICT, &ret) == -EINVAL);
		expect(rows[i].text, ret.offset == rows[i].offset);
		expect_text(rows[i].text, "the reason", ret.wrong, rows[i].wrong);
	}
}

static void text_that_is_not_a_value_is_refused(void **state)
{
	static const char *const rows[] = {
		"x",
		"}",
		"]",
		",",
		":",
		"'a'",
		"+1",
		".5",
		"01",
		"-",
		"1e",
		"nul",
		"fals",
		"True",
		"\"",
		"\"\\\"",
		"\"\\x\"",
		"\"\\u12g4\"",
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
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1}",
		"[1:2]",
		"[1/]",
		"[/**/]",
		"[1//\n]",
		"[\f]",
		"[[1]",
		"{\"a':1}",
		"{'a\":1}",
		"{\"a\":'b'}",
		"-infinity",
		"nan",
		"Infinit",
		"--Infinity",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_json_scan ret;

		expect(rows[i], scan(rows[i], strlen(rows[i]), KF_JSON_STRICT, &ret) == -EINVAL);
		expect(rows[i], scan(rows[i], strlen(rows[i]), KF_JSON_RELAXED, &ret) == -EINVAL);
	}
}

static void a_nul_between_tokens_is_an_error(void **state)
{
	static const char text[] = "{\"a\":1\0}";
	struct kf_json_scan ret;

	(void)state;
	assert_int_equal(scan(text, sizeof text - 1, KF_JSON_STRICT, &ret), -EINVAL);
	assert_int_equal(ret.offset, 6);
	assert_int_equal(scan(text, sizeof text - 1, KF_JSON_RELAXED, &ret), -EINVAL);
}

static void sixty_four_levels_are_enough(void **state)
{
	char text[2 * (KF_JSON_DEPTH_MAX + 1)];
	struct kf_json_scan ret;

	(void)state;
	memset(text, '[', KF_JSON_DEPTH_MAX);
	memset(text + KF_JSON_DEPTH_MAX, ']', KF_JSON_DEPTH_MAX);
	for (int mode = KF_JSON_STRICT; mode <= KF_JSON_RELAXED; mode++)
		assert_int_equal(scan(text, 2 * (size_t)KF_JSON_DEPTH_MAX, (enum kf_json_mode)mode, &ret), 0);
	memset(text, '[', KF_JSON_DEPTH_MAX + 1);
	memset(text + KF_JSON_DEPTH_MAX + 1, ']', KF_JSON_DEPTH_MAX + 1);
	for (int mode = KF_JSON_STRICT; mode <= KF_JSON_RELAXED; mode++) {
		assert_int_equal(scan(text, sizeof text, (enum kf_json_mode)mode, &ret), -EINVAL);
		assert_int_equal(ret.offset, KF_JSON_DEPTH_MAX);
		assert_string_equal(ret.wrong, "it is nested too deep");
	}
	/* A value that is neither an object nor an array is a level, too. */
	text[KF_JSON_DEPTH_MAX] = '1';
	assert_int_equal(scan(text, sizeof text, KF_JSON_STRICT, &ret), -EINVAL);
	assert_int_equal(ret.offset, KF_JSON_DEPTH_MAX);
}

/* A part of a document is refused, and no byte past its end is looked at. */
static void no_part_of_a_document_is_taken(void **state)
{
	const char *spec = realistic_spec();
	size_t length = strlen(spec);
	struct kf_json_scan ret;

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		assert_int_equal(scan(spec, cut, KF_JSON_STRICT, &ret), -EINVAL);
		assert_int_equal(scan(spec, cut, KF_JSON_RELAXED, &ret), -EINVAL);
	}
	assert_int_equal(scan(spec, length, KF_JSON_STRICT, &ret), 0);
}

/* Where json-c has read less than the text, or another value, it had no memory for it. */
static void it_finds_the_members_a_tree_lacks(void **state)
{
	static const struct {
		const char *text, *tree; /* ' is " in TREE */
		int r;
	} rows[] = {
		{ "{\"a\":[1,{\"b\":\"c\\n\"},null,true,1.50]}", "{'a':[1,{'b':'c\\n'},null,true,1.50]}", 0 },
		{ "{\"a\":\"bc\"}", "{'a':'b'}", -ENOMEM },
		{ "{\"a\":\"b\"}", "{'a':'bc'}", -ENOMEM },
		{ "{\"a\":\"\xc3\xa4\"}", "{'a':'b'}", -ENOMEM },
		{ "{\"ab\":1}", "{'a':1}", -ENOMEM },
		{ "{\"a\":[1,2]}", "{'a':[1]}", -ENOMEM },
		{ "{\"a\":[]}", "{'a':[1]}", -ENOMEM },
		{ "{\"a\":{}}", "{'a':null}", -ENOMEM },
		{ "{\"a\":[]}", "{'a':{}}", -ENOMEM },
		{ "{\"a\":{}}", "{'a':[]}", -ENOMEM },
		{ "{\"a\":1}", "{'a':null}", -ENOMEM },
		{ "{\"a\":1}", "{'a':1.5}", -ENOMEM },
		{ "{\"a\":1.5}", "{'a':1}", -ENOMEM },
		{ "{\"a\":true}", "{'a':null}", -ENOMEM },
		{ "{\"a\":false}", "{'a':0}", -ENOMEM },
		{ "{\"a\":null}", "{'a':''}", -ENOMEM },
		{ "{\"a\":[{\"b\":[\"cd\"]}]}", "{'a':[{'b':['c']}]}", -ENOMEM },
		{ "{\"a\":1,\"a\":2}", "{'a':2}", -EEXIST },
		{ "{\"a\":1,\"\\u0061\":2}", "{'a':2}", -EEXIST },
		{ "{\"a\":\"long\",\"a\":{}}", "{'a':{}}", -EEXIST },
		{ "{\"b\":[0,{\"a\":{\"c\":\"d\"},\"x\":1,\"a\":{}}]}", "{'b':[0,{'a':{},'x':1}]}", -EEXIST },
		{ "{\"a\":1,\"b\":2", "{'a':1,'b':2}", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		struct json_object *tree = json_from(rows[i].tree);
		struct kf_json_scan ret;

		expect(text, kf_json_scan(text, strlen(text), KF_JSON_STRICT, true, tree, &ret) == rows[i].r);
		(void)json_object_put(tree);
	}
}

static void numbers_get_the_text_of_the_text(void **state)
{
	static const char text[] = "{\"a\":[-0,18446744073709551616,1.50],\"b\":-9223372036854775809,\"c\":7}";
	struct json_object *tree = json_from("{'a':[0,18446744073709551615,1.5],'b':-9223372036854775808,'c':7}");
	struct kf_json_scan ret;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, KF_JSON_STRICT, true, tree, &ret), 0);
	assert_string_equal(json_text(tree), text);
	(void)json_object_put(tree);
}

static void many_odd_numbers_fit(void **state)
{
	enum { MANY = 1000 };
	char text[MANY * 3 + 8] = "{\"a\":[";
	struct json_object *object;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		memcpy(text + 6 + 3 * i, "-0,", 3);
	memcpy(text + 6 + 3 * (size_t)MANY - 1, "]}", 3);
	object = json_from(text);
	assert_string_equal(json_text(object), text);
	(void)json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_whole),
		cmocka_unit_test(it_says_where_the_text_is_wrong),
		cmocka_unit_test(text_that_is_not_a_value_is_refused),
		cmocka_unit_test(a_nul_between_tokens_is_an_error),
		cmocka_unit_test(sixty_four_levels_are_enough),
		cmocka_unit_test(no_part_of_a_document_is_taken),
		cmocka_unit_test(it_finds_the_members_a_tree_lacks),
		cmocka_unit_test(numbers_get_the_text_of_the_text),
		cmocka_unit_test(many_odd_numbers_fit),
	};

	return cmocka_run_group_tests_name("base/json-scan", tests, NULL, NULL);
}
