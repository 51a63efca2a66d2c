/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_TABLE_H
#define KF_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/list.h"

enum { KF_TABLE_COLUMNS_MAX = 12 };

/* One row, and the lines that are printed below it. */
struct kf_table_row {
	struct kf_list cells, notes;
};

/* Rows that are kept until all are known: then each column is as wide as its widest cell. Zeroed, with COLUMNS set. */
struct kf_table {
	size_t columns;
	bool whole; /* cells are never cut, however wide a line gets */
	struct kf_table_row *rows;
	size_t count;
};

/* Adds one row of table->columns cells. Text that is not printable is escaped; NULL and "" become "-". 0 or -ENOMEM. */
int kf_table_add(struct kf_table *table, const char *const cells[]);

/* Adds a line below the last row, indented and escaped. 0 or -ENOMEM. */
int kf_table_note(struct kf_table *table, const char *text);

/*
 * Prints the table, the first row as its head. No row is wider than the terminal (cli/screen.h) unless the table is
 * WHOLE: the widest cells are cut ("..."), never those of the first column.
 */
void kf_table_print(const struct kf_table *table);

/* Frees the rows. */
void kf_table_done(struct kf_table *table);

#define cleanup_table KF_CLEANUP(kf_table_done)

#endif
