/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

enum { OPTIONS_MAX = 12 };

/* The options as getopt_long(3) takes them. */
struct grammar {
	struct option names[OPTIONS_MAX + 2];
	char letters[2 * (OPTIONS_MAX + 1) + 1];
};

static void make_grammar(const struct kf_cli_option options[], struct grammar *ret)
{
	char *letter = ret->letters;
	size_t count = 0;

	for (; options[count].name; count++) {
		assert(count < OPTIONS_MAX);
		ret->names[count] = (struct option){ options[count].name,
						     options[count].ret_value ? required_argument : no_argument, NULL,
						     options[count].letter };
		*letter++ = options[count].letter;
		if (options[count].ret_value)
			*letter++ = ':';
	}
	ret->names[count] = (struct option){ "help", no_argument, NULL, 'h' };
	*letter = 'h';
}

static bool take(const struct kf_cli_option options[], int letter)
{
	for (; options->name; options++) {
		if (options->letter != letter)
			continue;
		if (options->ret_value)
			*options->ret_value = optarg;
		else
			*options->ret_given = true;
		return true;
	}
	return false;
}

int kf_cli_parse(int argc, char *argv[], const char *usage, const struct kf_cli_option options[], bool takes_words)
{
	struct grammar grammar = { 0 };
	int letter;

	make_grammar(options, &grammar);
	while ((letter = getopt_long(argc, argv, grammar.letters, grammar.names, NULL)) != -1) {
		if (letter == 'h')
			return fputs(usage, stdout) < 0 ? KF_CLI_PROBLEM : KF_CLI_OK;
		if (!take(options, letter))
			return KF_CLI_USAGE;
	}
	if (takes_words || optind == argc)
		return KF_CLI_GO_ON;
	return kf_cli_misused("%s takes no arguments (see kubefence %s --help)", argv[0], argv[0]);
}

int kf_cli_fail(const struct kf_error *err)
{
	(void)fprintf(stderr, "kubefence: %s\n", err->message);
	return KF_CLI_PROBLEM;
}

int kf_cli_misused(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)fputs("kubefence: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
	return KF_CLI_USAGE;
}
