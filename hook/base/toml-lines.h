/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_TOML_LINES_H
#define KF_BASE_TOML_LINES_H

#include "base/list.h"

/*
 * No parser of TOML, but enough to find what install-node.sh writes and what engines print of their configuration:
 * `[table]` and `key = value` lines. Keys in inline tables and in arrays of tables are not seen.
 *
 * Sets *RET (cleared before; the caller's to clear) to the value of the last assignment to NAME in TEXT: a string, the
 * strings of an array (also over several lines), or one bare word. NAME is table and key with dots between and without
 * quotes, as in "crio.runtime.hooks_dir"; in TEXT, quotes do not count either. Returns 1 if there is one, 0 if not, or
 * -ENOMEM; *RET is untouched where there is none.
 */
int kf_toml_strings(const char *text, const char *name, struct kf_list *ret);

#endif
