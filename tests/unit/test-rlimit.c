/* SPDX-License-Identifier: Apache-2.0 */
/* valgrind: its own files are open above the limit, so it does not let a program lower RLIMIT_NOFILE */
#include "base/rlimit.h"
#include "fixtures.h"

static void a_word_comes_back(void **state)
{
	static const char *const rows[] = {
		"RLIMIT_STACK=8192:16384",
		"RLIMIT_AS=0:18446744073709551615",
		"RLIMIT_NOFILE=1:1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char buf[KF_RLIMIT_WORD_MAX];
		struct kf_rlimit limit;

		assert_true(kf_rlimit_parse(rows[i], &limit));
		assert_string_equal(kf_rlimit_word(buf, &limit), rows[i]);
	}
}

static void other_words_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"=",
		"RLIMIT_STACK",
		"RLIMIT_STACK=",
		"RLIMIT_STACK=1",
		"RLIMIT_STACK=1:",
		"RLIMIT_STACK=:1",
		"RLIMIT_STACK=1:2:3",
		"RLIMIT_STACK=1:2 ",
		"RLIMIT_STACK=-1:2",
		"RLIMIT_STACK=+1:2",
		"RLIMIT_STACK= 1:2",
		"RLIMIT_STACK=0x1:2",
		"RLIMIT_CORE=1:2",
		"stack=1:2",
		"RLIMIT_STACK=111111111111111111111:2",
		"RLIMIT_STACKRLIMIT_STACKRLIMIT_STACKRLIMIT_STACKRLIMIT_STACKRLIMIT_STACK=1:2",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_rlimit limit = { .resource = 4711 };

		expect(rows[i], !kf_rlimit_parse(rows[i], &limit) && limit.resource == 4711);
		expect(rows[i], !kf_rlimit_is_aside(rows[i]));
	}
}

/* crun gives a process of exec none of the container's limits. */
static void a_limit_that_was_not_raised_is_not_put_aside(void **state)
{
	const struct rlimit64 raised = { .rlim_cur = 256, .rlim_max = 256 };

	(void)state;
	assert_false(kf_rlimit_is_aside("RLIMIT_NOFILE=8:16"));
	assert_int_equal(setrlimit64(RLIMIT_NOFILE, &raised), 0);
	assert_true(kf_rlimit_is_aside("RLIMIT_NOFILE=8:16"));
	assert_true(kf_rlimit_is_aside("RLIMIT_NOFILE=8:256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_comes_back),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(a_limit_that_was_not_raised_is_not_put_aside),
	};

	return cmocka_run_group_tests_name("base/rlimit", tests, NULL, NULL);
}
