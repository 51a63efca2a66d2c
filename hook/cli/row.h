/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_ROW_H
#define KF_CLI_ROW_H

#include <stdbool.h>

struct kf_list;

/* The weight of a row. A fact is neither good nor bad. */
enum kf_row { KF_ROW_OK, KF_ROW_WARN, KF_ROW_FAIL, KF_ROW_FACT };

struct kf_finding;

/*
 * The rows of a command's output, as text that fits the terminal (cli/screen.h), or as one array. Zeroed, with JSON or
 * YAML set or not, is the start. Text that is not printable ASCII is escaped.
 */
struct kf_rows {
	bool json;         /* one JSON array */
	bool yaml;         /* one YAML list */
	bool quiet;        /* nothing is printed: kf_row() only judges */
	bool failed;       /* a row was KF_ROW_FAIL */
	char failure[256]; /* QUIET: the first such row, "subject: text" */
	unsigned int count;
	/* Takes each finding, with the word for its status, in place of printing it; NULL: it is printed. */
	void (*take)(void *data, const char *status, const struct kf_finding *finding);
	void *data;
};

/* Prints one row: the thing it is about, and a text. JSON: status (not for facts), subject, text. */
void kf_row(struct kf_rows *rows, enum kf_row kind, const char *subject, const char *text);

/* Prints a fact that is a list. JSON: also values, an array of strings. */
void kf_row_list(struct kf_rows *rows, const char *subject, const struct kf_list *items);

/* One row of kubefence check. JSON: status, check, subject, message, remedy, and origin if there is one. */
struct kf_finding {
	enum kf_row kind;    /* not KF_ROW_FACT */
	const char *check;   /* the word for the check: part of the interface (kubefence(8)) */
	const char *subject; /* the thing that was looked at; "": the check itself */
	const char *message;
	const char *remedy; /* NULL: there is nothing to do */
	const char *origin; /* of a value: where it comes from; NULL for other rows */
};

/* Prints a finding. */
void kf_finding(struct kf_rows *rows, const struct kf_finding *finding);

/* Ends the output. Returns KF_CLI_OK or KF_CLI_PROBLEM. */
int kf_rows_end(const struct kf_rows *rows);

#endif
