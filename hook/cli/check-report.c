/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check-report.h"

#include <stdarg.h>

#include "base/cleanup.h"
#include "base/format.h"

static void report(struct kf_check *check, enum kf_row kind, const char *name, const char *subject, const char *remedy,
		   const char *fmt, va_list args) __attribute__((format(printf, 6, 0)));

static void report(struct kf_check *check, enum kf_row kind, const char *name, const char *subject, const char *remedy,
		   const char *fmt, va_list args)
{
	cleanup_free char *message = NULL;

	(void)kf_vformat(&message, fmt, args);

	const struct kf_finding finding = {
		.kind = kind,
		.check = name,
		.subject = subject,
		.message = message ? message : "out of memory",
		.remedy = remedy,
	};

	kf_finding(&check->rows, &finding);
}

void kf_check_ok(struct kf_check *check, const char *name, const char *subject, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(check, KF_ROW_OK, name, subject, NULL, fmt, args);
	va_end(args);
}

void kf_check_warn(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...)
{
	va_list args;

	va_start(args, fmt);
	report(check, KF_ROW_WARN, name, subject, remedy, fmt, args);
	va_end(args);
}

void kf_check_fail(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...)
{
	va_list args;

	va_start(args, fmt);
	report(check, KF_ROW_FAIL, name, subject, remedy, fmt, args);
	va_end(args);
}
