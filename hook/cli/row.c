/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/command.h"

static const struct {
	const char *word, *colour;
} kinds[] = {
	[KF_ROW_OK] = { "ok", "\033[32m" },
	[KF_ROW_WARN] = { "warn", "\033[33m" },
	[KF_ROW_FAIL] = { "fail", "\033[31m" },
	[KF_ROW_FACT] = { "", "" },
};

enum { SCREEN = 80, INDENT = 26 };

/* https://no-color.org: set and not empty means no. */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && no[0]) && isatty(STDOUT_FILENO);
}

static void print_json(const struct kf_rows *rows, enum kf_row kind, const char *subject, const char *text)
{
	cleanup_json struct json_object *row = json_object_new_object();
	size_t length;

	if (!row || (kind != KF_ROW_FACT && kf_json_set_string(row, "status", kinds[kind].word) < 0) ||
	    kf_json_set_string(row, "subject", subject) < 0 || kf_json_set_string(row, "text", text) < 0)
		return;
	(void)printf("%s%s", rows->count ? ",\n" : "[", kf_json_text(row, &length));
}

/* At blanks, so that nothing is wider than a screen; a word that is too long stays whole. */
static void print_wrapped(const char *text)
{
	size_t column = INDENT;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > INDENT && column + 1 + word > SCREEN) {
			(void)printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			(void)putchar(' ');
			column++;
		}
		(void)printf("%.*s", (int)word, text);
		column += word;
		text += word + strspn(text + word, " ");
	}
	(void)putchar('\n');
}

void kf_row(struct kf_rows *rows, enum kf_row kind, const char *subject, const char *text)
{
	bool colour = !rows->json && wants_colour();
	char safe[1024];
	size_t used = 0;

	for (; *text && used + sizeof "\\xff" < sizeof safe; text++)
		used += (size_t)sprintf(safe + used, (*text >= 0x20 && *text < 0x7f) ? "%c" : "\\x%02x",
					(unsigned char)*text);
	safe[used] = '\0';
	rows->failed |= kind == KF_ROW_FAIL;
	if (rows->json) {
		print_json(rows, kind, subject, safe);
	} else {
		(void)printf("%s%-4s%s  %-18s  ", colour ? kinds[kind].colour : "", kinds[kind].word,
			     colour && kinds[kind].colour[0] ? "\033[0m" : "", subject);
		print_wrapped(safe);
	}
	rows->count++;
}

bool kf_cli_row(bool fine, const char *subject, const char *text)
{
	struct kf_rows rows = { 0 };

	kf_row(&rows, fine ? KF_ROW_OK : KF_ROW_FAIL, subject, text);
	return fine;
}

int kf_rows_end(const struct kf_rows *rows)
{
	if (rows->json)
		(void)puts(rows->count ? "]" : "[]");
	return rows->failed ? KF_CLI_PROBLEM : KF_CLI_OK;
}
