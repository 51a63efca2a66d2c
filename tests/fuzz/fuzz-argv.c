/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of a runtime, and of a shim: the input's words, NUL between them. */
#include "fuzz.h"
#include "oci/process.h"
#include "runtime/args.h"
#include "runtime/exec-args.h"
#include "runtime/shim-args.h"

enum { WORDS_MAX = 64 };

static const struct kf_wrapping wrapping = { .profile = "default" };

static bool is_within(const char *text, const char *start, size_t size)
{
	return !text || (text >= start && text <= start + size);
}

static void shim(int argc, char *argv[], const char *words, size_t size)
{
	struct kf_shim_args args;

	kf_shim_args_parse(argc, argv, &args);
	must(is_within(args.action, words, size) && is_within(args.bundle, words, size) &&
		     is_within(args.id, words, size) && is_within(args.unknown, words, size),
	     "a finding is one of the words");
	must(!args.action || !args.unknown, "behind an unknown option there is no action");
	(void)kf_shim_args_ambiguous(argc, argv, &args);
}

static struct kf_list wrap(const struct kf_exec_args *exec, const char *file)
{
	struct kf_list words = { 0 };
	struct kf_error err = { 0 };

	must(kf_exec_args_wrap(exec, &wrapping, file, &words, &err) == 0, "every command line can be wrapped");
	return words;
}

/* Wrapping keeps the id, puts the file in the place of every other, and has nothing left to do a second time. */
static void check_wrapping(const struct kf_exec_args *exec, const char *file)
{
	cleanup_list struct kf_list prefix = { 0 }, once = wrap(exec, file), twice = { 0 };
	struct kf_exec_args again;

	kf_exec_args_parse((int)once.count, once.items, exec->first, &again);
	must(!again.unknown && again.id_word == exec->id_word && strcmp(again.id, exec->id) == 0, "the id stays");
	must(!exec->process == !again.process, "a process file is no more and no less there");
	must(!file || !again.process || strcmp(again.process, file) == 0, "the process file is ours");
	twice = wrap(&again, file);
	for (int i = 0; i <= again.id_word; i++)
		must(strcmp(once.items[i], twice.items[i]) == 0, "options are wrapped once");
	if (file)
		return;
	must(kf_process_prefix(&wrapping, &prefix) == 0, "memory");
	for (size_t i = 0; i < prefix.count; i++)
		must(strcmp(once.items[(size_t)exec->id_word + 1 + i], prefix.items[i]) == 0,
		     "the prefix is behind the id");
}

static void check_exec(int argc, char *const argv[], int first)
{
	struct kf_exec_args exec;

	kf_exec_args_parse(argc, argv, first, &exec);
	must(!exec.unknown || !exec.id, "nothing is read behind an unknown option");
	if (!exec.id)
		return;
	must(exec.id == argv[exec.id_word] && exec.id_word >= first, "the id is one of the words");
	must(exec.command_word > exec.id_word && exec.command_word <= argc, "the command is behind the id");
	check_wrapping(&exec, exec.process && exec.process[0] ? "/proc/self/fd/512" : NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *words = text_of(data, size);
	char *argv[WORDS_MAX + 2] = { (char *)"nono-runc" };
	struct kf_runtime_args args;
	int argc = 1;

	for (char *word = words; argc <= WORDS_MAX && word < words + size; word += strlen(word) + 1)
		argv[argc++] = word;
	kf_runtime_args_parse(argc, argv, &args);
	must(is_within(args.command, words, size) && is_within(args.bundle, words, size) &&
		     is_within(args.id, words, size) && is_within(args.log, words, size) &&
		     is_within(args.spec_file, words, size) && is_within(args.unknown, words, size),
	     "a finding is one of the words");
	must(!args.id || args.command, "an id comes behind a command");
	if (kf_runtime_args_executes(&args))
		check_exec(argc, argv, args.command_word + 1);
	(void)kf_runtime_args_ambiguous(argc, argv, &args);
	shim(argc, argv, words, size);
	return 0;
}
