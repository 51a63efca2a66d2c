/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/memory.h"

#define LIMIT(value) "{'linux':{'resources':{'memory':{'limit':" value "}}}}"

static void a_limit_that_is_too_small_has_a_warning(void **state)
{
	static const struct {
		const char *spec, *wanted; /* NULL: no warning */
	} rows[] = {
		{ LIMIT("1"), "0 KiB" },
		{ LIMIT("4194304"), "4096 KiB" },
		{ LIMIT("8388607"), "8191 KiB" },
		{ LIMIT("8388608"), NULL },
		{ LIMIT("9223372036854775807"), NULL },
		{ LIMIT("0"), NULL },
		{ LIMIT("-1"), NULL },
		{ LIMIT("'4194304'"), NULL },
		{ "{'linux':{'resources':{'memory':{}}}}", NULL },
		{ "{'linux':{'resources':[]}}", NULL },
		{ "{}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].spec);
		cleanup_free char *warning = kf_memory_warning(spec);

		if (rows[i].wanted)
			expect(rows[i].spec, warning && strstr(warning, rows[i].wanted) && strstr(warning, "8 MiB"));
		else
			expect(rows[i].spec, !warning);
		(void)json_object_put(spec);
	}
	assert_null(kf_memory_warning(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_that_is_too_small_has_a_warning),
	};

	return cmocka_run_group_tests_name("oci/memory", tests, NULL, NULL);
}
