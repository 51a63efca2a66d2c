/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of a runtime, and of a shim: the input's words, NUL between them. */
#include "fuzz.h"
#include "oci/runtime-args.h"
#include "oci/shim-args.h"

enum { WORDS_MAX = 64 };

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
	     "what was found stands in the words");
	must(!args.action || !args.unknown, "behind an unknown option there is no action");
	(void)kf_shim_args_ambiguous(argc, argv, &args);
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
	     "what was found stands in the words");
	must(!args.id || args.command, "an id comes behind a command");
	(void)kf_runtime_args_ambiguous(argc, argv, &args);
	shim(argc, argv, words, size);
	return 0;
}
