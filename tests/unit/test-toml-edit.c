/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/toml-edit.h"
#include "fixtures.h"

static void strings_come_and_go(void **state)
{
	static const struct {
		const char *text, *wanted;
		bool drop;
	} rows[] = {
		{ "", "imports = [\"/x\"]\n", true },
		{ "[a]\nimports = ['/y']\n", "imports = [\"/x\"]\n[a]\nimports = ['/y']\n", true },
		{ "# c\nversion = 3\n[a]\n", "# c\nversion = 3\nimports = [\"/x\"]\n[a]\n", true },
		{ "version = 3", "version = 3\nimports = [\"/x\"]", true },
		{ "version = 3 # c\r\n[a]\r\n", "version = 3 # c\r\nimports = [\"/x\"]\r\n[a]\r\n", true },
		{ "\"version\" = 3\n", "\"version\" = 3\nimports = [\"/x\"]\n", true },
		{ "\xef\xbb\xbfroot = '/'\n", "\xef\xbb\xbfimports = [\"/x\"]\nroot = '/'\n", true },
		{ "imports = []\n", "imports = [\"/x\"]\n", false },
		{ "imports = [ ] # c\n", "imports = [\"/x\" ] # c\n", false },
		{ "imports = [ '/a', \"/b\", ]\n", "imports = [ '/a', \"/b\", \"/x\", ]\n", false },
		{ "'imports' = [\n  \"/a\", # \"c\"\n  # \"d\"\n  '/b'\n]\n",
		  "'imports' = [\n  \"/a\", # \"c\"\n  # \"d\"\n  '/b', \"/x\"\n]\n", false },
		{ "a = \"\"\"\nimports = [\n\"\"\"\nimports = [\"/a\"]\n",
		  "a = \"\"\"\nimports = [\n\"\"\"\nimports = [\"/a\", \"/x\"]\n", false },
		{ "a = '''\nversion = 3\n'''\nversion = 2\n",
		  "a = '''\nversion = 3\n'''\nversion = 2\nimports = [\"/x\"]\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cleanup_free char *added = NULL, *again = NULL, *removed = NULL, *same = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_toml_add_string(rows[i].text, "imports", "/x", &added, &err), 0);
		assert_string_equal(added, rows[i].wanted);
		assert_int_equal(kf_toml_add_string(added, "imports", "/x", &again, &err), 0);
		assert_string_equal(again, added);
		assert_int_equal(kf_toml_remove_string(added, "imports", "/x", rows[i].drop, &removed, &err), 0);
		assert_string_equal(removed, rows[i].text);
		assert_int_equal(kf_toml_remove_string(removed, "imports", "/x", false, &same, &err), 0);
		assert_string_equal(same, removed);
	}
}

static void text_that_others_wrote_since_stays(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "imports = [\"/x\", \"/a\"]\n", "imports = [\"/a\"]\n" },
		{ "imports = ['/x']\n[a]\n", "[a]\n" },
		{ "imports = [\n  \"/x\",\n  \"/a\",\n]\n", "imports = [\n  \n  \"/a\",\n]\n" },
		{ "imports = [\n  \"/a\",\n  \"/x\",\n]\n", "imports = [\n  \"/a\",\n]\n" },
		{ "imports = [\"/xx\", \"/x/x\"]\n", "imports = [\"/xx\", \"/x/x\"]\n" },
		{ "imports = [\"/x\"] # mine\n", "imports = [] # mine\n" },
		{ "[a]\nimports = [\"/x\"]\n", "[a]\nimports = [\"/x\"]\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cleanup_free char *removed = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_toml_remove_string(rows[i].text, "imports", "/x", true, &removed, &err), 0);
		assert_string_equal(removed, rows[i].wanted);
	}
}

static void a_value_that_is_not_a_list_is_refused(void **state)
{
	static const char *const texts[] = { "imports = \"/a\"\n", "imports = { a = 1 }\n", "imports = [\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		cleanup_free char *added = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_toml_add_string(texts[i], "imports", "/x", &added, &err), -EINVAL);
	}
}

static void tables_go(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "" },
		{ "[p.a]\nx = 1\n[p.b]\n", "[p.b]\n" },
		{ "y = 1\n[ p . \"a\" ]\nx = 1\n  [p.'a'.o]\n  B = '''\n[p.b]\n'''\n[p.ab]\nz = 1\n[p.a.q]\n",
		  "y = 1\n[p.ab]\nz = 1\n" },
		{ "[p.a]", "" },
		{ "[p]\na = 1\n", "[p]\na = 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cleanup_free char *removed = NULL;
		struct kf_error err = { 0 };

		assert_int_equal(kf_toml_remove_table(rows[i].text, "p.a", &removed, &err), 0);
		assert_string_equal(removed, rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_come_and_go),
		cmocka_unit_test(text_that_others_wrote_since_stays),
		cmocka_unit_test(a_value_that_is_not_a_list_is_refused),
		cmocka_unit_test(tables_go),
	};

	return cmocka_run_group_tests_name("base/toml-edit", tests, NULL, NULL);
}
