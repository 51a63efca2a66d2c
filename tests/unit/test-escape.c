/* SPDX-License-Identifier: Apache-2.0 */
#include "base/escape.h"
#include "fixtures.h"

static void only_printable_ascii_is_left(void **state)
{
	static const struct {
		const char *text, *escaped;
	} rows[] = {
		{ "", "" },
		{ "plain text ~", "plain text ~" },
		{ "back\\slash", "back\\slash" },
		{ "\x1b[31mred\n", "\\x1b[31mred\\x0a" },
		{ "\x7f\x01\t", "\\x7f\\x01\\x09" },
		{ "\xc3\xa4\xff", "\\xc3\\xa4\\xff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *escaped = NULL;

		assert_int_equal(kf_escape(rows[i].text, &escaped), 0);
		assert_string_equal(escaped, rows[i].escaped);
		expect(rows[i].text, kf_is_plain(rows[i].text) == (strcmp(rows[i].text, rows[i].escaped) == 0));
		free(escaped);
	}
}

static void a_word_has_neither_blanks_nor_backslashes(void **state)
{
	char *escaped = NULL;

	(void)state;
	assert_int_equal(kf_escape_word("a b\\x0a\n~", &escaped), 0);
	assert_string_equal(escaped, "a\\x20b\\x5cx0a\\x0a~");
	free(escaped);
}

static void nothing_is_cut(void **state)
{
	char text[1001], *escaped = NULL;

	(void)state;
	memset(text, '\n', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(kf_escape(text, &escaped), 0);
	assert_int_equal(strlen(escaped), 4000);
	free(escaped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_printable_ascii_is_left),
		cmocka_unit_test(a_word_has_neither_blanks_nor_backslashes),
		cmocka_unit_test(nothing_is_cut),
	};

	return cmocka_run_group_tests_name("base/escape", tests, NULL, NULL);
}
