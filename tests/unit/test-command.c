/* SPDX-License-Identifier: Apache-2.0 */
/* valgrind: it makes a fork of posix_spawn(3), and loses the errors that come back through shared memory */
#include "fixtures.h"

#include <signal.h>

#include "base/clock.h"
#include "node/command.h"

static const char *const no_env[] = { NULL };

/* The answer of a shell; *RET_OUTPUT is the caller's to free. */
static int ask(const char *script, bool with_stderr, unsigned int msec, char **ret_output, int *ret_status,
	       struct kf_error *err)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct kf_command command = {
		.argv = argv, .env = no_env, .with_stderr = with_stderr, .msec = msec, .max = 64
	};

	*ret_output = NULL;
	return kf_command_ask(&command, ret_output, ret_status, err);
}

static void output_and_status_come_back(void **state)
{
	static const struct {
		const char *script;
		bool with_stderr;
		const char *output;
		int status;
	} rows[] = {
		{ "echo a; echo b >&2", false, "a\n", 0 },
		{ "echo a; echo b >&2", true, "a\nb\n", 0 },
		{ "exit 3", false, "", 3 },
		{ "kill -TERM $$", false, "", 128 + SIGTERM },
		{ "read line && echo no; pwd", false, "/\n", 0 },
		{ "printf '%070d' 1", false, "0000000000000000000000000000000000000000000000000000000000000000", 0 },
	};
	size_t before = open_descriptors();
	struct kf_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *output = NULL;
		int status = -1;

		expect_success(rows[i].script, ask(rows[i].script, rows[i].with_stderr, 10000, &output, &status, &err),
			       &err);
		expect_text(rows[i].script, "output", output, rows[i].output);
		expect(rows[i].script, status == rows[i].status);
		free(output);
	}
	assert_int_equal(open_descriptors(), before);
}

static void its_environment_is_the_given_one(void **state)
{
	struct kf_error err = { 0 };
	char *output;
	int status;

	(void)state;
	assert_int_equal(setenv("KF_SECRET", "x", 1), 0);
	expect_success("env", ask("echo \"$KF_SECRET$HOME\"", false, 10000, &output, &status, &err), &err);
	assert_string_equal(output, "\n");
	free(output);
}

static void none_of_them_holds_us(void **state)
{
	static const char *const scripts[] = {
		"sleep 60",
		"exec >&- 2>&-; sleep 60", /* nothing to read from, and it lives on */
		"sleep 60 & exit 0",       /* a child keeps the pipe */
		"while :; do echo y; done",
		"trap '' TERM INT HUP; while :; do sleep 1; done",
	};
	size_t before = open_descriptors();
	struct kf_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(scripts); i++) {
		uint64_t start = kf_clock_usec();
		char *output;
		int status;

		expect_refusal(scripts[i], ask(scripts[i], true, 200, &output, &status, &err), ETIMEDOUT, &err);
		expect(scripts[i], kf_clock_usec() - start < 20 * 1000000);
	}
	assert_int_equal(open_descriptors(), before);
}

static void a_program_that_cannot_be_run_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	const char *const missing[] = { in(scratch, "none"), NULL }, *const text[] = { in(scratch, "text"), NULL };
	struct kf_command command = { .argv = missing, .env = no_env, .msec = 1000, .max = 64 };
	struct kf_error err = { 0 };
	char *output;
	int status;

	put_text(in(scratch, "text"), "text");
	expect_refusal("missing", kf_command_ask(&command, &output, &status, &err), ENOENT, &err);
	command.argv = text;
	expect_refusal("no program", kf_command_ask(&command, &output, &status, &err), EACCES, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status_come_back),
		cmocka_unit_test(its_environment_is_the_given_one),
		cmocka_unit_test(none_of_them_holds_us),
		scratch_test(a_program_that_cannot_be_run_is_an_error),
	};

	return cmocka_run_group_tests_name("node/command", tests, NULL, NULL);
}
