/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_SCREEN_H
#define KF_CLI_SCREEN_H

#include <stddef.h>

/* The columns of the terminal that standard output is, at least 60; 80 where it is a file or a pipe. */
size_t kf_cli_columns(void);

#endif
