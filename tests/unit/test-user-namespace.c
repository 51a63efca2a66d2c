/* SPDX-License-Identifier: Apache-2.0 */
#include "base/user-namespace.h"
#include "fixtures.h"
#include "rootless.h"

static void a_map_is_rootless_if_the_host_root_is_not_in_it(void **state)
{
	static const struct {
		const char *text;
		bool rootless;
		uid_t uid;
	} rows[] = {
		{ "         0          0 4294967295\n", false, 0 },
		{ "         0       1001          1\n         1     100000      65536\n", true, 1001 },
		{ "         0     100000      65536\n", true, 100000 },
		{ "         1     100000      65536\n         0       1001          1\n", true, 1001 },
		/* The host's root is in it: as itself, as another user, in the last line. */
		{ "         0          0          1\n         1     100000      65536\n", false, 0 },
		{ "         0       1001          1\n         1          0          1\n", false, 0 },
		/* No user is uid 0. */
		{ "      1000       1001          1\n", false, 0 },
		{ "         0 4294967294          1\n", true, 4294967294 },
		{ "", false, 0 },
		{ "\n", false, 0 },
		{ "0 1001\n", false, 0 },
		{ "0 1001 1", false, 0 },
		{ "0 1001 1 1\n", false, 0 },
		{ "0 1001 1\nx", false, 0 },
		{ "0 root 1\n", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uid_t uid = 42;

		expect(rows[i].text, kf_uid_map_is_rootless(rows[i].text, &uid) == rows[i].rootless);
		expect(rows[i].text, uid == (rows[i].rootless ? rows[i].uid : 42));
	}
}

static int user_behind_us(const void *wanted)
{
	uid_t uid = 42, again = 42;

	if (!kf_is_rootless(&uid))
		return uid == 42 ? 1 : 2;
	return kf_is_rootless(&again) && uid == again && uid == *(const uid_t *)wanted ? 0 : 3;
}

static void our_own_map_counts(void **state)
{
	static const uid_t user = ROOTLESS_USER, first = ROOTLESS_FIRST_SUBUID, no_user = 0;

	(void)state;
	assert_int_equal(run_here(user_behind_us, &no_user), 1);
	assert_int_equal(run_in_user_namespace(ROOTLESS_MAP, user_behind_us, &user), 0);
	assert_int_equal(run_in_user_namespace("0 100000 65536\n", user_behind_us, &first), 0);
	assert_int_equal(run_in_user_namespace("0 0 1\n1 100000 65536\n", user_behind_us, &no_user), 1);
}

/* The kernel takes 340 lines, and hands them out in several reads. */
static void the_last_of_many_lines_counts(void **state)
{
	static const uid_t user = ROOTLESS_USER;
	char map[4096];
	int used = sprintf(map, "0 1001 1\n");

	(void)state;
	for (int i = 1; i < 339; i++)
		used += sprintf(map + used, "%d %d 1\n", i, 2000 + i);
	(void)sprintf(map + used, "339 3000 1\n");
	assert_int_equal(run_in_user_namespace(map, user_behind_us, &user), 0);
	(void)sprintf(map + used, "339 0 1\n");
	assert_int_equal(run_in_user_namespace(map, user_behind_us, &user), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_is_rootless_if_the_host_root_is_not_in_it),
		cmocka_unit_test(our_own_map_counts),
		cmocka_unit_test(the_last_of_many_lines_counts),
	};

	return is_root() ? cmocka_run_group_tests_name("base/user-namespace", tests, NULL, NULL) : 0;
}
