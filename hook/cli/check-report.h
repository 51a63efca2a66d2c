/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_CHECK_REPORT_H
#define KF_CLI_CHECK_REPORT_H

#include <stdbool.h>

#include "cli/row.h"
#include "policy/config.h"

/* One run of kubefence check. */
struct kf_check {
	struct kf_rows rows;
	bool verbose;                   /* every value of the configuration has a row, too */
	const char *config_path;        /* as in struct kf_cli */
	const struct kf_config *config; /* NULL: the configuration is unusable, and no class is known */
};

/* Looks at everything, and prints a row for each thing. CONFIG is loaded for that time alone. */
void kf_check_all(struct kf_check *check);

/*
 * Print one row: the word for the check (NAME), the thing that was looked at (SUBJECT), and the message. REMEDY is the
 * way out of a warning or a failure.
 */
void kf_check_ok(struct kf_check *check, const char *name, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void kf_check_warn(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));
void kf_check_fail(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));

#endif
