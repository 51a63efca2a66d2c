/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_TOML_LINES_H
#define KF_BASE_TOML_LINES_H

#include <stdbool.h>

#include "base/list.h"

/*
 * Not a parser of TOML, but enough for the lines that install-node.sh writes and for the configuration that engines
 * print: `[table]` and `key = value`. Keys in inline tables and in arrays of tables are not seen.
 *
 * Sets *RET (cleared before; the caller's to clear) to the value of the last assignment to NAME in TEXT: a string, the
 * strings of an array (also over several lines), or one bare word. NAME is table and key, joined by dots and without
 * quotes, as in "crio.runtime.hooks_dir"; in TEXT, quotes do not count either. Returns 1 if TEXT has an assignment, 0
 * with *RET untouched if not, or -ENOMEM.
 */
int kf_toml_strings(const char *text, const char *name, struct kf_list *ret);

enum { KF_TOML_NAME_BYTES = 512 };

/* A header or an assignment. Its pointers are into the TOML text. */
struct kf_toml_line {
	bool table;                    /* a header, "[NAME]" */
	char name[KF_TOML_NAME_BYTES]; /* as kf_toml_strings() takes it; cut to fit */
	const char *start;             /* of its first line, with its blanks */
	const char *value, *end;       /* of an assignment's value, and the place after it */
	const char *next;              /* the line after it, or the NUL of the text */
};

/* A walk through TOML text. Zeroed but for TEXT at the beginning. */
struct kf_toml_walk {
	const char *text; /* what is left */
	char table[KF_TOML_NAME_BYTES];
};

/* The next header or assignment. Returns false, with *RET undefined, after the last one. */
bool kf_toml_next(struct kf_toml_walk *walk, struct kf_toml_line *ret);

#endif
