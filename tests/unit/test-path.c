/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"
#include "fixtures.h"

static void within_goes_by_components(void **state)
{
	static const struct {
		const char *path, *dir;
		bool within;
	} rows[] = {
		{ "/a", "/a", true },        { "/a/b", "/a", true },  { "/a/", "/a", true },
		{ "/a/b/c", "/a/b/", true }, { "/a", "/", true },     { "/", "/", true },
		{ "/ab", "/a", false },      { "/a", "/a/b", false }, { "/b", "/a", false },
		{ "/a/b", "/a/b//", true },  { "", "/", false },      { "a", "/", false },
		{ "/a", "", false },         { "/a", "a", false },    { "/a/bc", "/a/b", false },
		{ "/", "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].path, kf_path_within(rows[i].path, rows[i].dir) == rows[i].within);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(within_goes_by_components) };

	return cmocka_run_group_tests_name("base/path", tests, NULL, NULL);
}
