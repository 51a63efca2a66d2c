/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"
#include "fixtures.h"

static void a_value_belongs_to_the_whole_name(void **state)
{
	static const struct {
		const char *variable, *name, *value;
	} rows[] = {
		{ "HOME=/root", "HOME", "/root" },
		{ "HOME=", "HOME", "" },
		{ "HOME==a=b", "HOME", "=a=b" },
		{ "HOMES=/root", "HOME", NULL },
		{ "HOM=/root", "HOME", NULL },
		{ "HOME", "HOME", NULL },
		{ "", "HOME", NULL },
		{ "home=/root", "HOME", NULL },
		{ " HOME=/root", "HOME", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *value = kf_env_value(rows[i].variable, rows[i].name);

		expect(rows[i].variable, rows[i].value ? value && strcmp(value, rows[i].value) == 0 : !value);
	}
}

static void a_walk_finds_every_assignment(void **state)
{
	cleanup_json struct json_object *process = json_tokener_parse(
		"{\"env\": [\"A=1\", 7, \"B=2\", null, \"A\", \"A=a\\u0000b\", \"A=3\", \"AA=4\", \"A=\"]}");
	size_t at = 0;

	(void)state;
	assert_string_equal(kf_env_next(process, "A", &at), "1");
	assert_string_equal(kf_env_next(process, "A", &at), "3");
	assert_string_equal(kf_env_next(process, "A", &at), "");
	assert_null(kf_env_next(process, "A", &at));
	assert_null(kf_env_next(process, "A", &at));
}

static void no_environment_has_no_variables(void **state)
{
	static const char *const documents[] = { "{}", "{\"env\": null}", "{\"env\": {\"A\": \"1\"}}",
						 "{\"env\": \"A=1\"}", "{\"env\": []}" };
	size_t at = 0;

	(void)state;
	assert_null(kf_env_next(NULL, "A", &at));
	for (size_t i = 0; i < COUNT(documents); i++) {
		cleanup_json struct json_object *process = json_tokener_parse(documents[i]);

		at = 0;
		expect(documents[i], !kf_env_next(process, "A", &at));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_belongs_to_the_whole_name),
		cmocka_unit_test(a_walk_finds_every_assignment),
		cmocka_unit_test(no_environment_has_no_variables),
	};

	return cmocka_run_group_tests_name("base/env", tests, NULL, NULL);
}
