/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same documents give the same results with each version of json-c. A row has the verdict of json-c's strict mode
 * on a document, by version, and ours, for all; the comment above a group names the difference, and the code that
 * closes it.
 *
 * With --print FILE... the program prints the results of both modes for each row and file:
 * tests/integration/json-c.bats compares that between versions. KF_JSON_C_VERSION (such as 0.18) has to be the version
 * that was loaded, if it is set.
 */
#include "base/json-scan.h"
#include "fixtures.h"

#define DEEP_63 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define CLOSE_63 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

enum { V0_16 = 1, V0_17 = 2, V0_18 = 4, ALL = 7, NONE = 0 };

static const struct row {
	const char *text;
	unsigned int json_c; /* the versions that take the document in their strict mode */
	const char *strict;  /* our result: the document as it is written back, or the end of the message */
	const char *relaxed; /* the same; NULL: as in STRICT */
} rows[] = {
	/*
	 * 0.18 compares a char, which is signed, with 0x1f to find control characters, and refuses all of UTF-8 but
	 * ASCII in values, not in keys. Closed: its strict flag is not set; our scan knows UTF-8 and control
	 * characters.
	 */
	{ "{\"a\":\"h\xc3\xa4\"}", V0_16 | V0_17, "{\"a\":\"h\xc3\xa4\"}", NULL },
	{ "{\"a\":\"\xe2\x82\xac\xf0\x9f\x98\x80\"}", V0_16 | V0_17, "{\"a\":\"\xe2\x82\xac\xf0\x9f\x98\x80\"}", NULL },
	{ "{\"\xc3\xa4\":1}", ALL, "{\"\xc3\xa4\":1}", NULL },
	{ "{\"a\":\"\x7f\"}", ALL, "{\"a\":\"\x7f\"}", NULL },

	/* 0.16 and 0.17 take control characters in values, all three take them in keys. Closed: our scan refuses both.
	 */
	{ "{\"a\":\"b\tc\"}", V0_16 | V0_17, "byte 5: a string has a control character", "{\"a\":\"b\\tc\"}" },
	{ "{\"a\":\"\x1f\"}", V0_16 | V0_17, "byte 5: a string has a control character", "{\"a\":\"\\u001f\"}" },
	{ "{\"a\tb\":1}", ALL, "byte 1: a string has a control character", "{\"a\\tb\":1}" },

	/* 0.16 and 0.17 take bytes that are not UTF-8 in values, all three take them in keys. Closed: as above. */
	{ "{\"a\":\"\xff\"}", V0_16 | V0_17, "byte 5: a string is not UTF-8", "{\"a\":\"\xff\"}" },
	{ "{\"a\":\"\xc0\xaf\"}", V0_16 | V0_17, "byte 5: a string is not UTF-8", "{\"a\":\"\xc0\xaf\"}" },
	{ "{\"a\":\"\xed\xa0\x80\"}", V0_16 | V0_17, "byte 5: a string is not UTF-8", "{\"a\":\"\xed\xa0\x80\"}" },
	{ "{\"\xff\":1}", ALL, "byte 1: a string is not UTF-8", "{\"\xff\":1}" },

	/*
	 * 0.17 and 0.18 refuse integers outside of 64 bits; 0.16 takes the nearest that fits. Closed: without the
	 * strict flag all take the nearest, and our scan attaches the text of the number to it.
	 */
	{ "{\"a\":18446744073709551615}", ALL, "{\"a\":18446744073709551615}", NULL },
	{ "{\"a\":18446744073709551616}", V0_16, "{\"a\":18446744073709551616}", "{\"a\":18446744073709551615}" },
	{ "{\"a\":-9223372036854775808}", ALL, "{\"a\":-9223372036854775808}", NULL },
	{ "{\"a\":-9223372036854775809}", V0_16, "{\"a\":-9223372036854775809}", "{\"a\":-9223372036854775808}" },
	{ "{\"a\":[99999999999999999999,0]}", V0_16, "{\"a\":[99999999999999999999,0]}",
	  "{\"a\":[18446744073709551615,0]}" },

	/* From here on the three agree, or are wrong alike. Their integer 0 has no sign. Closed: as above. */
	{ "{\"a\":-0}", ALL, "{\"a\":-0}", "{\"a\":0}" },
	{ "{\"a\":[-0.0,1E400,1e+3,0.10]}", ALL, "{\"a\":[-0.0,1E400,1e+3,0.10]}", NULL },

	/* Numbers of which a part is missing or too much, and words of no standard. Closed: our grammar. */
	{ "{\"a\":1.}", ALL, "byte 5: a number is malformed", "{\"a\":1.}" },
	{ "{\"a\":01}", NONE, "byte 5: a number is malformed", NULL },
	{ "{\"a\":-01}", ALL, "byte 5: a number is malformed", NULL },
	{ "{\"a\":01.5}", ALL, "byte 5: a number is malformed", NULL },
	{ "{\"a\":-.5}", ALL, "byte 5: a number is malformed", NULL },
	{ "{\"a\":1e+}", NONE, "byte 5: a number is malformed", NULL },
	{ "{\"a\":0x1}", NONE, "byte 6: a comma or } is missing", NULL },
	{ "{\"a\":NaN}", ALL, "byte 5: a value is missing", "{\"a\":NaN}" },
	{ "{\"a\":nan}", NONE, "byte 6: a word is not true, false or null", NULL },
	{ "{\"a\":Infinity}", ALL, "byte 5: a value is missing", "{\"a\":Infinity}" },
	{ "{\"a\":-Infinity}", ALL, "byte 5: a number is malformed", "{\"a\":-Infinity}" },
	{ "{\"a\":-infinity}", NONE, "byte 5: a number is malformed", NULL },
	{ "{\"a\":TRUE}", NONE, "byte 5: a value is missing", NULL },

	/* Without the strict flag all three take these. Closed: our grammar. */
	{ "{'a':1}", ALL, "byte 1: a key in double quotes is missing", "{\"a\":1}" },
	{ "{\"a\":'b'}", NONE, "byte 5: a value is missing", NULL },
	{ "{\"a\":/**/1}", NONE, "byte 5: a value is missing", NULL },
	{ "{\"a\":1//\n}", NONE, "byte 6: a comma or } is missing", NULL },
	{ "{\"a\":1,}", NONE, "byte 7: a key in double quotes is missing", NULL },
	{ "{\"a\":[1,]}", NONE, "byte 8: a value is missing", NULL },
	{ "{}{}", NONE, "byte 2: something follows the document", NULL },

	/* A key ends at its first NUL: another key would be written back. A value does not. Closed: our scan. */
	{ "{\"a\":\"b\\u0000c\"}", ALL, "{\"a\":\"b\\u0000c\"}", NULL },
	{ "{\"a\\u0000b\":1}", ALL, "byte 1: a key has a NUL in it", "{\"a\":1}" },

	/* Halves of a character become U+FFFD in all three; readers agree on that. */
	{ "{\"a\":\"\\ud83d\"}", ALL, "{\"a\":\"\xef\xbf\xbd\"}", NULL },
	{ "{\"a\":\"\\ude00x\"}", ALL, "{\"a\":\"\xef\xbf\xbdx\"}", NULL },
	{ "{\"a\":\"\\ud83d\\u0041\"}", ALL,
	  "{\"a\":\"\xef\xbf\xbd"
	  "A\"}",
	  NULL },

	/* The last of two equal keys wins. Closed: our scan counts the members of the text. */
	{ "{\"a\":1,\"a\":2}", ALL, "the same key twice in one object", "{\"a\":2}" },

	/* Depth: 64 levels with the outermost object; a value in the 64th would be the 65th. */
	{ "{\"a\":" DEEP_63 CLOSE_63 "}", ALL, "{\"a\":" DEEP_63 CLOSE_63 "}", NULL },
	{ "{\"a\":" DEEP_63 "1" CLOSE_63 "}", NONE, "byte 68: it is nested too deep", NULL },
};

/* The result of one mode for a text; the caller's to free. */
static char *result(const char *text, size_t length, enum kf_json_mode mode)
{
	struct json_object *object = NULL;
	struct kf_error err = { 0 };
	int r = kf_json_parse(text, length, "it", mode, &object, &err);
	char *copy = strdup(r < 0 ? err.message : json_text(object));

	assert_non_null(copy);
	(void)json_object_put(object);
	return copy;
}

static void expect_result(const char *text, enum kf_json_mode mode, const char *wanted)
{
	char *actual = result(text, strlen(text), mode), *end = actual;

	if (wanted[0] != '{' && strlen(actual) > strlen(wanted))
		end += strlen(actual) - strlen(wanted);
	expect_text(text, mode == KF_JSON_STRICT ? "STRICT" : "RELAXED", end, wanted);
	free(actual);
}

static void our_results_do_not_depend_on_json_c(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect_result(rows[i].text, KF_JSON_STRICT, rows[i].strict);
		expect_result(rows[i].text, KF_JSON_RELAXED, rows[i].relaxed ? rows[i].relaxed : rows[i].strict);
	}
}

/* The bit of the version that was loaded, or 0: it is not in the table. */
static unsigned int loaded_version(void)
{
	int minor = json_c_version_num() >> 8;

	return minor >= 16 && minor <= 18 ? 1U << (minor - 16) : 0;
}

static bool json_c_takes(const char *text)
{
	struct json_tokener *tokener = json_tokener_new_ex(KF_JSON_DEPTH_MAX);

	assert_non_null(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);

	struct json_object *object = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	bool taken = json_tokener_get_error(tokener) == json_tokener_success;

	(void)json_object_put(object);
	json_tokener_free(tokener);
	return taken;
}

static void the_table_is_right_about_json_c(void **state)
{
	unsigned int version = loaded_version();

	(void)state;
	if (!version) {
		print_message("skipped: the table has no column for json-c %s\n", json_c_version());
		skip();
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].text, json_c_takes(rows[i].text) == ((rows[i].json_c & version) != 0));
}

static void the_version_asked_for_was_loaded(void **state)
{
	const char *wanted = getenv("KF_JSON_C_VERSION");

	(void)state;
	assert_string_equal(json_c_version(), wanted ? wanted : json_c_version());
}

static void print_results(const char *name, const char *text, size_t length)
{
	char *strict = result(text, length, KF_JSON_STRICT), *relaxed = result(text, length, KF_JSON_RELAXED);

	(void)printf("%s\n  strict:  %s\n  relaxed: %s\n", name, strict, relaxed);
	free(strict);
	free(relaxed);
}

static void print_all(char **files)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		print_results(rows[i].text, rows[i].text, strlen(rows[i].text));
	for (; *files; files++) {
		size_t length = 0;
		char *text = get_bytes(*files, &length);

		assert_non_null(text);
		print_results(*files, text, length);
		free(text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_results_do_not_depend_on_json_c),
		cmocka_unit_test(the_table_is_right_about_json_c),
		cmocka_unit_test(the_version_asked_for_was_loaded),
	};

	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		print_all(argv + 2);
		return 0;
	}
	return cmocka_run_group_tests_name("base/json with each json-c", tests, NULL, NULL);
}
