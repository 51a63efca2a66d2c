/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-find.h"
#include "fixtures.h"

/* In pieces of SIZE bytes. */
static bool find(const char *word, const char *text, size_t size)
{
	struct kf_json_find find = { .word = word };

	for (size_t at = 0, length = strlen(text); at < length; at += size)
		kf_json_find(&find, text + at, length - at < size ? length - at : size);
	return find.found;
}

static void a_word_is_found_in_pieces_of_any_size(void **state)
{
	static const struct {
		const char *word, *text;
		bool found;
	} rows[] = {
		{ "abc", "abc", true },
		{ "abc", "xxabcxx", true },
		{ "abc", "ababc", true },
		{ "aab", "aaaab", true },
		{ "nono.", "nonono.", true },
		{ "abababc", "ababababc", true },
		{ "abc", "ab", false },
		{ "abc", "abxc", false },
		{ "abc", "", false },
		{ "abc", "ABC", false },
		{ "a/b", "a\\/b", true },
		{ "a/b", "a\\\\/b", false },
		{ "abc", "\\u0061\\u0062\\u0063", true },
		{ "abc", "a\\u0062c", true },
		{ "nop", "\\u006E\\u006f\\u0070", true },
		{ "abc", "a\\u0162c", false },
		{ "abc", "\\\\u0061bc", false },
		{ "abc", "a\\u006zbc", false },
		{ "abc", "a\\nbc", false },
		{ "nbc", "\\nbc", false },
		{ "ubc", "\\u0000bc", false },
		{ "abc", "\\uabc", false },
		{ "abc", "ab\\", false },
		{ "abc", "\\abc", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t size = 1; size < 12; size++)
			expect(rows[i].text, find(rows[i].word, rows[i].text, size) == rows[i].found);
}

/* Every string over a small alphabet, against strstr(3). */
static void it_finds_the_same_as_strstr(void **state)
{
	static const char *const words[] = { "a", "ab", "aa", "aab", "aba", "abab", "abba", "aabaab" };
	char text[11] = "";

	(void)state;
	for (unsigned int number = 0; number < 1024; number++) {
		for (unsigned int i = 0; i < 10; i++)
			text[i] = number >> i & 1 ? 'b' : 'a';
		for (size_t w = 0; w < COUNT(words); w++)
			expect(text, find(words[w], text, 3) == (strstr(text, words[w]) != NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_found_in_pieces_of_any_size),
		cmocka_unit_test(it_finds_the_same_as_strstr),
	};

	return cmocka_run_group_tests_name("base/json-find", tests, NULL, NULL);
}
