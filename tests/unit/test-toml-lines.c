/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml-lines.h"
#include "fixtures.h"

/* The items with a '|' after each; NULL if there is no assignment. */
static const char *look(const char *text, const char *name)
{
	static char joined[1024];
	struct kf_list list = { 0 };
	int r = kf_toml_strings(text, name, &list);
	size_t used = 0;

	joined[0] = '\0';
	for (size_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(joined + used, sizeof joined - used, "%s|", list.items[i]);
	kf_list_clear(&list);
	assert_true(r == 0 || r == 1);
	return r ? joined : NULL;
}

static void values_are_found(void **state)
{
	static const struct {
		const char *text, *name, *wanted;
	} rows[] = {
		{ "", "a", NULL },
		{ "a = \"x\"", "a", "x|" },
		{ "a = 'x'\n", "a", "x|" },
		{ "  a=\"x\" # y\n", "a", "x|" },
		{ "\ta\t=\ttrue\r\n", "a", "true|" },
		{ "a = 3 # four\n", "a", "3|" },
		{ "a = \"\"\n", "a", "|" },
		{ "a = []\n", "a", "" },
		{ "a = [\"x\", 'y']\n", "a", "x|y|" },
		{ "a = [\n\t\"x\", # \"no\"\n\t# \"nor this\"\n\t\"y\",\n]\nb = 1\n", "a", "x|y|" },
		{ "a = [\n[\"x\"],\n[\"y\"],\n]\nb = 1\n", "b", "1|" },
		{ "a = \"x\"\na = \"y\"\n", "a", "y|" },
		{ "a = \"with ] and # and = in it\"\n", "a", "with ] and # and = in it|" },
		{ "a = [\"] # =\"]\nb = 'c'\n", "b", "c|" },
		{ "a = \"\"\"long\nb = 'no'\n\"\"\"\nb = 'yes'\n", "b", "yes|" },
		{ "a = '''long\n[t]\n'''\nb = 'yes'\n", "b", "yes|" },
		{ "a = \"\\\"b\\\\\"\nb = 'yes'\n", "b", "yes|" },
		{ "[t]\na = 'x'\n", "a", NULL },
		{ "[t]\na = 'x'\n", "t.a", "x|" },
		{ "[ t . \"u\" ] # c\na = 'x'\n", "t.u.a", "x|" },
		{ "  [plugins.\"io.containerd.grpc.v1.cri\".containerd]\n    a = 'x'\n",
		  "plugins.io.containerd.grpc.v1.cri.containerd.a", "x|" },
		{ "[plugins.'io.x']\na = 'x'\n[other]\na = 'y'\n", "plugins.io.x.a", "x|" },
		{ "t.u.a = 'x'\n", "t.u.a", "x|" },
		{ "[t]\nu.a = 'x'\n", "t.u.a", "x|" },
		{ "\"t\".\"u\" = 'x'\n", "t.u", "x|" },
		{ "# a = 'x'\n", "a", NULL },
		{ "#[t]\na = 'x'\n", "a", "x|" },
		{ "t = { a = 'x' }\n", "t.a", NULL },
		{ "t = { a = 'x' }\nb = 'y'\n", "b", "y|" },
		{ "[[t]]\na = 'x'\n", "t.a", NULL },
		{ "ab = 'x'\n", "a", NULL },
		{ "a\n= 'x'\n", "a", NULL },
		/* Nothing that TOML knows; the rest is read all the same. */
		{ "a = \"never closed\nb = 'x'\n", "b", "x|" },
		{ "a = [\"never closed\nb = 'x'\n", "c", NULL },
		{ "[never closed\na = 'x'\n", "neverclosed.a", "x|" },
		{ "= 'x'\na = 'y'\n", "a", "y|" },
		{ "a =\nb = 'x'\n", "b", "x|" },
		{ "a = \"\\", "a", "\\|" },
		{ "a = '''", "a", "|" },
		{ "]\n}\na = 'x'\n", "a", "x|" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_text(rows[i].text, rows[i].name, look(rows[i].text, rows[i].name), rows[i].wanted);
}

static void a_missing_key_changes_nothing(void **state)
{
	struct kf_list list = { 0 };

	(void)state;
	assert_int_equal(kf_list_add(&list, "before", 6), 0);
	assert_int_equal(kf_toml_strings("b = 'x'\n", "a", &list), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(kf_toml_strings("a = []\n", "a", &list), 1);
	assert_int_equal(list.count, 0);
	kf_list_clear(&list);
}

/* Names beyond our room are cut, and then match nothing. */
static void names_without_end_do_no_harm(void **state)
{
	char *text = malloc(8192);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 8191);
	text[8191] = '\0';
	text[0] = '[';
	text[4000] = ']';
	text[4001] = '\n';
	text[6000] = '=';
	memcpy(text + 8000, "\na = 'y'\n", sizeof "\na = 'y'\n");
	assert_null(look(text, "a"));
	text[0] = ' ';
	text[4000] = '=';
	assert_string_equal(look(text, "a"), "y|");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(a_missing_key_changes_nothing),
		cmocka_unit_test(names_without_end_do_no_harm),
	};

	return cmocka_run_group_tests_name("base/toml-lines", tests, NULL, NULL);
}
