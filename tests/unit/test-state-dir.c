/* SPDX-License-Identifier: Apache-2.0 */
#include "base/state-dir.h"
#include "fixtures.h"
#include "policy/config.h"
#include "rootless.h"

/* The right directory for a process with this XDG_RUNTIME_DIR (NULL: not set). */
struct question {
	const char *variable, *state_dir, *runtime_dir;
};

static int same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int ask(const void *arg)
{
	const struct question *question = arg;
	struct kf_error err = { 0 };
	cleanup_free char *dir = NULL;

	if (question->variable ? setenv("XDG_RUNTIME_DIR", question->variable, 1) : unsetenv("XDG_RUNTIME_DIR"))
		return 1;
	if (kf_default_state_dir(&dir, &err) < 0 || !same(dir, question->state_dir))
		return 2;
	return same(kf_user_runtime_dir(), question->runtime_dir) ? 0 : 3;
}

static int ask_as_user(const void *arg)
{
	return setresuid(ROOTLESS_USER, ROOTLESS_USER, ROOTLESS_USER) < 0 ? 1 : ask(arg);
}

static void root_keeps_records_in_run(void **state)
{
	static const struct question rows[] = { { NULL, "/run/kubefence", NULL },
						{ "/run/user/0", "/run/kubefence", NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(run_here(ask, &rows[i]), 0);
}

static void users_keep_them_in_their_runtime_directory(void **state)
{
	static const struct question rows[] = {
		{ NULL, "/run/user/1001/kubefence", NULL },
		{ "/run/user/1001", "/run/user/1001/kubefence", "/run/user/1001" },
		{ "/mnt/runtime", "/mnt/runtime/kubefence", "/mnt/runtime" },
		/* Not allowed by the XDG base directory specification: ignored, as it says. */
		{ "", "/run/user/1001/kubefence", NULL },
		{ "run/user/1001", "/run/user/1001/kubefence", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(run_in_user_namespace(ROOTLESS_MAP, ask, &rows[i]), 0);
		assert_int_equal(run_here(ask_as_user, &rows[i]), 0);
	}
}

static void a_configuration_says_it_for_all(void **state)
{
	char elsewhere[] = "/run/elsewhere";
	const struct kf_config config = { .state_dir = elsewhere };
	struct kf_error err = { 0 };
	char *dir = NULL;

	(void)state;
	assert_int_equal(kf_config_state_dir(&config, &dir, &err), 0);
	assert_string_equal(dir, elsewhere);
	assert_ptr_not_equal(dir, elsewhere);
	free(dir);
	assert_int_equal(kf_config_state_dir(NULL, &dir, &err), 0);
	assert_string_equal(dir, "/run/kubefence");
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_keeps_records_in_run),
		cmocka_unit_test(users_keep_them_in_their_runtime_directory),
		/* The last one: it lets this process find out where it runs. */
		cmocka_unit_test(a_configuration_says_it_for_all),
	};

	return is_root() ? cmocka_run_group_tests_name("node/state-dir", tests, NULL, NULL) : 0;
}
