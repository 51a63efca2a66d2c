/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-ascii.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The character at TEXT, of which LENGTH bytes are left; returns how many of them it has. U+FFFD for what is none. */
static size_t decode(const unsigned char *text, size_t length, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} kinds[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	for (size_t more = 0; more < sizeof kinds / sizeof *kinds && more < length; more++) {
		uint32_t value = text[0] & (unsigned char)~kinds[more].mask;
		size_t i = 1;

		if ((text[0] & kinds[more].mask) != kinds[more].lead)
			continue;
		for (; i <= more && (text[i] & 0xc0) == 0x80; i++)
			value = value << 6 | (text[i] & 0x3f);
		if (i <= more || value < kinds[more].least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
			break;
		*ret = value;
		return more + 1;
	}
	*ret = 0xfffd;
	return 1;
}

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
		uint32_t value;

		i += decode((const unsigned char *)text + i, length - i, &value);
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
