/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-lexer.h"

#include <stdlib.h>
#include <string.h>

/*
 * The length of the UTF-8 sequence at TEXT, or 0. The second byte's range depends on the first (Unicode, table 3-7):
 * no overlong forms, no surrogates, nothing beyond U+10FFFF. json-c lets these through, and readers disagree on them.
 */
static size_t utf8_length(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char lowest = 0x80, highest = 0xbf;
	size_t size;

	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xc2 && byte[0] <= 0xdf)
		size = 2;
	else if ((byte[0] & 0xf0) == 0xe0)
		size = 3;
	else if (byte[0] >= 0xf0 && byte[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (byte[0] == 0xe0)
		lowest = 0xa0;
	else if (byte[0] == 0xed)
		highest = 0x9f;
	else if (byte[0] == 0xf0)
		lowest = 0x90;
	else if (byte[0] == 0xf4)
		highest = 0x8f;
	if (length < size || byte[1] < lowest || byte[1] > highest)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

/* What most strings are made of, and what is no more than itself there. */
static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* The code unit of the escape at TEXT, or -1 if it is none of those with hexadecimal digits. */
static int code_unit(const char *text, size_t length)
{
	char digits[5] = "";

	if (length < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	memcpy(digits, text + 2, 4);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? (int)strtol(digits, NULL, 16) : -1;
}

/* Behind the escape at I, or 0. Two that are halves of one character go together; a half alone becomes U+FFFD. */
static size_t skip_escape(const char *text, size_t length, size_t i, struct kf_json_string *string)
{
	int unit = code_unit(text + i, length - i);

	if (unit < 0) {
		string->bytes++;
		return i + 1 < length && text[i + 1] && strchr("\"\\/bfnrt", text[i + 1]) ? i + 2 : 0;
	}
	i += 6;
	string->nul |= unit == 0;
	if ((unit & 0xfc00) == 0xd800 && (code_unit(text + i, length - i) & ~0x3ff) == 0xdc00) {
		string->bytes += 4;
		return i + 6;
	}
	string->bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
	return i;
}

size_t kf_json_skip_string(const char *text, size_t length, size_t i, struct kf_json_string *ret)
{
	*ret = (struct kf_json_string){ 0 };
	for (i++;;) {
		size_t start = i;

		while (i < length && is_plain(text[i]))
			i++;
		ret->bytes += i - start;
		if (i >= length)
			return 0;
		if (text[i] == '"')
			return i + 1;

		size_t size = utf8_length(text + i, length - i);

		if (!size || (unsigned char)text[i] < 0x20)
			return 0;
		if (text[i] == '\\') {
			i = skip_escape(text, length, i, ret);
			if (!i)
				return 0;
		} else {
			ret->bytes += size;
			i += size;
		}
	}
}

static size_t skip_digits(const char *text, size_t length, size_t i)
{
	while (i < length && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

size_t kf_json_skip_number(const char *text, size_t length, size_t i, bool *ret_integer)
{
	size_t start = text[i] == '-' ? i + 1 : i;
	size_t end = skip_digits(text, length, start);

	*ret_integer = true;
	if (end == start || (end - start > 1 && text[start] == '0'))
		return 0;
	if (end < length && text[end] == '.') {
		size_t fraction = end + 1;

		*ret_integer = false;
		end = skip_digits(text, length, fraction);
		if (end == fraction)
			return 0;
	}
	if (end < length && (text[end] == 'e' || text[end] == 'E')) {
		size_t exponent = end + 1;

		*ret_integer = false;
		if (exponent < length && (text[exponent] == '+' || text[exponent] == '-'))
			exponent++;
		end = skip_digits(text, length, exponent);
		if (end == exponent)
			return 0;
	}
	return end;
}

size_t kf_json_skip_blanks(const char *text, size_t length, size_t i)
{
	while (i < length && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n'))
		i++;
	return i;
}

static size_t skip_word(const char *text, size_t length, size_t i, const char *word)
{
	size_t size = strlen(word);

	return length - i >= size && memcmp(text + i, word, size) == 0 ? i + size : 0;
}

/* The key of a member and the colon behind it. */
static size_t skip_key(const char *text, size_t length, size_t i)
{
	struct kf_json_string unused;

	if (i == length || text[i] != '"')
		return 0;
	i = kf_json_skip_string(text, length, i, &unused);
	if (!i)
		return 0;
	i = kf_json_skip_blanks(text, length, i);
	return i < length && text[i] == ':' ? kf_json_skip_blanks(text, length, i + 1) : 0;
}

/* An object or an array, from its bracket on. */
static size_t skip_container(const char *text, size_t length, size_t i, int depth)
{
	bool object = text[i] == '{';
	char end = object ? '}' : ']';

	i = kf_json_skip_blanks(text, length, i + 1);
	if (i < length && text[i] == end)
		return i + 1;
	for (;;) {
		if (object)
			i = skip_key(text, length, i);
		if (object && !i)
			return 0;
		i = kf_json_skip_value(text, length, i, depth - 1);
		if (!i)
			return 0;
		i = kf_json_skip_blanks(text, length, i);
		if (i == length || (text[i] != ',' && text[i] != end))
			return 0;
		if (text[i] == end)
			return i + 1;
		i = kf_json_skip_blanks(text, length, i + 1);
	}
}

size_t kf_json_skip_value(const char *text, size_t length, size_t i, int depth)
{
	struct kf_json_string string;
	bool integer;

	if (i >= length || depth <= 0)
		return 0;
	switch (text[i]) {
	case '{':
	case '[':
		return skip_container(text, length, i, depth);
	case '"':
		return kf_json_skip_string(text, length, i, &string);
	case 't':
		return skip_word(text, length, i, "true");
	case 'f':
		return skip_word(text, length, i, "false");
	case 'n':
		return skip_word(text, length, i, "null");
	default:
		return kf_json_skip_number(text, length, i, &integer);
	}
}
