/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fixtures.h"
#include "node/process-id.h"

static void we_are_alive_and_keep_our_start_time(void **state)
{
	struct kf_process_id first, second;

	(void)state;
	assert_int_equal(kf_process_id_get(getpid(), &first), 0);
	assert_int_equal(kf_process_id_get(getpid(), &second), 0);
	assert_true(first.pid == getpid() && first.start_time > 0 && first.start_time == second.start_time);
	assert_true(kf_process_id_alive(&first));
	first.start_time++;
	assert_false(kf_process_id_alive(&first));
}

/* The name is in brackets before the numbers. */
static void a_hostile_name_changes_nothing(void **state)
{
	static const char *const names[] = { ") Z 1 2 3", "((", "a) b) c", "))))))))))))))", " " };
	struct kf_process_id before, after;

	(void)state;
	assert_int_equal(kf_process_id_get(getpid(), &before), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
		assert_int_equal(kf_process_id_get(getpid(), &after), 0);
		expect(names[i], after.start_time == before.start_time && kf_process_id_alive(&before));
	}
}

static void a_zombie_is_not_alive_and_a_stopped_process_is(void **state)
{
	struct kf_process_id child;
	siginfo_t info;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WSTOPPED), 0);
	assert_int_equal(kf_process_id_get(pid, &child), 0);
	assert_true(kf_process_id_alive(&child));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_false(kf_process_id_alive(&child));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(kf_process_id_alive(&child));
	assert_int_equal(kf_process_id_get(pid, &child), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(we_are_alive_and_keep_our_start_time),
		cmocka_unit_test(a_hostile_name_changes_nothing),
		cmocka_unit_test(a_zombie_is_not_alive_and_a_stopped_process_is),
	};

	return cmocka_run_group_tests_name("node/process-id", tests, NULL, NULL);
}
