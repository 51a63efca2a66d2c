/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"

static int parse(const char *text, size_t length, enum kf_json_mode mode, struct json_object **ret,
		 struct kf_error *err)
{
	/* In a block of exactly its size, so that the sanitizers see every look past its end. */
	char *exact = malloc(length + 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, text, length);
	exact[length] = '\0';
	r = kf_json_parse(exact, length, "the document", mode, ret, err);
	free(exact);
	return r;
}

static bool accepts(const char *text, size_t length, enum kf_json_mode mode)
{
	struct json_object *object = NULL;
	struct kf_error err = { 0 };
	int r = parse(text, length, mode, &object, &err);

	if (r < 0) {
		assert_int_equal(err.code, -r);
		assert_null(object);
		expect(text, strstr(err.message, "the document") != NULL || r == -ENOMEM);
	}
	(void)json_object_put(object);
	return r == 0;
}

/* Texts that both modes take, that only the relaxed one takes, and that neither takes. */
static void modes_differ_where_they_should(void **state)
{
	static const struct {
		const char *text;
		bool strict, relaxed;
	} rows[] = {
		{ "{}", true, true },
		{ " \t\r\n{ } \n", true, true },
		{ "{\"a\":[true,false,null,\"\",{}]}", true, true },
		{ "{\"a\":1,\"A\":2,\"b\":{\"a\":3}}", true, true },
		{ "{\"a\":\"\\u00e9\\ud83d\\ude00\\/\\\\\\\"\\b\\f\\n\\r\\t\"}", true, true },
		{ "{\"\":1}", true, true },

		{ "{\"a\":NaN}", false, true },
		{ "{\"a\":Infinity}", false, true },
		{ "{\"a\":-Infinity}", false, true },
		{ "{'a':1}", false, true },
		{ "{\"a\":'b'}", false, false },
		{ "{\"a\":\"b\tc\"}", false, true },
		{ "{\"a\":\"b\nc\"}", false, true },
		{ "{\"a\":1.}", false, true },
		{ "{\"a\":1,\"a\":2}", false, true },
		{ "{\"a\":1,\"b\":[0,{\"c\":1,\"c\":1}]}", false, true },
		{ "{\"a\":1,\"\\u0061\":2}", false, true },
		{ "{\"process\":{\"args\":[\"a\"]},\"process\":{\"args\":[\"b\"]}}", false, true },
		{ "{\"a\\u0000\":1}", false, true },
		{ "{\"a\":1,\"a\\u0000b\":2}", false, true },
		{ "{\"a\":\"\xff\"}", false, true },
		{ "{\"a\":\"\xc3\"}", false, true },
		{ "{\"a\":\"\x80\"}", false, true },
		{ "{\"\xfe\":1}", false, true },

		{ "", false, false },
		{ " ", false, false },
		{ "{", false, false },
		{ "}", false, false },
		{ "null", false, false },
		{ "true", false, false },
		{ "1", false, false },
		{ "\"{}\"", false, false },
		{ "[]", false, false },
		{ "[{}]", false, false },
		{ "{}{}", false, false },
		{ "{}x", false, false },
		{ "{},", false, false },
		{ "{}]", false, false },
		{ "x{}", false, false },
		{ "\xef\xbb\xbf{}", false, false },
		{ "{a:1}", false, false },
		{ "{\"a\":01}", false, false },
		{ "{\"a\":+1}", false, false },
		{ "{\"a\":.5}", false, false },
		{ "{\"a\":1e}", false, false },
		{ "{\"a\":0x1}", false, false },
		{ "{\"a\":1,}", false, false },
		{ "{\"a\":[1,]}", false, false },
		{ "{\"a\":[1 2]}", false, false },
		{ "{\"a\" 1}", false, false },
		{ "{\"a\":/* */1}", false, false },
		{ "{\"a\":\"\\x41\"}", false, false },
		{ "{\"a\":\"\\u12\"}", false, false },
		{ "{\"a\":TRUE}", false, false },
		{ "{\"a\":nan}", false, false },
		{ "{\"a\":undefined}", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(rows[i].text, accepts(rows[i].text, strlen(rows[i].text), KF_JSON_STRICT) == rows[i].strict);
		expect(rows[i].text, accepts(rows[i].text, strlen(rows[i].text), KF_JSON_RELAXED) == rows[i].relaxed);
	}
}

/* Forms that json-c's own check lets through: overlong, surrogates, beyond U+10FFFF. Readers disagree about them. */
static void strict_takes_valid_utf8_only(void **state)
{
	static const char *const bad[] = {
		"{\"a\":\"\xc0\xaf\"}",         "{\"a\":\"\xc1\xbf\"}",         "{\"a\":\"\xe0\x80\xaf\"}",
		"{\"a\":\"\xf0\x80\x80\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}",     "{\"a\":\"\xed\xbf\xbf\"}",
		"{\"a\":\"\xf4\x90\x80\x80\"}", "{\"a\":\"\xf7\xbf\xbf\xbf\"}", "{\"\xc0\x80\":1}",
	};
	static const char *const good[] = {
		"{\"a\":\"\x7f\"}",
		"{\"a\":\"\xc2\x80\"}",
		"{\"a\":\"\xdf\xbf\"}",
		"{\"a\":\"\xe0\xa0\x80\"}",
		"{\"a\":\"\xed\x9f\xbf\"}",
		"{\"a\":\"\xee\x80\x80\"}",
		"{\"a\":\"\xef\xbf\xbf\"}",
		"{\"a\":\"\xf0\x90\x80\x80\"}",
		"{\"a\":\"\xf4\x8f\xbf\xbf\"}",
		"{\"\xe2\x82\xac\":\"\xf0\x9f\x98\x80\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		expect(good[i], accepts(good[i], strlen(good[i]), KF_JSON_STRICT));
	for (size_t i = 0; i < COUNT(bad); i++)
		expect(bad[i], !accepts(bad[i], strlen(bad[i]), KF_JSON_STRICT));
}

static void nul_bytes_are_refused_everywhere(void **state)
{
	static const char text[] = "{\"a\":[1,\"bc\",null]}";
	char copy[sizeof text];

	(void)state;
	for (size_t i = 0; i < sizeof text - 1; i++) {
		memcpy(copy, text, sizeof text);
		copy[i] = '\0';
		/* Not in the relaxed mode: json-c lets a NUL inside of a string through. */
		expect(copy, !accepts(copy, sizeof text - 1, KF_JSON_STRICT));
	}
	/* After the document, alone and with text that would otherwise be hidden. */
	assert_false(accepts("{}\0", 3, KF_JSON_STRICT));
	assert_false(accepts("{}\0", 3, KF_JSON_RELAXED));
	assert_false(accepts("{}\0{\"a\":1}", 10, KF_JSON_STRICT));
	assert_false(accepts("{}\0{\"a\":1}", 10, KF_JSON_RELAXED));
	assert_false(accepts("\0{}", 3, KF_JSON_STRICT));
	assert_false(accepts("\0{}", 3, KF_JSON_RELAXED));
}

static void depth_bombs_are_errors(void **state)
{
	enum { BOMB = 100 * 1000 };
	char *text = malloc(6 * (size_t)BOMB);

	(void)state;
	assert_non_null(text);
	memset(text, '[', BOMB);
	assert_false(accepts(text, BOMB, KF_JSON_STRICT));
	assert_false(accepts(text, BOMB, KF_JSON_RELAXED));
	memcpy(text, "{\"a\":", 5);
	assert_false(accepts(text, BOMB, KF_JSON_STRICT));
	assert_false(accepts(text, BOMB, KF_JSON_RELAXED));
	memset(text + BOMB, ']', BOMB - 5);
	text[2 * BOMB - 5] = '}';
	assert_false(accepts(text, 2 * BOMB - 4, KF_JSON_STRICT));
	assert_false(accepts(text, 2 * BOMB - 4, KF_JSON_RELAXED));
	for (size_t i = 0; i < BOMB; i++)
		memcpy(text + 5 * i, "{\"a\":", 5);
	assert_false(accepts(text, 5 * (size_t)BOMB, KF_JSON_STRICT));
	assert_false(accepts(text, 5 * (size_t)BOMB, KF_JSON_RELAXED));
	free(text);
}

static void thirty_levels_are_no_bomb(void **state)
{
	static const char text[] = "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}";

	(void)state;
	assert_true(accepts(text, sizeof text - 1, KF_JSON_STRICT));
}

static void every_number_keeps_its_text(void **state)
{
	static const char *const numbers[] = {
		"0",
		"-0",
		"1",
		"-1",
		"1.0",
		"-0.0",
		"0.10",
		"1e3",
		"1E3",
		"1E+3",
		"1e-3",
		"1.5e300",
		"1e400",
		"-1e-400",
		"100000000000000000000000000000000000000000.5",
		"0.1000000000000000055511151231257827021181583404541015625",
		"2147483648",
		"4294967295",
		"9007199254740993",
		"9223372036854775807",
		"9223372036854775808",
		"-9223372036854775808",
		"-9223372036854775809",
		"18446744073709551614",
		"18446744073709551615",
		"18446744073709551616",
		"123456789012345678901234567890",
		"-123456789012345678901234567890",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct json_object *object = NULL;
		struct kf_error err = { 0 };
		char text[256];

		(void)snprintf(text, sizeof text, "{\"n\":%s,\"list\":[%s,7,%s]}", numbers[i], numbers[i], numbers[i]);
		expect_success(text, parse(text, strlen(text), KF_JSON_STRICT, &object, &err), &err);
		expect_text(numbers[i], "the text", json_text(object), text);
		(void)json_object_put(object);
	}
}

/* Odd numbers are found again by counting: others around them must not shift the count. */
static void odd_numbers_stay_where_they_are(void **state)
{
	static const char text[] =
		"{\"a\":[-0,1,18446744073709551616,{\"b\":-0.0,\"c\":[1e3,-9223372036854775809,2]},"
		"99999999999999999999],"
		"\"d\":{\"e\":{}},\"f\":-0,\"g\":\"18446744073709551616\",\"h\":[true,null,[-0]],\"i\":3}";
	struct json_object *object = NULL;
	struct kf_error err = { 0 };

	(void)state;
	expect_success(text, parse(text, sizeof text - 1, KF_JSON_STRICT, &object, &err), &err);
	assert_string_equal(json_text(object), text);
	/* Nor does editing the document lose them. */
	json_object_object_del(object, "d");
	assert_int_equal(kf_json_set_string(object, "i", "x"), 0);
	assert_string_equal(json_text(object),
			    "{\"a\":[-0,1,18446744073709551616,{\"b\":-0.0,\"c\":[1e3,-9223372036854775809,2]},"
			    "99999999999999999999],"
			    "\"f\":-0,\"g\":\"18446744073709551616\",\"h\":[true,null,[-0]],\"i\":\"x\"}");
	(void)json_object_put(object);
}

static void a_realistic_spec_survives_to_the_byte(void **state)
{
	const char *spec = realistic_spec();
	struct json_object *object = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;

	(void)state;
	expect_success("spec", parse(spec, strlen(spec), KF_JSON_STRICT, &object, &err), &err);
	assert_string_equal(kf_json_text(object, &length), spec);
	assert_int_equal(length, strlen(spec));
	(void)json_object_put(object);
}

static void every_truncation_is_an_error(void **state)
{
	const char *spec = realistic_spec();
	size_t length = strlen(spec);

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		assert_false(accepts(spec, cut, KF_JSON_STRICT));
		assert_false(accepts(spec, cut, KF_JSON_RELAXED));
	}
	assert_true(accepts(spec, length, KF_JSON_STRICT));
}

/* No promise about the outcome, but no text may crash us, and an accepted one is written back and read again. */
static void no_damaged_byte_does_harm(void **state)
{
	static const char bytes[] = {
		'\0', '"', '{', '}', '[', ']', ':', ',', '\\', '0', '-', '\xff', 'N', '\n', '\''
	};
	const char *spec = realistic_spec();
	size_t length = strlen(spec);
	char *copy = strdup(spec);

	(void)state;
	assert_non_null(copy);
	for (size_t i = 0; i < length; i++) {
		for (size_t b = 0; b < sizeof bytes; b++) {
			struct json_object *object = NULL, *again = NULL;
			struct kf_error err = { 0 };

			copy[i] = bytes[b];
			if (kf_json_parse(copy, length, "copy", KF_JSON_STRICT, &object, &err) == 0) {
				const char *text = json_text(object);

				expect_success(text,
					       kf_json_parse(text, strlen(text), "copy", KF_JSON_STRICT, &again, &err),
					       &err);
				assert_string_equal(json_text(again), text);
			}
			(void)json_object_put(object);
			(void)json_object_put(again);
		}
		copy[i] = spec[i];
	}
	free(copy);
}

/* An engine's linux.seccomp is read as strictly as the rest. */
static void no_part_of_a_spec_is_left_unread(void **state)
{
	static const struct {
		const char *seccomp, *wanted;
	} rows[] = {
		{ "{\"a\":1,\"a\":2}", "it has the same key twice in one object" },
		{ "{\"a\":1},\"seccomp\":{}", "it has the same key twice in one object" },
		{ "{\"a\"}", "it is not valid JSON at byte 25: a colon is missing" },
		{ "{\"a\":1,}", "it is not valid JSON at byte 28: a key in double quotes is missing" },
		{ "{\"a\":[1}]}", "it is not valid JSON at byte 28: a comma or ] is missing" },
		{ "{\"a\":NaN}", "it is not valid JSON at byte 26: a value is missing" },
		{ "{\"a\":\"\\x\"}", "it is not valid JSON at byte 26: a string has an unknown escape" },
		{ "{\"a\":tru}", "it is not valid JSON at byte 29: a word is not true, false or null" },
		{ "{\"a\":\"\xff\"}", "it is not valid JSON at byte 26: a string is not UTF-8" },
		{ "{\"a\":01}", "it is not valid JSON at byte 26: a number is malformed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *none = NULL;
		struct kf_error err = { 0 };
		char text[100];

		(void)snprintf(text, sizeof text, "{\"linux\":{\"seccomp\": %s}}", rows[i].seccomp);
		expect_refusal(text, kf_json_parse(text, strlen(text), "it", KF_JSON_STRICT, &none, &err), EINVAL,
			       &err);
		expect_text(text, "the message", err.message, rows[i].wanted);
		assert_null(none);
	}
}

static void slashes_and_key_order_stay(void **state)
{
	static const char text[] = "{\"z/y\":\"a/b\",\"10\":1,\"2\":2,\"a\":{\"c\":1,\"b\":2},\"_\":\"<>&\"}";
	struct json_object *object = json_from(text);

	(void)state;
	assert_string_equal(json_text(object), text);
	(void)json_object_put(object);
}

static void failure_leaves_the_result_alone(void **state)
{
	struct json_object *object = (struct json_object *)(void *)&object;
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_json_parse("{", 1, "it", KF_JSON_STRICT, &object, &err), -EINVAL);
	assert_ptr_equal(object, &object);
	assert_int_equal(kf_json_parse("{\"a\":1,\"a\":1}", 13, "it", KF_JSON_STRICT, &object, &err), -EINVAL);
	assert_ptr_equal(object, &object);
	assert_string_equal(err.message, "it has the same key twice in one object");
}

static void members_have_the_type_asked_for(void **state)
{
	struct json_object *object = json_from("{'s':'text','nul':'a\\u0000b','n':1,'o':{},'a':[],'null':null}");

	(void)state;
	assert_non_null(kf_json_member(object, "o", json_type_object));
	assert_non_null(kf_json_member(object, "a", json_type_array));
	assert_null(kf_json_member(object, "o", json_type_array));
	assert_null(kf_json_member(object, "null", json_type_object));
	assert_null(kf_json_member(object, "missing", json_type_object));
	assert_null(kf_json_member(NULL, "o", json_type_object));
	assert_null(kf_json_member(kf_json_member(object, "a", json_type_array), "o", json_type_object));

	assert_string_equal(kf_json_string(object, "s"), "text");
	assert_null(kf_json_string(object, "n"));
	assert_null(kf_json_string(object, "nul"));
	assert_null(kf_json_string(object, "null"));
	assert_null(kf_json_string(object, "missing"));
	assert_null(kf_json_string(NULL, "s"));
	assert_null(kf_json_string_value(NULL));
	(void)json_object_put(object);
}

static void ensure_makes_a_missing_member(void **state)
{
	struct json_object *object = json_from("{'null':null,'array':[1],'text':'x','last':1}");

	(void)state;
	assert_int_equal(json_object_array_length(kf_json_ensure(object, "array", json_type_array)), 1);
	assert_null(kf_json_ensure(object, "array", json_type_object));
	assert_null(kf_json_ensure(object, "text", json_type_array));
	assert_non_null(kf_json_ensure(object, "null", json_type_object));
	assert_non_null(kf_json_ensure(object, "new", json_type_array));
	assert_string_equal(json_text(object), "{\"null\":{},\"array\":[1],\"text\":\"x\",\"last\":1,\"new\":[]}");
	(void)json_object_put(object);
}

static void strings_are_set_and_appended_in_place(void **state)
{
	struct json_object *object = json_from("{'a':'old','list':['x'],'z':1}");
	struct json_object *list = kf_json_member(object, "list", json_type_array);

	(void)state;
	assert_int_equal(kf_json_set_string(object, "a", "new"), 0);
	assert_int_equal(kf_json_set_string(object, "b", "\"/\n"), 0);
	assert_int_equal(kf_json_append_string(list, "y"), 0);
	assert_int_equal(kf_json_append(list, NULL), -ENOMEM);
	assert_int_equal(kf_json_append(list, json_object_new_int(3)), 0);
	assert_int_equal(kf_json_set(object, "z", NULL), -ENOMEM);
	assert_int_equal(kf_json_set(object, "c", json_object_new_int(4)), 0);
	assert_string_equal(json_text(object),
			    "{\"a\":\"new\",\"list\":[\"x\",\"y\",3],\"z\":1,\"b\":\"\\\"/\\n\",\"c\":4}");
	(void)json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_differ_where_they_should),
		cmocka_unit_test(strict_takes_valid_utf8_only),
		cmocka_unit_test(nul_bytes_are_refused_everywhere),
		cmocka_unit_test(depth_bombs_are_errors),
		cmocka_unit_test(thirty_levels_are_no_bomb),
		cmocka_unit_test(every_number_keeps_its_text),
		cmocka_unit_test(odd_numbers_stay_where_they_are),
		cmocka_unit_test(a_realistic_spec_survives_to_the_byte),
		cmocka_unit_test(every_truncation_is_an_error),
		cmocka_unit_test(no_damaged_byte_does_harm),
		cmocka_unit_test(slashes_and_key_order_stay),
		cmocka_unit_test(failure_leaves_the_result_alone),
		cmocka_unit_test(members_have_the_type_asked_for),
		cmocka_unit_test(ensure_makes_a_missing_member),
		cmocka_unit_test(strings_are_set_and_appended_in_place),
		cmocka_unit_test(no_part_of_a_spec_is_left_unread),
	};

	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
