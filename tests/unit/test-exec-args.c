/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/exec-args.h"
#include "words.h"

struct row {
	const char *line;
	struct kf_exec_args args;
};

static void expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *line = rows[i].line;
		const struct kf_exec_args *wanted = &rows[i].args;
		char *words[WORDS_MAX], copy[256];
		struct kf_exec_args args;

		(void)snprintf(copy, sizeof copy, "runc exec %s", line);

		int argc = split(copy, words);

		kf_exec_args_parse(argc, words, 2, &args);
		expect_text(line, "the id", args.id, wanted->id);
		expect_text(line, "the process file", args.process, wanted->process);
		expect_text(line, "the command", args.command, wanted->command);
		expect_text(line, "the unknown option", args.unknown, wanted->unknown);
		expect(line, args.help == wanted->help);
		expect(line, !args.id || args.id == words[args.id_word]);
		expect(line, args.command ? args.command == words[args.command_word] : args.command_word == argc);
	}
}

static void engines_are_understood(void **state)
{
	static const struct row rows[] = {
		/* conmon for CRI-O and Podman, CRI-O itself, containerd's shim. */
		{ "--pid-file /p --process /f --detach abc", { .id = "abc", .process = "/f" } },
		{ "--pid-file /p --process /f --detach --console-socket /s abc", { .id = "abc", .process = "/f" } },
		{ "--pid-file /p --process /f --preserve-fds 3 --detach --tty abc", { .id = "abc", .process = "/f" } },
		{ "--process /f abc", { .id = "abc", .process = "/f" } },
		{ "--process /tmp/runc-process123 --console-socket /s --detach --pid-file /p abc",
		  { .id = "abc", .process = "/tmp/runc-process123" } },
		/* People. */
		{ "abc sh -c x", { .id = "abc", .command = "sh" } },
		{ "-t abc sh", { .id = "abc", .command = "sh" } },
		{ "-p /f abc", { .id = "abc", .process = "/f" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void every_option_has_its_arity(void **state)
{
	static const struct row rows[] = {
		{ "--additional-gids 1 -g 2 --apparmor a --cap c -c d --cgroup /g --console-socket /s abc sh",
		  { .id = "abc", .command = "sh" } },
		{ "--cwd / --env A=1 -e B=2 --pid-file /p --pidfd-socket /s --preserve-fds 1 --process-label l abc sh",
		  { .id = "abc", .command = "sh" } },
		{ "--user 1 -u 2 --detach -d --ignore-paused --no-new-privs --no-subreaper --tty -t abc sh",
		  { .id = "abc", .command = "sh" } },
		{ "--user=1 --cwd= --tty=true --tty=no --detach=false abc sh", { .id = "abc", .command = "sh" } },
		{ "-tfalse -u1 -eA=1 -e=A=1 -du 2 abc sh", { .id = "abc", .command = "sh" } },
		{ "--user -d abc sh", { .id = "abc", .command = "sh" } },
		{ "--env --process abc sh", { .id = "abc", .command = "sh" } },
		{ "--env -- abc sh", { .id = "abc", .command = "sh" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void every_form_of_the_process_file_counts(void **state)
{
	static const struct row rows[] = {
		{ "--process /f abc", { .id = "abc", .process = "/f" } },
		{ "--process=/f abc", { .id = "abc", .process = "/f" } },
		{ "-process /f abc", { .id = "abc", .process = "/f" } },
		{ "-process=/f abc", { .id = "abc", .process = "/f" } },
		{ "-p /f abc", { .id = "abc", .process = "/f" } },
		{ "-p=/f abc", { .id = "abc", .process = "/f" } },
		{ "-p/f abc", { .id = "abc", .process = "/f" } },
		{ "-dp /f abc", { .id = "abc", .process = "/f" } },
		{ "-dp/f abc", { .id = "abc", .process = "/f" } },
		{ "--p /f abc", { .unknown = "--p" } },
		{ "--process /a -p /f abc", { .id = "abc", .process = "/f" } },
		{ "--process @ abc sh", { .id = "abc", .process = "", .command = "sh" } },
		{ "--process= abc sh", { .id = "abc", .process = "", .command = "sh" } },
		{ "--process -- abc", { .id = "abc", .process = "--" } },
		{ "--process /f abc sh", { .id = "abc", .process = "/f", .command = "sh" } },
		{ "--process-label /f abc sh", { .id = "abc", .command = "sh" } },
		/* -t takes the rest of its word in crun; runc refuses this. */
		{ "-tp /f abc", { .id = "/f", .command = "abc" } },
		{ "--process", { 0 } },
		{ "-p", { 0 } },
		{ "--process /f", { .process = "/f" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void options_end_with_the_id(void **state)
{
	static const struct row rows[] = {
		{ "abc -p /f", { .id = "abc", .command = "-p" } },
		{ "abc --process=/f", { .id = "abc", .command = "--process=/f" } },
		{ "abc --help", { .id = "abc", .command = "--help" } },
		{ "-- abc sh", { .id = "abc", .command = "sh" } },
		{ "-- -p sh", { .id = "-p", .command = "sh" } },
		{ "-d -- abc -d", { .id = "abc", .command = "-d" } },
		{ "abc -- sh", { .id = "abc", .command = "sh" } },
		{ "abc -- -- sh", { .id = "abc", .command = "--" } },
		{ "abc --", { .id = "abc" } },
		{ "abc", { .id = "abc" } },
		{ "- sh", { .id = "-", .command = "sh" } },
		{ "@ sh", { .id = "", .command = "sh" } },
		{ "--", { 0 } },
		{ "", { 0 } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void help_and_unknown_options(void **state)
{
	static const struct row rows[] = {
		{ "--help", { .help = true } },
		{ "-h abc", { .help = true, .id = "abc" } },
		{ "-? --usage", { .help = true } },
		{ "--help=false abc sh", { .id = "abc", .command = "sh" } },
		{ "--user --help abc sh", { .id = "abc", .command = "sh" } },
		{ "--future abc sh", { .unknown = "--future" } },
		{ "--future=1 abc sh", { .unknown = "--future=1" } },
		{ "-d --future abc -p /f", { .unknown = "--future" } },
		{ "-Z abc", { .unknown = "-Z" } },
		{ "-dZ abc", { .unknown = "-dZ" } },
		{ "--pro /f abc", { .unknown = "--pro" } },
		{ "--program-name x abc", { .unknown = "--program-name" } },
		{ "--bundle /b abc", { .unknown = "--bundle" } },
		{ "--- abc", { .unknown = "---" } },
		{ "--pid-f /p --cons /s --det abc sh", { .id = "abc", .command = "sh" } },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

#define P "/nono/launcher/kubefence-launcher first-step --profile /nono/profiles/default.json --"

static void a_command_line_is_wrapped(void **state)
{
	static const struct {
		const char *line, *file, *wrapped;
	} rows[] = {
		{ "r --root /r exec --pid-file /p --process /f --detach abc", "/proc/self/fd/9",
		  "r --root /r exec --pid-file /p --process /proc/self/fd/9 --detach abc" },
		{ "r exec --process=/f abc", "/n", "r exec --process=/n abc" },
		{ "r exec -p/f -dp=/g abc", "/n", "r exec -p/n -dp=/n abc" },
		{ "r exec -p /f abc ignored", "/n", "r exec -p /n abc ignored" },
		{ "r exec abc sh -c x", NULL, "r exec abc " P " sh -c x" },
		{ "r exec --process= abc sh", NULL, "r exec --process= abc " P " sh" },
		{ "r exec -- abc sh", NULL, "r exec -- abc " P " sh" },
		{ "r exec abc -- sh", NULL, "r exec abc " P " sh" },
		{ "r exec abc", NULL, "r exec abc " P },
		{ "r exec abc /nono/nono -s wrap", NULL, "r exec abc " P " /nono/nono -s wrap" },
		{ "r exec --env NONO_PROFILE=x -e A=1 --env=NONO_PROFILE= -eNONO_PROFILE=y -e=PATH=/b abc sh", NULL,
		  "r exec --env NONO_PROFILE=default -e A=1 --env=NONO_PROFILE=default -eNONO_PROFILE=default "
		  "-e=PATH=/b abc " P " sh" },
		{ "r exec -de NONO_PROFILE=x --user NONO_PROFILE=x abc NONO_PROFILE=x", NULL,
		  "r exec -de NONO_PROFILE=default --user NONO_PROFILE=x abc " P " NONO_PROFILE=x" },
		{ "r exec --env NONO_PROFILE=x -p /f abc", "/n", "r exec --env NONO_PROFILE=default -p /n abc" },
		{ "r exec --cwd --env abc NONO_PROFILE=x", NULL, "r exec --cwd --env abc " P " NONO_PROFILE=x" },
		/* The first step takes care that nono does not see it. */
		{ "r exec -e NONO_ALLOW=/ abc sh", NULL, "r exec -e NONO_ALLOW=/ abc " P " sh" },
	};

	const struct kf_wrapping wrapping = { .profile = "default" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *words[WORDS_MAX], *wanted[WORDS_MAX];
		char *line = strdup(rows[i].line), *wrapped = strdup(rows[i].wrapped);
		cleanup_list struct kf_list list = { 0 };
		struct kf_exec_args args;
		struct kf_error err = { 0 };
		int argc = split(line, words), count = split(wrapped, wanted), first = 1;

		while (strcmp(words[first - 1], "exec") != 0)
			first++;
		kf_exec_args_parse(argc, words, first, &args);
		expect_success(rows[i].line, kf_exec_args_wrap(&args, &wrapping, rows[i].file, &list, &err), &err);
		for (int w = 0; w <= count && w <= (int)list.count; w++)
			expect_text(rows[i].line, "a word", list.items[w], wanted[w]);
		expect(rows[i].line, (int)list.count == count);
		free(line);
		free(wrapped);
	}
}

static void added_capabilities_are_all_found(void **state)
{
	static const struct {
		const char *line, *capabilities[3];
	} rows[] = {
		{ "r exec abc sh", { NULL } },
		{ "r exec --cap CAP_A --env CAP_X --cap=CAP_B abc --cap CAP_Y", { "CAP_A", "CAP_B" } },
		{ "r exec -c CAP_A -cap CAP_B abc sh", { "CAP_A", "CAP_B" } },
		{ "r exec -dcCAP_A --ca CAP_B -- abc -c CAP_Y", { "CAP_A", "CAP_B" } },
		{ "r exec --cap= abc sh", { "" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *words[WORDS_MAX], *line = strdup(rows[i].line);
		cleanup_list struct kf_list names = { 0 };
		struct kf_exec_args args;
		struct kf_error err = { 0 };
		size_t count = 0;

		kf_exec_args_parse(split(line, words), words, 2, &args);
		expect_success(rows[i].line, kf_exec_args_capabilities(&args, &names, &err), &err);
		for (; rows[i].capabilities[count]; count++)
			expect_text(rows[i].line, "a capability", count < names.count ? names.items[count] : NULL,
				    rows[i].capabilities[count]);
		expect(rows[i].line, names.count == count);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_are_understood),
		cmocka_unit_test(every_option_has_its_arity),
		cmocka_unit_test(every_form_of_the_process_file_counts),
		cmocka_unit_test(options_end_with_the_id),
		cmocka_unit_test(help_and_unknown_options),
		cmocka_unit_test(a_command_line_is_wrapped),
		cmocka_unit_test(added_capabilities_are_all_found),
	};

	return cmocka_run_group_tests_name("runtime/exec-args", tests, NULL, NULL);
}
