/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_TABLE_H
#define KF_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum { KF_TABLE_COLUMNS_MAX = 8 };

/* Rows of cells, kept until all are known: then columns are as wide as they need to be. Zeroed and with COLUMNS set. */
struct kf_table {
	size_t columns;
	char **cells; /* row after row */
	size_t count;
};

/* Adds one row of table->columns cells. Text that is not printable is escaped; NULL and "" become "-". 0 or -ENOMEM. */
int kf_table_add(struct kf_table *table, const char *const cells[]);

/* Prints the table, the first row as its head. No line is wider than 80 columns: the widest cells are cut ("..."). */
void kf_table_print(const struct kf_table *table);

/* Frees the cells. */
void kf_table_done(struct kf_table *table);

#define cleanup_table KF_CLEANUP(kf_table_done)

#endif
