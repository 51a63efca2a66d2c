/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "policy/runtime-place.h"

static void each_question_includes_the_one_before(void **state)
{
	static const struct {
		const char *path;
		bool runtime, reserved, start;
	} rows[] = {
		{ "/dev", true, true, true },        { "/dev/shm", true, true, true },
		{ "/proc/1", true, true, true },     { "/sys/fs/cgroup", true, true, true },
		{ "/nono", false, true, true },      { "/nono/none", false, true, true },
		{ "/run", false, false, true },      { "/run/lock", false, false, true },
		{ "/", false, false, false },        { "/devices", false, false, false },
		{ "/var/run", false, false, false }, { "/app/dev", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(rows[i].path, kf_place_is_of_runtime(rows[i].path) == rows[i].runtime);
		expect(rows[i].path, kf_place_is_reserved(rows[i].path) == rows[i].reserved);
		expect(rows[i].path, kf_place_is_of_start(rows[i].path) == rows[i].start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_question_includes_the_one_before),
	};

	return cmocka_run_group_tests_name("policy/runtime-place", tests, NULL, NULL);
}
