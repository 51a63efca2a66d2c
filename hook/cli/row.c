/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/format.h"
#include "base/json.h"
#include "base/list.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/screen.h"

static const struct {
	const char *word, *colour;
} kinds[] = {
	[KF_ROW_OK] = { "ok", "\033[32m" },
	[KF_ROW_WARN] = { "warn", "\033[33m" },
	[KF_ROW_FAIL] = { "fail", "\033[31m" },
	[KF_ROW_FACT] = { "", "" },
};

enum { INDENT = 26 };

/* https://no-color.org: a variable that is set and not empty means no colour. */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && no[0]) && isatty(STDOUT_FILENO);
}

static bool set(struct json_object *object, const char *key, const char *text)
{
	cleanup_free char *safe = NULL;

	return kf_escape(text, &safe) == 0 && kf_json_set_string(object, key, safe) == 0;
}

static void print_json(struct kf_rows *rows, struct json_object *row)
{
	size_t length;

	if (rows->yaml) {
		rows->count++;
		(void)kf_output_yaml_item(row);
		return;
	}
	(void)printf("%s%s", rows->count++ ? ",\n" : "[", kf_json_text(row, &length));
}

/* The indent of a word at the start of a line: a path that is too long for the column gets more room and stays whole.
 */
static int indent_for(size_t word, size_t screen)
{
	if (word <= screen - INDENT)
		return INDENT;
	return word < screen ? (int)(screen - word) : 0;
}

/* Breaks lines at blanks: no line is wider than the screen, unless one word is. */
static void print_wrapped(const char *text)
{
	cleanup_free char *safe = NULL;
	size_t column = INDENT, screen = kf_cli_columns();

	(void)kf_escape(text, &safe);
	for (const char *next = safe ? safe : "(out of memory)"; *next;) {
		size_t word = strcspn(next, " ");

		if (column + (column > INDENT) + word > screen) {
			(void)printf("\n%*s", indent_for(word, screen), "");
			column = (size_t)indent_for(word, screen);
		} else if (column > INDENT) {
			(void)putchar(' ');
			column++;
		}
		(void)printf("%.*s", (int)word, next);
		column += word;
		next += word + strspn(next + word, " ");
	}
	(void)putchar('\n');
}

static void print_head(struct kf_rows *rows, enum kf_row kind, const char *head)
{
	bool colour = wants_colour();

	(void)printf("%s%-4s%s  %-18s  ", colour ? kinds[kind].colour : "", kinds[kind].word,
		     colour && kinds[kind].colour[0] ? "\033[0m" : "", head);
	rows->count++;
}

static bool is_document(const struct kf_rows *rows)
{
	return rows->json || rows->yaml;
}

void kf_row(struct kf_rows *rows, enum kf_row kind, const char *subject, const char *text)
{
	if (kind == KF_ROW_FAIL && !rows->failed)
		(void)snprintf(rows->failure, sizeof rows->failure, "%s: %s", subject, text);
	rows->failed |= kind == KF_ROW_FAIL;
	if (rows->quiet)
		return;
	if (!is_document(rows)) {
		print_head(rows, kind, subject);
		print_wrapped(text);
		return;
	}

	cleanup_json struct json_object *row = json_object_new_object();

	if (row && (kind == KF_ROW_FACT || set(row, "status", kinds[kind].word)) && set(row, "subject", subject) &&
	    set(row, "text", text))
		print_json(rows, row);
}

/* The items, joined with blanks; NULL without memory. */
static char *join(const struct kf_list *items)
{
	size_t size = 1, used = 0;

	for (size_t i = 0; i < items->count; i++)
		size += strlen(items->items[i]) + 1;

	char *text = calloc(1, size);

	for (size_t i = 0; text && i < items->count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "", items->items[i]);
	return text;
}

void kf_row_list(struct kf_rows *rows, const char *subject, const struct kf_list *items)
{
	cleanup_free char *text = join(items);
	cleanup_json struct json_object *row = json_object_new_object(), *values = json_object_new_array();

	if (!text || !row || !values || rows->quiet)
		return;
	if (!is_document(rows)) {
		kf_row(rows, KF_ROW_FACT, subject, text);
		return;
	}
	for (size_t i = 0; i < items->count; i++) {
		cleanup_free char *safe = NULL;

		if (kf_escape(items->items[i], &safe) < 0 || kf_json_append_string(values, safe) < 0)
			return;
	}
	if (set(row, "subject", subject) && set(row, "text", text) &&
	    kf_json_set(row, "values", kf_steal_json(&values)) == 0)
		print_json(rows, row);
}

/* The subject is the beginning of the text. */
static void print_text(struct kf_rows *rows, const struct kf_finding *finding)
{
	cleanup_free char *text = NULL;
	bool named = finding->subject[0];

	(void)kf_format(&text, "%s%s%s%s%s%s", finding->subject, named ? ": " : "", finding->message,
			finding->origin ? " (" : "", finding->origin ? finding->origin : "",
			finding->origin ? ")" : "");
	print_head(rows, finding->kind, finding->check);
	print_wrapped(text ? text : "");
	if (!finding->remedy)
		return;
	(void)printf("%*s", INDENT, "-> ");
	print_wrapped(finding->remedy);
}

void kf_finding(struct kf_rows *rows, const struct kf_finding *finding)
{
	rows->failed |= finding->kind == KF_ROW_FAIL;
	if (rows->take) {
		rows->take(rows->data, kinds[finding->kind].word, finding);
		return;
	}
	if (!is_document(rows)) {
		print_text(rows, finding);
		return;
	}

	cleanup_json struct json_object *row = json_object_new_object();

	if (row && set(row, "status", kinds[finding->kind].word) && set(row, "check", finding->check) &&
	    set(row, "subject", finding->subject) && set(row, "message", finding->message) &&
	    set(row, "remedy", finding->remedy ? finding->remedy : "") &&
	    (!finding->origin || set(row, "origin", finding->origin)))
		print_json(rows, row);
}

int kf_rows_end(const struct kf_rows *rows)
{
	if (rows->json)
		(void)puts(rows->count ? "]" : "[]");
	else if (rows->yaml && !rows->count)
		(void)puts("[]");
	return rows->failed ? KF_CLI_PROBLEM : KF_CLI_OK;
}
