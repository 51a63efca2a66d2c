/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_COMMAND_H
#define KF_CLI_COMMAND_H

#include <stdbool.h>

struct kf_error;

/* The part that all commands of kubefence share. Commands print, as mains do; the libraries below them do not. */
struct kf_cli {
	const char *config_path; /* --config or KUBEFENCE_CONFIG; NULL: the default files */
};

/* The exit status of a command. */
enum { KF_CLI_OK = 0, KF_CLI_PROBLEM = 1, KF_CLI_USAGE = 2 };

/* kf_cli_parse() returns it in place of an exit status: the command goes on. */
enum { KF_CLI_GO_ON = -1 };

/* One command. ARGV[0] of run() is the command's own name; run() reads the options with kf_cli_parse(). */
struct kf_cli_command {
	const char *name;
	const char *arguments; /* as the usage shows them; "" for none */
	const char *summary;
	int (*run)(const struct kf_cli *cli, int argc, char *argv[]);
};

/* One option of a command. It takes a value if ret_value is not NULL; else it sets *ret_given. */
struct kf_cli_option {
	const char *name; /* "json" is --json */
	char letter;      /* 'j' is -j */
	bool *ret_given;
	const char **ret_value; /* set to the last value given, which is borrowed from ARGV */
};

/*
 * Reads the options of a command with getopt_long(3). The table OPTIONS ends with a zeroed entry; --help and -h, which
 * print USAGE, are known without it. TAKES_WORDS: other words may follow; optind is the index of the first. Returns
 * KF_CLI_GO_ON, or the exit status: KF_CLI_OK after --help, KF_CLI_PROBLEM if printing it failed, KF_CLI_USAGE with a
 * line on standard error for a command line that is not valid.
 */
int kf_cli_parse(int argc, char *argv[], const char *usage, const struct kf_cli_option options[], bool takes_words);

/* Prints the message of ERR on standard error. Returns KF_CLI_PROBLEM. */
int kf_cli_fail(const struct kf_error *err);

/* Prints the flaw of the command line on standard error. Returns KF_CLI_USAGE. */
int kf_cli_misused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Is this node ready to sandbox containers? */
int kf_cli_check(const struct kf_cli *cli, int argc, char *argv[]);

/* The decision about a container, and the edit of its config.json. */
int kf_cli_explain(const struct kf_cli *cli, int argc, char *argv[]);

/* How is one container confined: its record, its process, its /nono? */
int kf_cli_inspect(const struct kf_cli *cli, int argc, char *argv[]);

/* Which sandboxed containers are there? */
int kf_cli_list(const struct kf_cli *cli, int argc, char *argv[]);

/* Removes the records of containers that are gone. */
int kf_cli_gc(const struct kf_cli *cli, int argc, char *argv[]);

/* The decisions on this node, from the journal. */
int kf_cli_logs(const struct kf_cli *cli, int argc, char *argv[]);

/* Becomes kubefence-denials (cli/denials.h), which has the command ARGV[0]; returns only on failure. */
int kf_cli_become_denials(const struct kf_cli *cli, int argc, char *argv[]);

/* Numbers for Prometheus. */
int kf_cli_metrics(const struct kf_cli *cli, int argc, char *argv[]);

/* Which profiles are on this node, and what is wrong with them? */
int kf_cli_profiles(const struct kf_cli *cli, int argc, char *argv[]);

#endif
