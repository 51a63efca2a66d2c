/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/args.h"
#include "words.h"

struct row {
	const char *line;
	struct kf_runtime_args args;
};

static void expect_all(const struct row *rows, size_t count, bool ambiguous)
{
	for (size_t i = 0; i < count; i++) {
		const char *line = rows[i].line;
		const struct kf_runtime_args *wanted = &rows[i].args;
		char *words[WORDS_MAX], *copy = strdup(line);
		struct kf_runtime_args args;

		assert_non_null(copy);

		int argc = split(copy, words);

		kf_runtime_args_parse(argc, words, &args);
		expect_text(line, "the command", args.command, wanted->command);
		expect_text(line, "the bundle", args.bundle, wanted->bundle);
		expect_text(line, "the spec file", args.spec_file, wanted->spec_file);
		expect_text(line, "the id", args.id, wanted->id);
		expect_text(line, "the log", args.log, wanted->log);
		expect_text(line, "the root", args.root, wanted->root ? wanted->root : args.root);
		expect(line, !args.command || args.command == words[args.command_word]);
		expect_text(line, "the unknown option", args.unknown, wanted->unknown);
		expect(line, args.help == wanted->help);
		expect(line, kf_runtime_args_ambiguous(argc, words, &args) == ambiguous);
		free(copy);
	}
}

static void expect_rows(const struct row *rows, size_t count)
{
	expect_all(rows, count, false);
}

static void engines_are_understood(void **state)
{
	static const struct row rows[] = {
		/* CRI-O, through conmon and conmon-rs. */
		{ "nono-runc --systemd-cgroup --root=/run/nono create --bundle /run/b --pid-file /run/b/pidfile "
		  "--no-pivot"
		  " --no-new-keyring --console-socket /s abc",
		  { .command = "create", .bundle = "/run/b", .id = "abc" } },
		{ "nono-runc --root=/r --systemd-cgroup --root=/r --systemd-cgroup --log=journald:abc --log-level=debug"
		  " create --bundle /b --pid-file /p --console-socket=/s abc",
		  { .command = "create", .bundle = "/b", .id = "abc", .log = "journald:abc" } },
		{ "nono-runc --systemd-cgroup --root=/r restore --bundle /b --pid-file /p --detach --image-path /cp "
		  "--work-path"
		  " /b --lsm-profile=x --lsm-mount-context=y abc",
		  { .command = "restore", .bundle = "/b", .id = "abc" } },
		{ "nono-runc --root /r --systemd-cgroup state abc", { .command = "state" } },
		{ "nono-runc --root=/r exec --pid-file /p --process /f --detach abc", { .command = "exec" } },
		{ "nono-runc --root /r update --resources - abc", { .command = "update" } },
		{ "nono-runc --version", { .help = true } },
		{ "nono-runc features", { .command = "features" } },
		{ "nono-runc checkpoint --help", { .command = "checkpoint" } },
		/* containerd's shim and Docker. */
		{ "nono-runc --root /run/containerd/runc/k8s.io --log /b/log.json --log-format json --systemd-cgroup "
		  "create"
		  " --bundle /b --pid-file /b/init.pid --console-socket /s --no-pivot --no-new-keyring abc",
		  { .command = "create", .bundle = "/b", .id = "abc", .log = "/b/log.json" } },
		{ "nono-runc --root /r --log /l --log-format json delete --force abc",
		  { .command = "delete", .log = "/l" } },
		{ "nono-runc --root /r --log /l --log-format json kill abc 15", { .command = "kill", .log = "/l" } },
		{ "nono-runc --root /r events --interval 5s abc", { .command = "events" } },
		/* Podman. */
		{ "nono-runc --systemd-cgroup --log-format=json --log /run/oci-log --cgroup-manager disabled create "
		  "--bundle /b"
		  " --pid-file /p --preserve-fds 3 --console-socket /s abc",
		  { .command = "create", .bundle = "/b", .id = "abc", .log = "/run/oci-log" } },
		{ "nono-runc start abc", { .command = "start", .id = "abc" } },
		/* People. */
		{ "runc run abc", { .command = "run", .id = "abc" } },
		{ "crun run -f other.json abc", { .command = "run", .spec_file = "other.json", .id = "abc" } },
		{ "crun --criu /usr/bin/criu --rootless true run -d abc", { .command = "run", .id = "abc" } },
		{ "youki -r /r -l /log -s create -b /b abc",
		  { .command = "create", .bundle = "/b", .id = "abc", .log = "/log" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void every_form_of_the_bundle_counts(void **state)
{
	static const struct row rows[] = {
		{ "r create abc", { .command = "create", .id = "abc" } },
		{ "r create --bundle /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create --bundle=/b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create --bundle= abc", { .command = "create", .bundle = "", .id = "abc" } },
		{ "r create --bundle @ abc", { .command = "create", .bundle = "", .id = "abc" } },
		{ "r create --bundle=a=b abc", { .command = "create", .bundle = "a=b", .id = "abc" } },
		{ "r create -b /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create -b=/b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create -b/b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r run -db /b abc", { .command = "run", .bundle = "/b", .id = "abc" } },
		{ "r run -d -b /b abc", { .command = "run", .bundle = "/b", .id = "abc" } },
		{ "r create --bundle /a --bundle /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create -b -x abc", { .command = "create", .bundle = "-x", .id = "abc" } },
		{ "r create --bundle --help abc", { .command = "create", .bundle = "--help", .id = "abc" } },
		{ "r create --bundle -- abc", { .command = "create", .bundle = "--", .id = "abc" } },
		{ "r create --pid-file --bundle abc", { .command = "create", .id = "abc" } },
		{ "r create --bundle", { .command = "create" } },
		{ "r create -b", { .command = "create" } },
		/* runc takes options after the id. */
		{ "r create abc --bundle /b", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create abc -b /b", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create abc -- --bundle /b", { .command = "create", .id = "abc" } },
		{ "r create -- abc", { .command = "create", .id = "abc" } },
		{ "r create -- -b", { .command = "create", .id = "-b" } },
		{ "r create -b /b -- --help", { .command = "create", .bundle = "/b", .id = "--help" } },
		{ "r create abc def", { .command = "create", .id = "abc" } },
		{ "r create -", { .command = "create", .id = "-" } },
		/* The beginnings that crun takes. */
		{ "r create --bund /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create --b=/b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create --conf x.json abc", { .command = "create", .spec_file = "x.json", .id = "abc" } },
		{ "r create --config=x.json abc", { .command = "create", .spec_file = "x.json", .id = "abc" } },
		{ "r create -fx.json abc", { .command = "create", .spec_file = "x.json", .id = "abc" } },
		{ "r create --bundles /b abc", { .command = "create", .id = "/b" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

/* Nothing that merely reads like a command is one, and no command is overlooked. */
static void the_command_is_found_where_it_is(void **state)
{
	static const struct row rows[] = {
		{ "r", { 0 } },
		{ "r --debug", { 0 } },
		{ "r --root", { 0 } },
		{ "r state create", { .command = "state" } },
		{ "r delete run", { .command = "delete" } },
		{ "r exec abc create", { .command = "exec" } },
		{ "r create create", { .command = "create", .id = "create" } },
		{ "r run run", { .command = "run", .id = "run" } },
		{ "r --root create state abc", { .command = "state" } },
		{ "r --root create create abc", { .command = "create", .id = "abc" } },
		{ "r --root=create run abc", { .command = "run", .id = "abc" } },
		{ "r --log create --log-format run restore abc",
		  { .command = "restore", .id = "abc", .log = "create" } },
		{ "r --cgroup-manager create kill abc", { .command = "kill" } },
		{ "r --criu run state abc", { .command = "state" } },
		{ "r --rootless create create abc", { .command = "create", .id = "abc" } },
		{ "r --debug create abc", { .command = "create", .id = "abc" } },
		{ "r --debug=true create abc", { .command = "create", .id = "abc" } },
		{ "r --systemd-log create abc", { .command = "create", .id = "abc" } },
		{ "r --no-pivot create abc", { .command = "create", .id = "abc" } },
		{ "r -- create abc", { .command = "create", .id = "abc" } },
		{ "r --root /r -- create -b /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r --", { 0 } },
		{ "r - create abc", { .command = "-" } },
		{ "r @ create abc", { .command = "" } },
		{ "r CREATE abc", { .command = "CREATE" } },
		{ "r created abc", { .command = "created" } },
		{ "r --systemd-c create abc", { .command = "create", .id = "abc" } },
		{ "r --cgroup cgroupfs create abc", { .command = "create", .id = "abc" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void the_log_is_found(void **state)
{
	static const struct row rows[] = {
		{ "r --log /l create abc", { .command = "create", .id = "abc", .log = "/l" } },
		{ "r --log=/l create abc", { .command = "create", .id = "abc", .log = "/l" } },
		{ "r --log= create abc", { .command = "create", .id = "abc", .log = "" } },
		{ "r --log /a --log /l create abc", { .command = "create", .id = "abc", .log = "/l" } },
		{ "r --log-format json create abc", { .command = "create", .id = "abc" } },
		{ "r --log-level=debug create abc", { .command = "create", .id = "abc" } },
		{ "r create --log /l abc", { .command = "create", .id = "/l" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

/* Go's flags take one dash as well as two. */
static void the_root_is_found(void **state)
{
	static const struct row rows[] = {
		{ "r --root /r exec abc", { .command = "exec", .root = "/r" } },
		{ "r --root=/r exec abc", { .command = "exec", .root = "/r" } },
		{ "r --root /a --root=/r --debug exec abc", { .command = "exec", .root = "/r" } },
		{ "r -root /r exec abc", { .command = "exec", .root = "/r" } },
		{ "youki -r /r exec abc", { .command = "exec", .root = "/r" } },
		{ "r --root= exec abc", { .command = "exec", .root = "" } },
		{ "r --rootless true --root /r exec abc", { .command = "exec", .root = "/r" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));

	char *words[] = { (char *)"r", (char *)"--rootless", (char *)"true", (char *)"exec", NULL };
	struct kf_runtime_args args;

	kf_runtime_args_parse(4, words, &args);
	assert_null(args.root);
}

static void one_dash_is_as_good_as_two(void **state)
{
	static const struct row rows[] = {
		{ "r -debug create abc", { .command = "create", .id = "abc" } },
		{ "r -systemd-cgroup create abc", { .command = "create", .id = "abc" } },
		{ "r -log-format json create abc", { .command = "create", .id = "abc" } },
		{ "r -root /r create abc", { .command = "create", .id = "abc" } },
		{ "r -root=/r create abc", { .command = "create", .id = "abc" } },
		{ "r -log /l create abc", { .command = "create", .id = "abc", .log = "/l" } },
		{ "r -rootless true create abc", { .command = "create", .id = "abc" } },
		{ "r create -bundle /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create -bundle=/b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create -pid-file /p abc", { .command = "create", .id = "abc" } },
		{ "r run -detach abc", { .command = "run", .id = "abc" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_rows(&rows[i], 1);
}

static void help_starts_nothing(void **state)
{
	static const struct row rows[] = {
		{ "r --help", { .help = true } },
		{ "r -h create abc", { .help = true, .command = "create", .id = "abc" } },
		{ "r --version create abc", { .help = true, .command = "create", .id = "abc" } },
		{ "r -v", { .help = true } },
		{ "r -V", { .help = true } },
		{ "r -? create abc", { .help = true, .command = "create", .id = "abc" } },
		{ "r --usage create abc", { .help = true, .command = "create", .id = "abc" } },
		{ "r create --help", { .help = true, .command = "create" } },
		{ "r create -h abc", { .help = true, .command = "create", .id = "abc" } },
		{ "r create abc --help", { .help = true, .command = "create", .id = "abc" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

/*
 * runc goes on and starts the container: a wrapper that takes this for a call for help lets it start without a sandbox.
 */
static void help_that_is_switched_off_does_not_count(void **state)
{
	static const struct row rows[] = {
		{ "r --help=false create abc", { .command = "create", .id = "abc" } },
		{ "r --version=false create abc", { .command = "create", .id = "abc" } },
		{ "r create --help=false abc", { .command = "create", .id = "abc" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void an_unknown_option_may_hide_a_command(void **state)
{
	static const struct row hiding[] = {
		{ "r --future create abc", { .unknown = "--future", .command = "create", .id = "abc" } },
		{ "r --future x create abc", { .unknown = "--future", .command = "x" } },
		{ "r --future=x create abc", { .unknown = "--future=x", .command = "create", .id = "abc" } },
		{ "r -Z x --root /r run abc", { .unknown = "-Z", .command = "x" } },
		{ "r --root /r --future x restore abc", { .unknown = "--future", .command = "x" } },
		{ "r --one x --two create", { .unknown = "--one", .command = "x" } },
		{ "r --future exec -p /f abc", { .unknown = "--future", .command = "exec" } },
		{ "r --future x exec abc", { .unknown = "--future", .command = "x" } },
		{ "r --future start abc", { .unknown = "--future", .command = "start", .id = "abc" } },
		{ "r --future x start abc", { .unknown = "--future", .command = "x" } },
		/* Two that start like it. */
		{ "r --ro /r create abc", { .unknown = "--ro", .command = "/r" } },
		{ "r --l /l create abc", { .unknown = "--l", .command = "/l" } },
		{ "r --systemd create abc", { .unknown = "--systemd", .command = "create", .id = "abc" } },
		{ "r --- create abc", { .unknown = "---", .command = "create", .id = "abc" } },
	};
	static const struct row harmless[] = {
		/* No word after it could start one. */
		{ "r --future state abc", { .unknown = "--future", .command = "state" } },
		{ "r --future", { .unknown = "--future" } },
		/* In front of it: that was an option's value. */
		{ "r --root create --future state abc", { .unknown = "--future", .command = "state" } },
	};

	(void)state;
	expect_all(hiding, COUNT(hiding), true);
	expect_all(harmless, COUNT(harmless), false);
}

static void unknown_options_of_a_command_are_the_runtimes_business(void **state)
{
	static const struct row rows[] = {
		{ "r create --future --bundle /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create --future=x -b /b abc", { .command = "create", .bundle = "/b", .id = "abc" } },
		{ "r create -Zb /b abc", { .command = "create", .id = "/b" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void no_arguments_at_all_are_fine(void **state)
{
	char *none[] = { NULL };
	struct kf_runtime_args args = { .command = "stale" };

	(void)state;
	kf_runtime_args_parse(0, none, &args);
	assert_null(args.command);
	assert_false(kf_runtime_args_starts(&args));
	assert_false(kf_runtime_args_ambiguous(0, none, &args));
}

static void three_commands_start_a_container(void **state)
{
	static const struct {
		const char *command;
		bool starts;
	} rows[] = { { "create", true },      { "run", true },    { "restore", true },   { "start", false },
		     { "exec", false },       { "state", false }, { "kill", false },     { "delete", false },
		     { "checkpoint", false }, { "spec", false },  { "features", false }, { "list", false },
		     { "pause", false },      { "", false },      { "Create", false } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_runtime_args args = { .command = rows[i].command };

		expect(rows[i].command, kf_runtime_args_starts(&args) == rows[i].starts);
		expect(rows[i].command, kf_runtime_args_executes(&args) == (strcmp(rows[i].command, "exec") == 0));
		expect(rows[i].command, kf_runtime_args_releases(&args) == (strcmp(rows[i].command, "start") == 0));
		expect(rows[i].command, kf_runtime_args_restores(&args) == (strcmp(rows[i].command, "restore") == 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_are_understood),
		cmocka_unit_test(every_form_of_the_bundle_counts),
		cmocka_unit_test(the_command_is_found_where_it_is),
		cmocka_unit_test(the_log_is_found),
		cmocka_unit_test(the_root_is_found),
		cmocka_unit_test(one_dash_is_as_good_as_two),
		cmocka_unit_test(help_starts_nothing),
		cmocka_unit_test(help_that_is_switched_off_does_not_count),
		cmocka_unit_test(an_unknown_option_may_hide_a_command),
		cmocka_unit_test(unknown_options_of_a_command_are_the_runtimes_business),
		cmocka_unit_test(no_arguments_at_all_are_fine),
		cmocka_unit_test(three_commands_start_a_container),
	};

	return cmocka_run_group_tests_name("runtime/args", tests, NULL, NULL);
}
