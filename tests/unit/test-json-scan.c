/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-scan.h"
#include "fixtures.h"

static const struct kf_json_path seccomp = { "linux", "seccomp" };

static void it_counts_members_and_not_colons_in_strings(void **state)
{
	static const struct {
		const char *text;
		size_t members;
	} rows[] = {
		{ "", 0 },
		{ "{}", 0 },
		{ "{\"a\":1}", 1 },
		{ "{\"a\" : {\"b\":[{\"c\":null}]}}", 3 },
		{ "{\"a:b\":\"c:d\",\"e\":\":\"}", 2 },
		{ "{\"a\":\"\\\":\\\":\"}", 1 },
		{ "{\"a\":\"\\\\\",\"b\":1}", 2 },
		{ "{\"a\":1,\"a\":2}", 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_json_scan scan = { 0 };
		size_t offset = 0;

		expect(rows[i].text, kf_json_scan(rows[i].text, strlen(rows[i].text), NULL, &scan, &offset) == 0);
		expect(rows[i].text, scan.members == rows[i].members);
		expect(rows[i].text, scan.odd_count == 0);
		kf_json_scan_done(&scan);
	}
}

/* As many as json-c makes of them when it has the memory. */
static void it_counts_the_bytes_of_strings_and_fractions(void **state)
{
	static const struct {
		const char *value;
		size_t bytes;
	} rows[] = {
		{ "\"\"", 0 },
		{ "\"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", 10 },
		{ "\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"", 8 },
		{ "\"\\u0000\\u007f\\u0080\\u07FF\\u0800\\uffff\"", 12 },
		{ "\"\\ud83d\\ude00\"", 4 },
		{ "\"\\ud83d\"", 3 },
		{ "\"\\ud83dx\"", 4 },
		{ "\"\\ud83d\\n\"", 4 },
		{ "\"\\ude00\\ud83d\"", 6 },
		{ "\"\\ud83d\\ud83d\\ude00\"", 7 },
		{ "{\"key\":[\"v\",\"\"]}", 4 },
		{ "[1.50,-2e3,12,-0]", 8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *value = rows[i].value;
		struct kf_json_scan scan = { 0 };
		size_t offset = 0;
		char text[100];

		(void)snprintf(text, sizeof text, "{\"\":%s}", value);
		expect(value, kf_json_scan(text, strlen(text), NULL, &scan, &offset) == 0);
		expect(value, scan.bytes == rows[i].bytes);
		kf_json_scan_done(&scan);

		struct json_object *object = json_from(text), *string = json_object_object_get(object, "");

		if (json_object_is_type(string, json_type_string))
			expect(value, (size_t)json_object_get_string_len(string) == rows[i].bytes);
		(void)json_object_put(object);
	}
}

static void it_says_where_the_text_is_wrong(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
	} rows[] = {
		{ "{\"a\":NaN}", 5 },
		{ "{\"a\":Infinity}", 5 },
		{ "{\"a\":-Infinity}", 5 },
		{ "{\"a\":nil}", 6 },
		{ "{'a':1}", 1 },
		{ "{\"a\":\"b\nc\"}", 5 },
		{ "{\"a\":\"\x1f\"}", 5 },
		{ "{\"a\tb\":1}", 1 },
		{ "{\"a\":\"b", 5 },
		{ "{\"a\":\"b\\", 5 },
		{ "{\"a\":\"b\\\"", 5 },
		{ "{\"a\":01}", 5 },
		{ "{\"a\":-01}", 5 },
		{ "{\"a\":-}", 5 },
		{ "{\"a\":1.}", 5 },
		{ "{\"a\":.5}", 5 },
		{ "{\"a\":+1}", 5 },
		{ "{\"a\":1e}", 5 },
		{ "{\"a\":1e+}", 5 },
		{ "{\"a\":0x10}", 6 },
		{ "{\"a\":1}/", 7 },
		{ "{\"a\":1\f}", 6 },
		{ "{\"a\":1\v}", 6 },
		{ "{\"a\\u0000\":1}", 1 },
		{ "{\"a\\u0000b\" \t\r\n:1}", 1 },
		{ "\xef\xbb\xbf{}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_json_scan scan = { 0 };
		size_t offset = 99;

		expect(rows[i].text, kf_json_scan(rows[i].text, strlen(rows[i].text), NULL, &scan, &offset) == -EINVAL);
		expect(rows[i].text, offset == rows[i].offset);
		expect(rows[i].text, scan.odd_numbers == NULL);
	}
}

static void a_nul_between_tokens_is_an_error(void **state)
{
	static const char text[] = "{\"a\":1\0}";
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, NULL, &scan, &offset), -EINVAL);
	assert_int_equal(offset, 6);
}

static void a_nul_in_a_value_is_fine(void **state)
{
	static const char text[] = "{\"a\":\"b\\u0000c\",\"d\":[\"\\u0000\"]}";
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, NULL, &scan, &offset), 0);
	assert_int_equal(scan.members, 2);
	kf_json_scan_done(&scan);
}

/* A backslash that is escaped itself: the key is the six characters \u0000 and nobody cuts it. */
static void an_escaped_backslash_is_no_nul(void **state)
{
	static const char text[] = "{\"a\\\\u0000\":1}";
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, NULL, &scan, &offset), 0);
	kf_json_scan_done(&scan);
}

static void it_remembers_integers_beyond_64_bits(void **state)
{
	static const char text[] = "{\"a\":[0,-0,1.0,-0.0,-0e1,18446744073709551615,18446744073709551616],"
				   "\"b\":-9223372036854775808,\"c\":-9223372036854775809,\"d\":\"-0\","
				   "\"e\":100000000000000000000,\"f\":10,\"g\":99999999999999999999999}";
	static const struct {
		size_t ordinal;
		const char *digits;
	} odd[] = {
		{ 1, "-0" },
		{ 6, "18446744073709551616" },
		{ 8, "-9223372036854775809" },
		{ 9, "100000000000000000000" },
		{ 11, "99999999999999999999999" },
	};
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, NULL, &scan, &offset), 0);
	assert_int_equal(scan.odd_count, COUNT(odd));
	for (size_t i = 0; i < COUNT(odd); i++) {
		expect(odd[i].digits, scan.odd_numbers[i].ordinal == odd[i].ordinal);
		expect(odd[i].digits, scan.odd_numbers[i].length == strlen(odd[i].digits));
		expect(odd[i].digits,
		       memcmp(text + scan.odd_numbers[i].offset, odd[i].digits, scan.odd_numbers[i].length) == 0);
	}
	kf_json_scan_done(&scan);
	assert_null(scan.odd_numbers);
	assert_int_equal(scan.odd_count, 0);
}

static void many_odd_numbers_fit(void **state)
{
	enum { MANY = 1000 };
	char text[MANY * 3 + 1];
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		memcpy(text + 3 * i, "-0,", 3);
	assert_int_equal(kf_json_scan(text, sizeof text - 1, NULL, &scan, &offset), 0);
	assert_int_equal(scan.odd_count, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(scan.odd_numbers[i].ordinal, i);
		assert_int_equal(scan.odd_numbers[i].offset, 3 * i);
	}
	kf_json_scan_done(&scan);
}

/* An error behind odd numbers frees what was remembered (the sanitizers would tell). */
static void an_error_leaves_nothing_behind(void **state)
{
	static const char text[] = "[-0,-0,-0,N]";
	struct kf_json_scan scan = { .members = 42 };
	size_t offset = 0;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, NULL, &scan, &offset), -EINVAL);
	assert_int_equal(scan.members, 42);
}

/* It never looks at a byte behind the length it was given. */
static void it_stays_within_its_length(void **state)
{
	const char *spec = realistic_spec();
	size_t length = strlen(spec);

	(void)state;
	for (size_t cut = 0; cut <= length; cut++) {
		struct kf_json_scan scan = { 0 };
		size_t offset = 0;
		char *exact = malloc(cut ? cut : 1);

		assert_non_null(exact);
		memcpy(exact, spec, cut);
		(void)kf_json_scan(exact, cut, &seccomp, &scan, &offset);
		kf_json_scan_done(&scan);
		free(exact);
	}
}

/* What stands at linux.seccomp is not counted, wherever else the same words stand. */
static void it_finds_the_object_that_is_not_read(void **state)
{
	static const struct {
		const char *text, *unread; /* NULL: there is none */
		size_t members, bytes;
	} rows[] = {
		{ "{\"linux\":{\"seccomp\":{}}}", "{}", 2, 12 },
		{ "{\"linux\" : {\"a\":[{}], \"seccomp\" :\n{ \"b\":[1] } } }", "{ \"b\":[1] }", 3, 13 },
		{ "{\"linux\":{\"seccomp\":{\"seccomp\":{},\"linux\":\"}\"},\"z\":1}}",
		  "{\"seccomp\":{},\"linux\":\"}\"}", 3, 13 },
		{ "{\"a\":{\"seccomp\":{}},\"linux\":{\"seccomp\":{\"x\":1.5}}}", "{\"x\":1.5}", 4, 20 },
		{ "{\"linux\":{},\"a\":{\"seccomp\":{}}}", NULL, 3, 13 },
		{ "{\"linux\":{\"a\":{\"seccomp\":{}}}}", NULL, 3, 13 },
		{ "{\"linux\":{\"seccomp\":null}}", NULL, 2, 12 },
		{ "{\"linux\":{\"seccomp\":[{}]}}", NULL, 2, 12 },
		{ "{\"linux\":{\"SECCOMP\":{}}}", NULL, 2, 12 },
		{ "{\"linux\":{\"seccomp2\":{}}}", NULL, 2, 13 },
		{ "{\"linux\":{\"sec\\u0063omp\":{}}}", NULL, 2, 12 },
		{ "{\"linux\":{\"a\":\"seccomp\"}}", NULL, 2, 13 },
		{ "{\"a\":\"linux\",\"b\":{\"seccomp\":{}}}", NULL, 3, 14 },
		{ "{\"seccomp\":{}}", NULL, 1, 7 },
		/* The second one is read, and found to be one too many. */
		{ "{\"linux\":{\"seccomp\":{\"a\":1},\"seccomp\":{\"b\":1}}}", "{\"a\":1}", 4, 20 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text, *unread = rows[i].unread;
		struct kf_json_scan scan = { 0 };
		size_t offset = 0;

		expect(text, kf_json_scan(text, strlen(text), &seccomp, &scan, &offset) == 0);
		expect(text, scan.unread_length == (unread ? strlen(unread) : 0));
		if (unread)
			expect(text, strncmp(text + scan.unread_offset, unread, scan.unread_length) == 0);
		expect(text, scan.members == rows[i].members);
		expect(text, scan.bytes == rows[i].bytes);
		kf_json_scan_done(&scan);
	}
}

/* json-c does not see it: here it has to be right. */
static void what_is_not_read_is_proved(void **state)
{
	static const char *const values[] = { "{\"a\"}",         "{\"a\":1,}",  "{\"a\":[1}]}",     "{\"a\":NaN}",
					      "{\"a\":\"\\x\"}", "{\"a\":tru}", "{\"a\":\"\xff\"}", "{\"a\":01}" };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct kf_json_scan scan = { 0 };
		size_t offset = 0;
		char text[100];

		(void)snprintf(text, sizeof text, "{\"n\":-0,\"linux\":{\"seccomp\":%s}}", values[i]);
		expect(text, kf_json_scan(text, strlen(text), &seccomp, &scan, &offset) == -EINVAL);
		expect(text, strncmp(text + offset, "\"seccomp\"", strlen("\"seccomp\"")) == 0);
		expect(text, scan.odd_numbers == NULL);
	}
}

/* Nor are its numbers among those that json-c would write back differently: their ordinals are those of the tree. */
static void numbers_that_are_not_read_do_not_count(void **state)
{
	static const char text[] = "{\"a\":[1,-0],\"linux\":{\"seccomp\":{\"b\":[-0,2,3]}},\"c\":[4,-0]}";
	struct kf_json_scan scan = { 0 };
	size_t offset = 0;

	(void)state;
	assert_int_equal(kf_json_scan(text, sizeof text - 1, &seccomp, &scan, &offset), 0);
	assert_int_equal(scan.odd_count, 2);
	assert_int_equal(scan.odd_numbers[0].ordinal, 1);
	assert_int_equal(scan.odd_numbers[1].ordinal, 3);
	kf_json_scan_done(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_counts_members_and_not_colons_in_strings),
		cmocka_unit_test(it_counts_the_bytes_of_strings_and_fractions),
		cmocka_unit_test(it_says_where_the_text_is_wrong),
		cmocka_unit_test(a_nul_between_tokens_is_an_error),
		cmocka_unit_test(a_nul_in_a_value_is_fine),
		cmocka_unit_test(an_escaped_backslash_is_no_nul),
		cmocka_unit_test(it_remembers_integers_beyond_64_bits),
		cmocka_unit_test(many_odd_numbers_fit),
		cmocka_unit_test(an_error_leaves_nothing_behind),
		cmocka_unit_test(it_stays_within_its_length),
		cmocka_unit_test(it_finds_the_object_that_is_not_read),
		cmocka_unit_test(what_is_not_read_is_proved),
		cmocka_unit_test(numbers_that_are_not_read_do_not_count),
	};

	return cmocka_run_group_tests_name("base/json-scan", tests, NULL, NULL);
}
