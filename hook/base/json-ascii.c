/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-ascii.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json-lexer.h"

static int escape(char *out, uint32_t value)
{
	if (value < 0x10000)
		return sprintf(out, "\\u%04x", value);
	value -= 0x10000;
	return sprintf(out, "\\u%04x\\u%04x", 0xd800 + (value >> 10), 0xdc00 + (value & 0x3ff));
}

int kf_json_ascii(const char *text, size_t length, char **ret, size_t *ret_length)
{
	/* Six bytes for one, at most: four bytes of UTF-8 become twelve. */
	char *out = length < SIZE_MAX / 8 ? malloc(length * 6 + 13) : NULL;
	size_t used = 0;

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < length;) {
		uint32_t value = 0xfffd;
		size_t size = kf_json_character(text + i, length - i, &value);

		i += size ? size : 1;
		if ((value >= 0x20 && value < 0x7f) || value == '\n')
			out[used++] = (char)value;
		else
			used += (size_t)escape(out + used, value);
	}
	out[used] = '\0';
	*ret = out;
	*ret_length = used;
	return 0;
}
