/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "node/landlock.h"

static void the_kernel_says_its_abi(void **state)
{
	struct kf_error err = { 0 };
	size_t before = open_descriptors();
	int abi = kf_landlock_abi(&err);

	(void)state;
	/* The question makes no ruleset. */
	assert_int_equal(open_descriptors(), before);
	if (abi < 0) {
		/* A kernel without it, or a seccomp filter around us: then the message has to name the remedy. */
		expect_refusal("no Landlock", abi, -abi, &err);
		assert_non_null(strstr(err.message, "Landlock"));
		skip();
	}
	assert_true(abi >= 1);
	assert_int_equal(err.code, 0);
	assert_int_equal(kf_landlock_abi(&err), abi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_its_abi),
	};

	return cmocka_run_group_tests_name("node/landlock", tests, NULL, NULL);
}
