/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_DENIALS_H
#define KF_CLI_DENIALS_H

#include "cli/command.h"

/*
 * The commands that look at containers are a program of their own, kubefence-denials: it alone is linked with libbpf.
 * kubefence becomes it with kf_cli_become_denials() (cli/command.h), and it calls these. ARGV[0] is the command.
 */
int kf_denials_show(const struct kf_cli *cli, int argc, char *argv[]);
int kf_denials_learn(const struct kf_cli *cli, int argc, char *argv[]);

#endif
