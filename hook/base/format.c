/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <errno.h>
#include <stdio.h>

int kf_vformat(char **ret, const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		return -ENOMEM;
	*ret = text;
	return 0;
}

int kf_format(char **ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);

	int r = kf_vformat(ret, fmt, args);

	va_end(args);
	return r;
}
