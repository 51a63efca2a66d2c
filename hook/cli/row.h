/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_ROW_H
#define KF_CLI_ROW_H

#include <stdbool.h>

/* How a finding is to be taken. A fact is neither good nor bad. */
enum kf_row { KF_ROW_OK, KF_ROW_WARN, KF_ROW_FAIL, KF_ROW_FACT };

/* Findings on their way out, as text or as one JSON array. Zeroed, with JSON set, is the start. */
struct kf_rows {
	bool json;
	bool failed; /* one of them was KF_ROW_FAIL */
	unsigned int count;
};

/* Prints one finding: what it is about, and what there is to say (escaped where it is not plain text). */
void kf_row(struct kf_rows *rows, enum kf_row kind, const char *subject, const char *text);

/* One finding of check, as text. Returns FINE. */
bool kf_cli_row(bool fine, const char *subject, const char *text);

/* Ends the output. Returns KF_CLI_OK or KF_CLI_PROBLEM. */
int kf_rows_end(const struct kf_rows *rows);

#endif
