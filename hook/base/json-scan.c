/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-scan.h"

#include <errno.h>
#include <stdbool.h>
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

/* What is to know about one string. */
struct string {
	size_t bytes; /* unescaped */
	bool nul;     /* there is an escaped NUL in it */
};

/* The code unit of the escape at TEXT, or -1 if it is none of those with hexadecimal digits. */
static int code_unit(const char *text, size_t length)
{
	char digits[5] = "", *end;

	if (length < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	memcpy(digits, text + 2, 4);

	long unit = strtol(digits, &end, 16);

	return end == digits + 4 ? (int)unit : -1;
}

/* Behind the escape at I. Two that are halves of one character are taken together; a half alone becomes U+FFFD. */
static size_t skip_escape(const char *text, size_t length, size_t i, struct string *string)
{
	int unit = code_unit(text + i, length - i);

	if (unit < 0) {
		string->bytes++;
		return i + 2;
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

/* Behind the closing quote of the string that starts at I, or 0 if it has a raw control character, bad UTF-8 or no end.
 */
static size_t skip_string(const char *text, size_t length, size_t i, struct string *ret)
{
	*ret = (struct string){ 0 };
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
		} else {
			ret->bytes += size;
			i += size;
		}
	}
}

/* Blanks, punctuation and, of all words, the letters of true, false and null: no NaN, no Infinity. */
static bool may_stand_between(char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case '{':
	case '}':
	case '[':
	case ']':
	case ',':
		return true;
	default:
		return c && strchr("truefalsn", c);
	}
}

/* Is the string that ends at I a key, with a ":" behind it? */
static bool is_key(const char *text, size_t length, size_t i)
{
	while (i < length && strchr(" \t\r\n", text[i]))
		i++;
	return i < length && text[i] == ':';
}

static size_t skip_digits(const char *text, size_t length, size_t i)
{
	while (i < length && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

/* RFC 8259 section 6. Returns the end of the number that starts at I, or 0; says whether it is an integer. */
static size_t skip_number(const char *text, size_t length, size_t i, bool *ret_integer)
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

/* Would json-c print this integer differently? It has an int64_t for negative and a uint64_t for other numbers. */
static bool is_odd_integer(const char *digits, size_t length)
{
	static const char lowest[] = "-9223372036854775808", highest[] = "18446744073709551615";
	const char *limit = digits[0] == '-' ? lowest : highest;
	size_t limit_length = strlen(limit);

	if (length == 2 && memcmp(digits, "-0", 2) == 0)
		return true;
	return length > limit_length || (length == limit_length && memcmp(digits, limit, length) > 0);
}

static int remember_number(struct kf_json_scan *scan, size_t ordinal, size_t offset, size_t length)
{
	size_t count = scan->odd_count;

	/* Grows at every power of two. */
	if ((count & (count - 1)) == 0) {
		void *bigger = realloc(scan->odd_numbers, (count ? count * 2 : 1) * sizeof *scan->odd_numbers);

		if (!bigger)
			return -ENOMEM;
		scan->odd_numbers = bigger;
	}
	scan->odd_numbers[count] = (struct kf_json_number){ .ordinal = ordinal, .offset = offset, .length = length };
	scan->odd_count = count + 1;
	return 0;
}

int kf_json_scan(const char *text, size_t length, struct kf_json_scan *ret, size_t *ret_offset)
{
	struct kf_json_scan scan = { 0 };
	size_t numbers = 0;
	int r = 0;

	for (size_t i = 0; i < length && r == 0;) {
		size_t next = i + 1;
		struct string string;
		bool integer;

		if (text[i] == '"') {
			next = skip_string(text, length, i, &string);
			scan.bytes += string.bytes;
			/* json-c ends a key at its first NUL and would write back another key. */
			if (next && string.nul && is_key(text, length, next))
				next = 0;
		} else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
			next = skip_number(text, length, i, &integer);
			if (next && integer && is_odd_integer(text + i, next - i))
				r = remember_number(&scan, numbers, i, next - i);
			if (next && !integer)
				scan.bytes += next - i;
			numbers++;
		} else if (text[i] == ':') {
			scan.members++;
		} else if (!may_stand_between(text[i])) {
			next = 0;
		}
		if (!next) {
			*ret_offset = i;
			r = -EINVAL;
		}
		i = next;
	}
	if (r < 0)
		kf_json_scan_done(&scan);
	else
		*ret = scan;
	return r;
}

void kf_json_scan_done(struct kf_json_scan *scan)
{
	free(scan->odd_numbers);
	*scan = (struct kf_json_scan){ 0 };
}
