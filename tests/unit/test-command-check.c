/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/command.h"
#include "oci/facts.h"

static int setup(void **state)
{
	static const char *const dirs[] = { "bin", "usr", "usr/bin", "opt", "dev", "proc", NULL };
	struct scratch *scratch;

	if (scratch_setup(state) < 0)
		return -1;
	scratch = *state;
	for (const char *const *dir = dirs; *dir; dir++)
		assert_int_equal(mkdir(in(scratch, *dir), 0755), 0);
	put_text(in(scratch, "bin/sh"), "");
	put_text(in(scratch, "usr/bin/tool"), "");
	assert_int_equal(symlink("usr/bin/tool", in(scratch, "linked")), 0);
	assert_int_equal(symlink("/nowhere/tool", in(scratch, "dangling")), 0);
	assert_int_equal(symlink("loop", in(scratch, "loop")), 0);
	return 0;
}

static int check(const char *rootfs, const char *text, struct kf_error *err)
{
	struct json_object *spec = json_from(text);
	const struct kf_facts_source source = { .spec = spec, .rootfs = rootfs };
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	int r = kf_facts_gather(&source, &facts, err);

	expect_success(text, r, err);
	r = kf_command_check(spec, &facts, err);
	(void)json_object_put(spec);
	return r;
}

#define PROCESS(args, env)                                                                                             \
	"{'process':{'args':[" args "],'env':[" env "]},'mounts':[{'destination':'/opt','type':'tmpfs'}]}"

static void a_command_that_can_be_there_is_left_to_the_start(void **state)
{
	static const char *const specs[] = {
		PROCESS("'/bin/sh'", ""),
		PROCESS("'sh'", "'PATH=/usr/bin:/bin'"),
		PROCESS("'tool'", ""),
		PROCESS("'tool'", "'PATH=/none','PATH=/usr/bin'"),
		PROCESS("'/linked'", ""),
		PROCESS("'/usr/bin/../../bin/./sh'", ""),
		/* Below a mount, in /proc or /dev, by a relative path, through a loop: the kernel says it. */
		PROCESS("'/opt/tool'", ""),
		PROCESS("'other'", "'PATH=/bin:/opt/bin'"),
		PROCESS("'/proc/self/exe'", ""),
		PROCESS("'/dev/fd/3'", ""),
		PROCESS("'./tool'", ""),
		PROCESS("'other'", "'PATH=bin'"),
		PROCESS("'other'", "'PATH='"),
		PROCESS("'/loop'", ""),
		/* Our own words. */
		PROCESS("'/nono/launcher/kubefence-launcher','first-step'", ""),
		PROCESS("'/nono/none'", ""),
		/* Not a command at all: process.args is judged elsewhere. */
		PROCESS("''", ""),
		PROCESS("7", ""),
		PROCESS("", ""),
		"{}",
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(specs); i++) {
		struct kf_error err = { 0 };

		expect_success(specs[i], check(scratch->path, specs[i], &err), &err);
	}
}

static void a_command_that_is_certainly_not_there_is_the_runtimes_own_error(void **state)
{
	static const struct {
		const char *spec, *message;
	} rows[] = {
		{ PROCESS("'/no/such'", ""), "exec: \"/no/such\": stat /no/such: no such file or directory" },
		{ PROCESS("'/bin/sh/x'", ""), "exec: \"/bin/sh/x\": stat /bin/sh/x: no such file or directory" },
		{ PROCESS("'/dangling'", ""), "exec: \"/dangling\": stat /dangling: no such file or directory" },
		{ PROCESS("'such'", "'PATH=/usr/bin:/bin'"), "exec: \"such\": executable file not found in $PATH" },
		{ PROCESS("'such'", "'PATH=/nono:/bin'"), "exec: \"such\": executable file not found in $PATH" },
		{ PROCESS("'such'", ""), "exec: \"such\": executable file not found in $PATH" },
		{ PROCESS("'/a\\u001b'", ""), "exec: \"/a\\x1b\": stat /a\\x1b: no such file or directory" },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i].spec, check(scratch->path, rows[i].spec, &err), ENOENT, &err);
		expect_text(rows[i].spec, "the message", err.message, rows[i].message);
		expect(rows[i].spec, err.reason == KF_REASON_COMMAND_NOT_FOUND);
	}
}

static void without_an_image_nothing_is_certain(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	expect_success("unseen", check(NULL, PROCESS("'/no/such'", ""), &err), &err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_command_that_can_be_there_is_left_to_the_start, setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(a_command_that_is_certainly_not_there_is_the_runtimes_own_error, setup,
						scratch_teardown),
		cmocka_unit_test(without_an_image_nothing_is_certain),
	};

	return is_root() ? cmocka_run_group_tests_name("oci/command", tests, NULL, NULL) : 0;
}
