/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-lexer.h"

#include <stdlib.h>
#include <string.h>

size_t kf_json_character(const char *text, size_t length, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} kinds[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	const unsigned char *byte = (const unsigned char *)text;
	size_t more = 0, i = 1;

	while (more < 4 && (byte[0] & kinds[more].mask) != kinds[more].lead)
		more++;
	if (more == 4 || more >= length)
		return 0;

	uint32_t value = byte[0] & (unsigned char)~kinds[more].mask;

	for (; i <= more && (byte[i] & 0xc0) == 0x80; i++)
		value = value << 6 | (byte[i] & 0x3f);
	if (i <= more || value < kinds[more].least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*ret = value;
	return more + 1;
}

/* Most strings consist of such characters. */
static bool is_plain(char c, char quote)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != quote && c != '\\';
}

/* The code unit of the escape at TEXT, or -1 if it is not one with four hexadecimal digits. */
static int code_unit(const char *text, size_t length)
{
	char digits[5] = "";

	if (length < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	memcpy(digits, text + 2, 4);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? (int)strtol(digits, NULL, 16) : -1;
}

/* The size of the escape at TEXT, or 0. The two halves of one character go together; a lone half becomes U+FFFD. */
static size_t take_escape(const char *text, size_t length, struct kf_json_string *string)
{
	int unit = code_unit(text, length);

	if (unit < 0) {
		bool known = length > 1 && text[1] && strchr("\"\\/bfnrt", text[1]);

		string->bytes++;
		string->wrong = known ? NULL : "a string has an unknown escape";
		return known ? 2 : 0;
	}
	string->nul |= unit == 0;
	if ((unit & 0xfc00) == 0xd800 && (code_unit(text + 6, length - 6) & ~0x3ff) == 0xdc00) {
		string->bytes += 4;
		return 12;
	}
	string->bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
	return 6;
}

/* The size of the character at TEXT, which is not a plain one, or 0. */
static size_t take_character(const char *text, size_t length, enum kf_json_mode mode, struct kf_json_string *string)
{
	uint32_t unused;
	size_t size = mode == KF_JSON_STRICT ? kf_json_character(text, length, &unused) : 1;

	if (text[0] == '\0' || (mode == KF_JSON_STRICT && (unsigned char)text[0] < 0x20))
		string->wrong = "a string has a control character";
	else if (size == 0)
		string->wrong = "a string is not UTF-8";
	string->bytes += size;
	return string->wrong ? 0 : size;
}

size_t kf_json_string_end(const char *text, size_t length, size_t i, enum kf_json_mode mode, struct kf_json_string *ret)
{
	char quote = text[i++];

	*ret = (struct kf_json_string){ 0 };
	for (;;) {
		size_t start = i, size;

		while (i < length && is_plain(text[i], quote))
			i++;
		ret->bytes += i - start;
		if (i >= length) {
			ret->wrong = "a string has no end";
			return 0;
		}
		if (text[i] == quote)
			return i + 1;
		if (text[i] == '\\')
			size = take_escape(text + i, length - i, ret);
		else
			size = take_character(text + i, length - i, mode, ret);
		if (!size)
			return 0;
		i += size;
	}
}

static size_t digits_end(const char *text, size_t length, size_t i)
{
	while (i < length && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

size_t kf_json_number_end(const char *text, size_t length, size_t i, enum kf_json_mode mode, bool *ret_integer)
{
	size_t start = text[i] == '-' ? i + 1 : i;
	size_t end = digits_end(text, length, start);

	*ret_integer = true;
	if (end == start || (end - start > 1 && text[start] == '0'))
		return 0;
	if (end < length && text[end] == '.') {
		size_t fraction = end + 1;

		*ret_integer = false;
		end = digits_end(text, length, fraction);
		if (end == fraction && mode == KF_JSON_STRICT)
			return 0;
	}
	if (end < length && (text[end] == 'e' || text[end] == 'E')) {
		size_t exponent = end + 1;

		*ret_integer = false;
		if (exponent < length && (text[exponent] == '+' || text[exponent] == '-'))
			exponent++;
		end = digits_end(text, length, exponent);
		if (end == exponent)
			return 0;
	}
	return end;
}

size_t kf_json_blanks_end(const char *text, size_t length, size_t i)
{
	while (i < length && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n'))
		i++;
	return i;
}
