/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "fixtures.h"

static void it_formats_any_length(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(kf_format(&text, "%s-%d%%", "a", 7), 0);
	assert_string_equal(text, "a-7%");
	free(text);
	assert_int_equal(kf_format(&text, "%100000d", 1), 0);
	assert_int_equal(strlen(text), 100000);
	free(text);
}

/* A wide character that no multibyte text can hold fails without using memory; vasprintf(3) leaves its pointer
 * undefined. */
static void a_failure_leaves_the_result_alone(void **state)
{
	static const wchar_t impossible[] = { 0x7fffffff, 0 };
	char untouched[] = "untouched", *text = untouched;

	(void)state;
	assert_int_equal(kf_format(&text, "%ls", impossible), -ENOMEM);
	assert_ptr_equal(text, untouched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_formats_any_length),
		cmocka_unit_test(a_failure_leaves_the_result_alone),
	};

	return cmocka_run_group_tests_name("base/format", tests, NULL, NULL);
}
