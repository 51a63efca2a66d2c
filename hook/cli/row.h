/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_ROW_H
#define KF_CLI_ROW_H

#include <stdbool.h>

struct kf_list;

/* How a finding is to be taken. A fact is neither good nor bad. */
enum kf_row { KF_ROW_OK, KF_ROW_WARN, KF_ROW_FAIL, KF_ROW_FACT };

/*
 * Findings on their way out, as text of at most 80 columns or as one JSON array. Zeroed, with JSON set, is the start.
 * Whatever is not plain text in them is escaped.
 */
struct kf_rows {
	bool json;
	bool failed; /* one of them was KF_ROW_FAIL */
	unsigned int count;
};

/* Prints one finding: what it is about, and what there is to say. JSON: status (not of facts), subject, text. */
void kf_row(struct kf_rows *rows, enum kf_row kind, const char *subject, const char *text);

/* Prints a fact that is a list. JSON: also values, an array. */
void kf_row_list(struct kf_rows *rows, const char *subject, const struct kf_list *items);

/* One row of kubefence check. JSON: status, check, subject, message, remedy, and origin where there is one. */
struct kf_finding {
	enum kf_row kind;    /* not KF_ROW_FACT */
	const char *check;   /* the word for the check: part of the interface (kubefence(8)) */
	const char *subject; /* what was looked at */
	const char *message;
	const char *remedy; /* NULL: there is nothing to do */
	const char *origin; /* where a value comes from; NULL: it is no value */
};

void kf_finding(struct kf_rows *rows, const struct kf_finding *finding);

/* Ends the output. Returns KF_CLI_OK or KF_CLI_PROBLEM. */
int kf_rows_end(const struct kf_rows *rows);

#endif
