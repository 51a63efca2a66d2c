/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_FORMAT_H
#define KF_BASE_FORMAT_H

#include <stdarg.h>

/*
 * asprintf(3) with the project's rule for results: *RET is the formatted text, the caller's to free, and untouched on
 * failure. 0 or -ENOMEM.
 */
int kf_format(char **ret, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* kf_format() with the arguments in ARGS. */
int kf_vformat(char **ret, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

#endif
