/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "runtime/path.h"

static void a_configured_program_is_taken(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "my-runc");
	struct kf_error err = { 0 };
	char *found = NULL;

	put_bytes(path, "#!/bin/sh\n", 10, 0755);
	expect_success("program", kf_runtime_path(path, &found, &err), &err);
	assert_string_equal(found, path);
	free(found);
	/* Distributions make runc a symlink to an alternative. */
	assert_int_equal(symlinkat("my-runc", scratch->fd, "runc"), 0);
	found = NULL;
	expect_success("symlink", kf_runtime_path(in(scratch, "runc"), &found, &err), &err);
	assert_string_equal(found, in(scratch, "runc"));
	free(found);
}

static void a_file_that_is_not_a_program_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *found = NULL;

	put_text(in(scratch, "text"), "x");
	assert_int_equal(mkdirat(scratch->fd, "dir", 0755), 0);
	assert_int_equal(mkfifoat(scratch->fd, "fifo", 0777), 0);
	assert_int_equal(symlinkat("nowhere", scratch->fd, "dangling"), 0);
	expect_refusal("missing", kf_runtime_path(in(scratch, "missing"), &found, &err), ENOENT, &err);
	expect_refusal("not executable", kf_runtime_path(in(scratch, "text"), &found, &err), ENOENT, &err);
	expect_refusal("directory", kf_runtime_path(in(scratch, "dir"), &found, &err), ENOENT, &err);
	expect_refusal("FIFO", kf_runtime_path(in(scratch, "fifo"), &found, &err), ENOENT, &err);
	expect_refusal("dangling", kf_runtime_path(in(scratch, "dangling"), &found, &err), ENOENT, &err);
	assert_null(found);
}

/* By any name: this process would run itself for ever. */
static void ourselves_are_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *found = NULL;

	assert_int_equal(symlinkat("/proc/self/exe", scratch->fd, "runc"), 0);
	expect_refusal("exe", kf_runtime_path("/proc/self/exe", &found, &err), ELOOP, &err);
	expect_refusal("symlink", kf_runtime_path(in(scratch, "runc"), &found, &err), ELOOP, &err);
	assert_null(found);
}

static void a_runtime_s_own_name_is_fine(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	expect_success("runc", kf_runtime_check_name("runc", &err), &err);
	expect_success("crun", kf_runtime_check_name("crun", &err), &err);
	expect_success("nothing", kf_runtime_check_name("kubefence-test-no-such-program", &err), &err);
}

static void gvisor_is_known_by_the_file_that_a_path_leads_to(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	put_bytes(in(scratch, "runsc-1.0"), "#!/bin/sh\n", 10, 0755);
	put_bytes(in(scratch, "not-runsc"), "#!/bin/sh\n", 10, 0755);
	assert_int_equal(symlink("runsc-1.0", in(scratch, "link")), 0);
	expect_refusal("file", kf_runtime_check_kernel(in(scratch, "runsc-1.0"), &err), ENOTSUP, &err);
	expect_refusal("link", kf_runtime_check_kernel(in(scratch, "link"), &err), ENOTSUP, &err);
	expect_success("another", kf_runtime_check_kernel(in(scratch, "not-runsc"), &err), &err);
	expect_success("missing", kf_runtime_check_kernel("/no/such/runsc", &err), &err);
	expect_success("none", kf_runtime_check_kernel(NULL, &err), &err);
}

/* Only the usual directories: $PATH is the caller's. */
static void the_search_does_not_ask_the_environment(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *before = NULL, *after = NULL, *path = getenv("PATH");
	int r = kf_runtime_path(NULL, &before, &err);

	path = path ? strdup(path) : NULL;
	put_bytes(in(scratch, "crun"), "#!/bin/sh\n", 10, 0755);
	put_bytes(in(scratch, "runc"), "#!/bin/sh\n", 10, 0755);
	assert_int_equal(setenv("PATH", scratch->path, 1), 0);
	assert_int_equal(kf_runtime_path(NULL, &after, &err), r);
	if (path)
		(void)setenv("PATH", path, 1);
	expect_text("search", "the runtime", after, before);
	if (r < 0) {
		expect_refusal("nothing installed", r, ENOENT, &err);
	} else {
		assert_int_equal(after[0], '/');
		assert_int_equal(access(after, X_OK), 0);
	}
	free(path);
	free(before);
	free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_configured_program_is_taken),
		scratch_test(a_file_that_is_not_a_program_is_refused),
		scratch_test(ourselves_are_refused),
		cmocka_unit_test(a_runtime_s_own_name_is_fine),
		scratch_test(gvisor_is_known_by_the_file_that_a_path_leads_to),
		scratch_test(the_search_does_not_ask_the_environment),
	};

	return cmocka_run_group_tests_name("runtime/path", tests, NULL, NULL);
}
