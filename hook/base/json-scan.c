/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-scan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json-lexer.h"

/* One pass over a text. */
struct pass {
	const char *text;
	size_t length;
	const struct kf_json_path *unread;
	struct kf_json_scan scan;
	size_t numbers;
	int depth;     /* of objects and arrays */
	bool in_outer; /* the last key of the document itself was the outer one of the path */
};

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

/* Is KEY what stands between the quotes at I? Written with an escape it is not found, and then read like all else. */
static bool is_key(const struct pass *pass, size_t i, size_t end, const char *key)
{
	size_t size = strlen(key);

	return end - i == size + 2 && memcmp(pass->text + i + 1, key, size) == 0;
}

/* The string from I to END is a key: is its value the object that is not to be read? Then END moves behind that. */
static int enter_member(struct pass *pass, size_t i, size_t *end)
{
	const struct kf_json_path *unread = pass->unread;

	if (!unread || pass->depth > 2)
		return 0;
	if (pass->depth == 1)
		pass->in_outer = is_key(pass, i, *end, unread->outer);
	if (pass->depth != 2 || !pass->in_outer || pass->scan.unread_length || !is_key(pass, i, *end, unread->inner))
		return 0;

	size_t colon = kf_json_skip_blanks(pass->text, pass->length, *end);
	size_t start = kf_json_skip_blanks(pass->text, pass->length, colon + 1);

	if (start >= pass->length || pass->text[start] != '{')
		return 0;
	*end = kf_json_skip_value(pass->text, pass->length, start, KF_JSON_DEPTH_MAX - 2);
	pass->scan.members++;
	pass->scan.unread_offset = start;
	pass->scan.unread_length = *end - start;
	return *end ? 0 : -EINVAL;
}

static int take_string(struct pass *pass, size_t i, size_t *ret_end)
{
	struct kf_json_string string;
	size_t end = kf_json_skip_string(pass->text, pass->length, i, &string);
	size_t behind = end ? kf_json_skip_blanks(pass->text, pass->length, end) : 0;
	int r = 0;

	if (!end)
		return -EINVAL;
	pass->scan.bytes += string.bytes;
	if (behind < pass->length && pass->text[behind] == ':') {
		/* json-c ends a key at its first NUL and would write back another key. */
		if (string.nul)
			return -EINVAL;
		r = enter_member(pass, i, &end);
	}
	*ret_end = end;
	return r;
}

static int take_number(struct pass *pass, size_t i, size_t *ret_end)
{
	bool integer;
	size_t end = kf_json_skip_number(pass->text, pass->length, i, &integer), ordinal = pass->numbers++;

	if (!end)
		return -EINVAL;
	*ret_end = end;
	if (!integer)
		pass->scan.bytes += end - i;
	else if (is_odd_integer(pass->text + i, end - i))
		return remember_number(&pass->scan, ordinal, i, end - i);
	return 0;
}

/* Blanks, punctuation and, of all words, the letters of true, false and null: no NaN, no Infinity. */
static int take_other(struct pass *pass, char c)
{
	switch (c) {
	case '{':
	case '[':
		pass->depth++;
		return 0;
	case '}':
	case ']':
		pass->depth--;
		return 0;
	case ':':
		pass->scan.members++;
		return 0;
	default:
		return c && strchr(" \t\r\n,truefalsn", c) ? 0 : -EINVAL;
	}
}

int kf_json_scan(const char *text, size_t length, const struct kf_json_path *unread, struct kf_json_scan *ret,
		 size_t *ret_offset)
{
	struct pass pass = { .text = text, .length = length, .unread = unread };
	int r = 0;

	for (size_t i = 0, next; i < length && r == 0; i = next) {
		next = i + 1;
		if (text[i] == '"')
			r = take_string(&pass, i, &next);
		else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9'))
			r = take_number(&pass, i, &next);
		else
			r = take_other(&pass, text[i]);
		if (r == -EINVAL)
			*ret_offset = i;
	}
	if (r < 0)
		kf_json_scan_done(&pass.scan);
	else
		*ret = pass.scan;
	return r;
}

void kf_json_scan_done(struct kf_json_scan *scan)
{
	free(scan->odd_numbers);
	*scan = (struct kf_json_scan){ 0 };
}
