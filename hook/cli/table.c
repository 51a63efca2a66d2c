/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { SCREEN = 80, GAP = 2, NARROWEST = 5 };

int kf_table_add(struct kf_table *table, const char *const cells[])
{
	char **more = reallocarray(table->cells, table->count + table->columns, sizeof *more);

	if (!more)
		return -ENOMEM;
	table->cells = more;
	for (size_t i = 0; i < table->columns; i++) {
		char quoted[KF_QUOTED_MAX];

		more[table->count] = strdup(cells[i] && cells[i][0] ? kf_quote(quoted, cells[i]) : "-");
		if (!more[table->count])
			return -ENOMEM;
		table->count++;
	}
	return 0;
}

static void measure(const struct kf_table *table, size_t widths[])
{
	for (size_t i = 0; i < table->count; i++) {
		size_t length = strlen(table->cells[i]), column = i % table->columns;

		if (length > widths[column])
			widths[column] = length;
	}
}

/* Takes from the widest column until a line fits. */
static void shrink(const struct kf_table *table, size_t widths[])
{
	for (;;) {
		size_t sum = (table->columns - 1) * GAP, widest = 0;

		for (size_t i = 0; i < table->columns; i++) {
			sum += widths[i];
			if (widths[i] > widths[widest])
				widest = i;
		}
		if (sum <= SCREEN || widths[widest] <= NARROWEST)
			return;
		widths[widest]--;
	}
}

static void print_cell(const char *cell, size_t width, bool last)
{
	if (strlen(cell) > width)
		(void)printf("%.*s...", (int)(width - 3), cell);
	else if (last)
		(void)fputs(cell, stdout);
	else
		(void)printf("%-*s", (int)width, cell);
	(void)fputs(last ? "\n" : "  ", stdout);
}

void kf_table_print(const struct kf_table *table)
{
	size_t widths[KF_TABLE_COLUMNS_MAX] = { 0 };

	measure(table, widths);
	shrink(table, widths);
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;

		print_cell(table->cells[i], widths[column], column == table->columns - 1);
	}
}

void kf_table_done(struct kf_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct kf_table){ .columns = table->columns };
}
