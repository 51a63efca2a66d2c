/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/config-keys.h"
#include "stage/runtime-call.h"
#include "words.h"

/* The error that a broken configuration left. */
static const struct kf_error broken = { .code = EBADMSG, .message = "kubefence.conf:3: unknown key" };

/* One class, nono-runc, whose runtime is a program that is on every machine. */
static struct kf_config *new_config(void)
{
	static const struct {
		const char *section, *key, *value;
	} keys[] = {
		{ "kubefence", "runtime_classes", "nono-runc" },
		{ "kubefence", "default_profile", "default" },
		{ "class nono-runc", "runtime", "/bin/true" },
	};
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	assert_non_null(config);
	for (size_t i = 0; i < COUNT(keys); i++)
		expect_success(keys[i].key,
			       kf_config_set(config, keys[i].section, keys[i].key, keys[i].value, false, &err), &err);
	expect_success("config", kf_config_complete(config, &err), &err);
	return config;
}

/* Calls the wrapper by the name HANDLER with the words of COMMAND. CONFIG NULL: broken. */
static int prepare(const struct kf_config *config, const char *handler, const char *command, struct kf_error *err)
{
	struct kf_exec_line line = KF_EXEC_LINE_NONE;
	struct kf_call call = { .handler = handler, .config = config, .config_flaw = &broken };
	struct kf_runtime_args args;
	char *words[WORDS_MAX], copy[PATH_MAX];

	(void)snprintf(copy, sizeof copy, "%s %s", handler, command);
	kf_runtime_args_parse(split(copy, words), words, &args);

	int r = kf_runtime_call_prepare(&call, &args, &line, err);

	expect(command, line.argv.count == 0 && line.process_fd == -1);
	return r;
}

/* No such path exists or can be made: a call that looked for it would fail. */
static void calls_of_no_interest_pass(void **state)
{
	static const struct {
		bool broken;
		const char *handler, *command;
	} rows[] = {
		/* Names that no pod opts in with. */
		{ true, "kubefence-runtime", "create --bundle /proc/nothing abc" },
		{ true, "runc", "create --bundle /proc/nothing abc" },
		{ true, "crun", "create --bundle /proc/nothing abc" },
		{ true, "runc", "exec abc sh" },
		{ false, "kubefence-runtime", "create --bundle /proc/nothing abc" },
		{ false, "kubefence-runtime", "--new-thing create --bundle /proc/nothing abc" },
		{ false, "runc", "create --config other.json --bundle /proc/nothing abc" },
		{ false, "crun", "restore --bundle /proc/nothing abc" },
		{ false, "runc", "exec kubefence-test-no-such-container sh" },
		{ false, "crun", "exec --new-thing abc sh" },
		/* A class that is not configured any more can be stopped. */
		{ false, "other", "state abc" },
		{ false, "other", "kill abc 9" },
		{ false, "other", "delete --force abc" },
		{ false, "", "delete --force abc" },
		{ false, "other", "create --help" },
		/* Help, and commands that start nothing. */
		{ false, "nono-runc", "" },
		{ false, "nono-runc", "--help" },
		{ false, "nono-runc", "--help create --bundle /proc/nothing abc" },
		{ false, "nono-runc", "create --help --bundle /proc/nothing abc" },
		{ false, "nono-runc", "exec --help abc sh" },
		{ false, "nono-runc", "state abc" },
		{ false, "nono-runc", "delete --force abc" },
		{ true, "nono-runc", "--help" },
		{ true, "nono-runc", "state abc" },
		{ true, "nono-runc", "kill abc 9" },
		{ true, "nono-runc", "delete --force abc" },
		/* The runtime says that the id is missing. */
		{ false, "nono-runc", "create --bundle /proc/nothing" },
		{ false, "nono-runc", "exec" },
		{ false, "nono-runc", "exec --tty" },
		{ true, "nono-runc", "exec" },
		/* An unknown option in front of a command that starts nothing. */
		{ false, "nono-runc", "--new-thing state abc" },
		{ true, "nono-runc", "--new-thing delete abc" },
	};
	struct kf_config *config = new_config();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char row[128];

		(void)snprintf(row, sizeof row, "%s %s", rows[i].handler, rows[i].command);
		expect_success(row, prepare(rows[i].broken ? NULL : config, rows[i].handler, rows[i].command, &err),
			       &err);
	}
	kf_config_free(config);
}

static void calls_that_could_go_around_us_are_stopped(void **state)
{
	static const struct {
		const char *command;
		int code;
		enum kf_reason reason;
		const char *says;
	} rows[] = {
		{ "--new-thing create abc", EINVAL, KF_REASON_INTERNAL_ERROR, "unknown global option --new-thing" },
		{ "--new-thing x run abc", EINVAL, KF_REASON_INTERNAL_ERROR, "update kubefence" },
		{ "--new-thing exec abc sh", EINVAL, KF_REASON_INTERNAL_ERROR, "unknown global option --new-thing" },
		{ "create --config other.json abc", ENOTSUP, KF_REASON_INTERNAL_ERROR, "use config.json" },
		{ "run -f other.json abc", ENOTSUP, KF_REASON_INTERNAL_ERROR, "use config.json" },
		{ "create --config config.json --bundle /proc/nothing abc", ENOENT, KF_REASON_SPEC_INVALID,
		  "cannot open the bundle" },
		{ "create --bundle /proc/nothing abc", ENOENT, KF_REASON_SPEC_INVALID, "cannot open the bundle" },
		{ "restore --bundle /proc/nothing abc", ENOTSUP, KF_REASON_RESTORE_REFUSED, "cannot be restored" },
		{ "exec --new-thing abc sh", EINVAL, KF_REASON_PROCESS_INVALID, "unknown option --new-thing of exec" },
	};
	struct kf_config *config = new_config();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i].command, prepare(config, "nono-runc", rows[i].command, &err), rows[i].code,
			       &err);
		expect(rows[i].command, err.reason == rows[i].reason);
		expect(rows[i].command, strstr(err.message, rows[i].says) != NULL);
	}
	kf_config_free(config);
}

static void a_name_that_is_not_a_class_starts_nothing(void **state)
{
	static const char *const names[] = { "other",    "",          "nono-runc ",        " nono-runc",
					     "nono-run", "Nono-runc", "nono-runc.",        "runc ",
					     "RUNC",     "crun.1",    "kubefence-runtime2" };
	static const char *const commands[] = {
		"create --bundle /proc/nothing abc",
		"run abc",
		"restore --bundle /proc/nothing abc",
		"exec kubefence-test-no-such-container sh",
	};
	struct kf_config *config = new_config();

	(void)state;
	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t i = 0; i < COUNT(commands); i++) {
			char row[128];
			struct kf_error err = { 0 };
			char *words[WORDS_MAX], copy[PATH_MAX];
			struct kf_exec_line line = KF_EXEC_LINE_NONE;
			struct kf_call call = { .handler = names[n], .config = config, .config_flaw = &broken };
			struct kf_runtime_args args;

			(void)snprintf(row, sizeof row, "'%s' %s", names[n], commands[i]);
			(void)snprintf(copy, sizeof copy, "x %s", commands[i]);
			kf_runtime_args_parse(split(copy, words), words, &args);
			expect_refusal(row, kf_runtime_call_prepare(&call, &args, &line, &err), ENOENT, &err);
			expect(row, err.reason == KF_REASON_CONFIG_INVALID);
			expect(row, strstr(err.message, "is not a class") != NULL);
		}
	kf_config_free(config);
}

/* Every name is in question then, and the denial is the error of the configuration, word for word. */
static void a_broken_configuration_stops_every_start(void **state)
{
	static const char *const handlers[] = { "nono-runc", "other" };
	static const char *const commands[] = {
		"create --bundle /proc/nothing abc",
		"run --bundle /proc/nothing abc",
		"exec kubefence-test-no-such-container sh",
		"exec --new-thing abc sh",
	};

	(void)state;
	for (size_t h = 0; h < COUNT(handlers); h++)
		for (size_t i = 0; i < COUNT(commands); i++) {
			struct kf_error err = { 0 };

			expect_refusal(commands[i], prepare(NULL, handlers[h], commands[i], &err), EBADMSG, &err);
			expect_text(commands[i], "the message", err.message, broken.message);
			expect(commands[i], err.reason == KF_REASON_CONFIG_INVALID);
		}
}

/* The path goes on to the hooks, which run in another directory. */
static void the_configuration_has_an_absolute_path(void **state)
{
	static const struct {
		const char *path;
		int code;
	} rows[] = {
		{ "kubefence.conf", EINVAL },
		{ "", EINVAL },
		{ "./kubefence.conf", EINVAL },
		/* The missing part is the bundle then. */
		{ "/kubefence.conf", ENOENT },
		{ NULL, ENOENT },
	};
	struct kf_config *config = new_config();
	char *words[] = { (char *)"nono-runc", (char *)"create", (char *)"--bundle", (char *)"/proc/nothing",
			  (char *)"abc" };
	struct kf_runtime_args args;

	(void)state;
	kf_runtime_args_parse((int)COUNT(words), words, &args);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_exec_line line = KF_EXEC_LINE_NONE;
		struct kf_call call = { .handler = "nono-runc", .config = config, .config_path = rows[i].path };
		struct kf_error err = { 0 };

		expect_refusal(rows[i].path ? rows[i].path : "(none)",
			       kf_runtime_call_prepare(&call, &args, &line, &err), rows[i].code, &err);
	}
	kf_config_free(config);
}

static void the_class_names_the_runtime(void **state)
{
	struct kf_config *config = new_config();
	struct kf_call call = { .handler = "nono-runc", .config = config };
	struct kf_error err = { 0 };
	char *path = NULL;

	(void)state;
	expect_success("ours", kf_runtime_call_find_runtime(&call, &path, &err), &err);
	assert_string_equal(path, "/bin/true");
	free(path);
	path = NULL;

	/* Another handler's runtime is not the class's. */
	call.handler = "other";
	if (kf_runtime_call_find_runtime(&call, &path, &err) == 0)
		assert_string_not_equal(path, "/bin/true");
	else
		assert_int_equal(err.code, ENOENT);
	free(path);
	kf_config_free(config);
}

/* A pod can be stopped while the configuration is broken: its bad line is passed over. */
static void a_broken_configuration_still_names_the_runtime(void **state)
{
	struct kf_call call = { .handler = "nono-runc", .config_flaw = &broken };
	struct kf_error err = { 0 };
	char *path = NULL;

	put_text(in(*state, "kf.conf"), "[kubefence]\nno such key = 1\n[class nono-runc]\nruntime = /bin/true\n");
	call.config_path = in(*state, "kf.conf");
	expect_success("salvaged", kf_runtime_call_find_runtime(&call, &path, &err), &err);
	assert_string_equal(path, "/bin/true");
	free(path);
}

int main(void)
{
	if (!is_root())
		return 0;

	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_no_interest_pass),
		cmocka_unit_test(calls_that_could_go_around_us_are_stopped),
		cmocka_unit_test(a_name_that_is_not_a_class_starts_nothing),
		cmocka_unit_test(a_broken_configuration_stops_every_start),
		cmocka_unit_test(the_configuration_has_an_absolute_path),
		cmocka_unit_test(the_class_names_the_runtime),
		scratch_test(a_broken_configuration_still_names_the_runtime),
	};

	return cmocka_run_group_tests_name("stage/runtime-call", tests, NULL, NULL);
}
