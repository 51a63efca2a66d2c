/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_COMMAND_H
#define KF_CLI_COMMAND_H

/* What all commands of kubefence share. Commands print, like mains do; what they find out is in the libraries. */
struct kf_cli {
	const char *config_path; /* --config or KUBEFENCE_CONFIG; NULL: the default files */
};

/* How a command ends. */
enum { KF_CLI_OK = 0, KF_CLI_PROBLEM = 1, KF_CLI_USAGE = 2 };

/* One command. ARGV[0] of run() is the command's own name; it reads its own options with getopt_long(3). */
struct kf_cli_command {
	const char *name;
	const char *arguments; /* as the usage shows them; "" for none */
	const char *summary;
	int (*run)(const struct kf_cli *cli, int argc, char *argv[]);
};

/* Is this node ready to sandbox containers? */
int kf_cli_check(const struct kf_cli *cli, int argc, char *argv[]);

/* What would happen to a container, and to its config.json? */
int kf_cli_explain(const struct kf_cli *cli, int argc, char *argv[]);

/* What is one container like: its record, its process, its /nono? */
int kf_cli_inspect(const struct kf_cli *cli, int argc, char *argv[]);

/* Which sandboxed containers are there? */
int kf_cli_list(const struct kf_cli *cli, int argc, char *argv[]);

/* Removes the records of those that are gone. */
int kf_cli_gc(const struct kf_cli *cli, int argc, char *argv[]);

/* What was decided on this node, from the journal. */
int kf_cli_logs(const struct kf_cli *cli, int argc, char *argv[]);

/* Which profiles are there, and what about them? */
int kf_cli_profiles(const struct kf_cli *cli, int argc, char *argv[]);

#endif
