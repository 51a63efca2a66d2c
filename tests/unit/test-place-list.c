/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "policy/place-list.h"

/* The places as one text: kind and text of each, with blanks between them. */
static const char *told(const struct kf_place_list *list)
{
	static const char kinds[] = { [KF_PLACE_PATH] = 'P', [KF_PLACE_HOME] = 'H', [KF_PLACE_WORD] = 'W' };
	static char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%c:%s", i ? " " : "",
					 kinds[list->places[i].kind], list->places[i].text);
	return text;
}

static void places_are_paths_homes_and_words(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ ", ,\n\t,\r\n", "" },
		{ "/app/secrets", "P:/app/secrets" },
		{ "/a,/b", "P:/a P:/b" },
		{ "/a\n/b\n", "P:/a P:/b" },
		{ " /a , \t/b\r\n, serviceaccount ", "P:/a P:/b W:serviceaccount" },
		{ "/", "P:/" },
		{ "//a//b/./", "P:/a/b" },
		{ "/a b/c", "P:/a b/c" },
		{ "/\xc3\xbc", "P:/\xc3\xbc" },
		{ "/a/..b/...", "P:/a/..b/..." },
		{ "/~a", "P:/~a" },
		{ "~", "H:/" },
		{ "~/", "H:/" },
		{ "~//.ssh/", "H:/.ssh" },
		{ "~/.kube/config,~/.ssh", "H:/.kube/config H:/.ssh" },
		{ "serviceaccount", "W:serviceaccount" },
		{ "a-b,-", "W:a-b W:-" },
		{ "/a,/a,/a/", "P:/a P:/a P:/a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_place_list struct kf_place_list list = { .count = 0 };
		struct kf_error err = { 0 };

		expect_success(rows[i][0], kf_place_list_parse(rows[i][0], "nono.sh/allow", &list, &err), &err);
		expect_text(rows[i][0], "the list", told(&list), rows[i][1]);
	}
}

static void anything_else_is_refused_with_the_item(void **state)
{
	static const struct {
		const char *text, *quoted;
	} rows[] = {
		{ "a/b", "'a/b' is not an absolute path" },
		{ "./a", "'./a' is not an absolute path" },
		{ "/a,serviceAccount", "'serviceAccount' is not" },
		{ "a1", "'a1' is not" },
		{ "a b", "'a b' is not" },
		{ "~root", "'~root' is not" },
		{ "~root/.ssh", "'~root/.ssh' is not" },
		{ "$HOME/.ssh", "'$HOME/.ssh' is not" },
		{ "\"/a\"", "'\"/a\"' is not" },
		{ "[/a]", "'[/a]' is not" },
		{ "- /a", "'- /a' is not" },
		{ "/..", "'/..' has '..'" },
		{ "/a/../b", "'/a/../b' has '..'" },
		{ "~/..", "'~/..' has '..'" },
		{ "/a/*", "'/a/*' has a pattern" },
		{ "~/.ssh/id_?", "'~/.ssh/id_?' has a pattern" },
		{ "/a/[b]", "'/a/[b]' has a pattern" },
		{ "/$NONO_HOME", "'/$NONO_HOME' has a pattern" },
		{ "/a\tb", "'/a\\x09b' has a pattern" },
		{ "/a\x1b[31m", "'/a\\x1b[31m' has a pattern" },
		{ "/a\x7f", "'/a\\x7f' has a pattern" },
		{ "\xc3\xbc", "'\\xc3\\xbc' is not" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_place_list list = { .count = 7 };
		struct kf_error err = { 0 };

		expect_refusal(rows[i].text, kf_place_list_parse(rows[i].text, "nono.sh/deny", &list, &err), EINVAL,
			       &err);
		expect(rows[i].text, strncmp(err.message, "annotation nono.sh/deny: ", 25) == 0);
		expect(err.message, strstr(err.message, rows[i].quoted) != NULL);
		expect(rows[i].text, list.count == 7);
	}
}

static void a_place_has_at_most_4095_bytes(void **state)
{
	char text[KF_PLACE_BYTES_MAX + 8];
	struct kf_error err = { 0 };
	struct kf_place_list list = { .count = 0 };

	(void)state;
	memset(text, 'a', sizeof text);
	text[0] = '/';
	text[KF_PLACE_BYTES_MAX] = '\0';
	expect_success("4095", kf_place_list_parse(text, "n", &list, &err), &err);
	assert_string_equal(list.places[0].text, text);
	kf_place_list_clear(&list);
	assert_int_equal(list.count, 0);
	(void)strcpy(text + KF_PLACE_BYTES_MAX, "a, ");
	expect_refusal("4096", kf_place_list_parse(text, "n", &list, &err), EINVAL, &err);
	assert_non_null(strstr(err.message, "is longer than 4095 bytes"));
	/* Blanks around a place are not a part of it. */
	(void)strcpy(text + KF_PLACE_BYTES_MAX, "   ,");
	expect_success("blanks", kf_place_list_parse(text, "n", &list, &err), &err);
	kf_place_list_clear(&list);
}

static void a_list_has_at_most_64_places(void **state)
{
	char text[3 * KF_PLACES_MAX + 8] = "";
	struct kf_error err = { 0 };
	struct kf_place_list list = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < KF_PLACES_MAX; i++)
		(void)strcat(text, "/a,");
	expect_success("64", kf_place_list_parse(text, "n", &list, &err), &err);
	assert_int_equal(list.count, KF_PLACES_MAX);
	kf_place_list_clear(&list);
	(void)strcat(text, "/b");
	expect_refusal("65", kf_place_list_parse(text, "n", &list, &err), EINVAL, &err);
	assert_non_null(strstr(err.message, "'/b' is one place too many"));
	assert_int_equal(list.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_paths_homes_and_words),
		cmocka_unit_test(anything_else_is_refused_with_the_item),
		cmocka_unit_test(a_place_has_at_most_4095_bytes),
		cmocka_unit_test(a_list_has_at_most_64_places),
	};

	return cmocka_run_group_tests_name("policy/place-list", tests, NULL, NULL);
}
