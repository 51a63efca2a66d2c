/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void format_message(struct kf_error *err, int code, const char *fmt, va_list args)
{
	err->reason = KF_REASON_INTERNAL_ERROR;
	err->code = code;
	/* Both compilers want a literal format; the callers' formats were checked by the attribute. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vsnprintf(err->message, sizeof err->message, fmt, args);
#pragma GCC diagnostic pop
}

int kf_fail(struct kf_error *err, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_message(err, code, fmt, args);
	va_end(args);
	return -code;
}

int kf_fail_errno(struct kf_error *err, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_message(err, code, fmt, args);
	va_end(args);

	size_t used = strlen(err->message);

	(void)snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(code));
	return -code;
}

int kf_deny(struct kf_error *err, enum kf_reason reason, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_message(err, code, fmt, args);
	va_end(args);
	err->reason = reason;
	return -code;
}

int kf_fail_as(struct kf_error *err, const struct kf_error *kept)
{
	*err = *kept;
	return -err->code;
}

int kf_because(struct kf_error *err, enum kf_reason reason)
{
	if (err->reason == KF_REASON_INTERNAL_ERROR)
		err->reason = reason;
	return -err->code;
}

int kf_oom(struct kf_error *err)
{
	return kf_fail(err, ENOMEM, "out of memory");
}

const char *kf_quote(char buf[static KF_QUOTED_MAX], const char *text)
{
	size_t used = 0;

	if (!text)
		text = "(none)";
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (used + 4 + sizeof "..." > KF_QUOTED_MAX) {
			memcpy(buf + used, "...", sizeof "...");
			return buf;
		}
		if (c >= 0x20 && c < 0x7f && c != '\\')
			buf[used++] = (char)c;
		else
			used += (size_t)sprintf(buf + used, "\\x%02x", c);
	}
	buf[used] = '\0';
	return buf;
}
