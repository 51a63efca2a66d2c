/* SPDX-License-Identifier: Apache-2.0 */
/* kubefence: for people. Finds the command; the commands are in cli/. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"

static int print_help(const struct kf_cli *cli, int argc, char *argv[]);
static int print_version(const struct kf_cli *cli, int argc, char *argv[]);

static const struct kf_cli_command commands[] = {
	{ "check", "[--json]", "is this node ready to sandbox containers?", kf_cli_check },
	{ "explain", "BUNDLE", "would a container be sandboxed, how? (explain --help)", kf_cli_explain },
	{ "inspect", "CONTAINER", "how is one container confined? (or: status)", kf_cli_inspect },
	{ "list", "[OPTION...]", "which sandboxed containers are there? (or: ps, ls)", kf_cli_list },
	{ "gc", "[--dry-run]", "remove the records of containers that are gone", kf_cli_gc },
	{ "logs", "[CONTAINER]", "the decisions, from the journal (logs --help)", kf_cli_logs },
	{ "denials", "[CONTAINER...]", "the refusals of containers, live (denials --help)", kf_cli_become_denials },
	{ "learn", "[CONTAINER...]", "which grants does a profile lack? (learn --help)", kf_cli_become_denials },
	{ "profiles", "", "which profiles are installed, and do they work?", kf_cli_profiles },
	{ "metrics", "[--output FILE]", "numbers of this node, for Prometheus", kf_cli_metrics },
	{ "help", "[COMMAND]", "print this text, or a command's", print_help },
	{ "version", "", "print the version", print_version },
	{ 0 },
};

/* The words of other tools for the same. */
static const struct {
	const char *word, *command;
} synonyms[] = { { "ls", "list" }, { "ps", "list" }, { "status", "inspect" } };

static const struct kf_cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
		if (strcmp(synonyms[i].word, name) == 0)
			name = synonyms[i].command;
	for (const struct kf_cli_command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static int misnamed(const char *name)
{
	char quoted[KF_QUOTED_MAX];

	return kf_cli_misused("'%s' is not a command (see kubefence --help)", kf_quote(quoted, name));
}

/* ARGV[0] is the word help, so that ARGV[1] is a command. */
static int print_help_of(const struct kf_cli *cli, char *argv[])
{
	static char help[] = "--help";
	const struct kf_cli_command *command = find_command(argv[1]);

	if (!command || command->run == print_help || command->run == print_version)
		return command ? print_help(cli, 0, NULL) : misnamed(argv[1]);
	return command->run(cli, 2, (char *[]){ argv[1], help, NULL });
}

static int print_help(const struct kf_cli *cli, int argc, char *argv[])
{
	if (argc > 1)
		return print_help_of(cli, argv);
	(void)puts("Usage: kubefence [--config FILE] COMMAND\n\nCommands:");
	for (const struct kf_cli_command *command = commands; command->name; command++) {
		char synopsis[64];

		(void)snprintf(synopsis, sizeof synopsis, "%s %s", command->name, command->arguments);
		(void)printf("  %-20s  %s\n", synopsis, command->summary);
	}
	(void)puts("\n"
		   "Options:\n"
		   "  --config FILE         read FILE (and FILE.d/*.conf) instead of\n"
		   "                        " KF_SYSCONFDIR "/kubefence/kubefence.conf\n"
		   "  --help, --version\n"
		   "\n"
		   "Exit status: 0 all is well; 1 something is not; 2 usage.");
	return KF_CLI_OK;
}

static int print_version(const struct kf_cli *cli, int argc, char *argv[])
{
	(void)cli;
	(void)argc;
	(void)argv;
	(void)puts("kubefence " KF_VERSION);
	return KF_CLI_OK;
}

/* Output that did not reach its file is no success. */
static int flush(int code)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? code : KF_CLI_PROBLEM;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'v' },
						 { 0 } };
	struct kf_cli cli = { .config_path = secure_getenv("KUBEFENCE_CONFIG") };
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'c')
			cli.config_path = optarg;
		else if (option == 'h')
			return flush(print_help(&cli, 0, NULL));
		else if (option == 'v')
			return flush(print_version(&cli, 0, NULL));
		else
			return KF_CLI_USAGE;
	}

	const struct kf_cli_command *command = optind < argc ? find_command(argv[optind]) : NULL;

	if (!command)
		return optind < argc ? misnamed(argv[optind]) : kf_cli_misused("name a command (see --help)");
	argc -= optind;
	argv += optind;
	/* 0, not 1: the next getopt_long() starts over with another argv. */
	optind = 0;
	return flush(command->run(&cli, argc, argv));
}
