/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "cli/screen.h"

enum { GAP = 2, NARROWEST = 5 };

static int add_escaped(struct kf_list *list, const char *text)
{
	cleanup_free char *safe = NULL;

	return kf_escape(text, &safe) < 0 ? -ENOMEM : kf_list_add(list, safe, strlen(safe));
}

int kf_table_add(struct kf_table *table, const char *const cells[])
{
	struct kf_table_row *rows = reallocarray(table->rows, table->count + 1, sizeof *rows);
	int r = 0;

	if (!rows)
		return -ENOMEM;
	table->rows = rows;
	rows += table->count++;
	*rows = (struct kf_table_row){ 0 };
	for (size_t i = 0; r == 0 && i < table->columns; i++)
		r = add_escaped(&rows->cells, cells[i] && cells[i][0] ? cells[i] : "-");
	return r;
}

int kf_table_note(struct kf_table *table, const char *text)
{
	return add_escaped(&table->rows[table->count - 1].notes, text);
}

static void measure(const struct kf_table *table, size_t widths[])
{
	for (size_t row = 0; row < table->count; row++)
		for (size_t i = 0; i < table->columns; i++) {
			size_t length = strlen(table->rows[row].cells.items[i]);

			if (length > widths[i])
				widths[i] = length;
		}
}

/* Narrows the widest column until a line fits. The first one names the row, and stays. */
static void shrink(const struct kf_table *table, size_t widths[])
{
	size_t screen = kf_cli_columns();

	for (;;) {
		size_t sum = (table->columns - 1) * GAP, widest = table->columns - 1;

		for (size_t i = 0; i < table->columns; i++) {
			sum += widths[i];
			if (i > 0 && widths[i] > widths[widest])
				widest = i;
		}
		if (sum <= screen || widths[widest] <= NARROWEST)
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
	if (!table->whole)
		shrink(table, widths);
	for (size_t row = 0; row < table->count; row++) {
		const struct kf_list *cells = &table->rows[row].cells, *notes = &table->rows[row].notes;

		for (size_t i = 0; i < table->columns; i++)
			print_cell(cells->items[i], widths[i], i == table->columns - 1);
		for (size_t i = 0; i < notes->count; i++)
			(void)printf("    %s\n", notes->items[i]);
	}
}

void kf_table_done(struct kf_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		kf_list_clear(&table->rows[i].cells);
		kf_list_clear(&table->rows[i].notes);
	}
	free(table->rows);
	*table = (struct kf_table){ .columns = table->columns };
}
