/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_ROW_H
#define KF_CLI_ROW_H

#include <stdbool.h>

/* Prints one finding: whether it is fine, what it is about, and what there is to say. Returns FINE. */
bool kf_cli_row(bool fine, const char *subject, const char *text);

#endif
