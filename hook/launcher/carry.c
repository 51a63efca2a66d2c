/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/carry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "KUBEFENCE_ENV_"

/* execve(2) takes no string longer than 128 KiB (MAX_ARG_STRLEN), name and number included. */
enum { TEXT_MAX = 100 * 1024, NUMBER_WIDTH = 6 };

static bool is_plain(unsigned char byte)
{
	return byte >= ' ' && byte <= '~' && byte != '%';
}

/* TO has room for three bytes for each one of TEXT, and a NUL. Returns the length. */
static size_t encode(const char *text, char *to)
{
	static const char digits[] = "0123456789ABCDEF";
	char *end = to;

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (is_plain(byte)) {
			*end++ = *text;
			continue;
		}
		*end++ = '%';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	*end = '\0';
	return (size_t)(end - to);
}

static int hex(char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

/* In place: the text only gets shorter. Returns the length. */
static size_t decode(char *text)
{
	char *end = text;

	for (const char *from = text; *from; from++) {
		if (*from == '%' && from[1] && from[2]) {
			*end++ = (char)(hex(from[1]) << 4 | hex(from[2]));
			from += 2;
		} else {
			*end++ = *from;
		}
	}
	*end = '\0';
	return (size_t)(end - text);
}

static int add_piece(struct kf_list *pieces, size_t number, bool last, const char *text, size_t length)
{
	char *piece;
	int n = asprintf(&piece, NAME "%0*zu=%c%.*s", NUMBER_WIDTH, number, last ? '.' : '+', (int)length, text);

	if (n < 0)
		return -ENOMEM;

	int r = kf_list_add(pieces, piece, (size_t)n);

	free(piece);
	return r;
}

int kf_carry_pack(char *const environment[], struct kf_list *pieces, size_t *count)
{
	for (char *const *entry = environment; *entry; entry++) {
		cleanup_free char *text = malloc(3 * strlen(*entry) + 1);
		size_t left = text ? encode(*entry, text) : 0;
		const char *at = text;
		bool last = !text;

		if (!text)
			return -ENOMEM;
		while (!last) {
			size_t length = left < TEXT_MAX ? left : TEXT_MAX;

			last = left == length;
			if (add_piece(pieces, ++*count, last, at, length) < 0)
				return -ENOMEM;
			at += length;
			left -= length;
		}
	}
	return 0;
}

bool kf_carry_is_piece(const char *assignment)
{
	return strncmp(assignment, NAME, strlen(NAME)) == 0;
}

/* "+TEXT" or ".TEXT" of the piece NUMBER, or NULL. */
static const char *text_of(const char *piece, size_t number)
{
	char start[sizeof NAME + 32];
	int n = snprintf(start, sizeof start, NAME "%0*zu=", NUMBER_WIDTH, number);
	const char *text = piece + n;

	return strncmp(piece, start, (size_t)n) == 0 && (*text == '+' || *text == '.') ? text : NULL;
}

/* OPEN is the part of a variable that came before; it is NULL after its last piece. */
static int take_piece(const char *text, char **open, struct kf_list *variables)
{
	size_t before = *open ? strlen(*open) : 0, length = strlen(text + 1);
	char *longer = realloc(*open, before + length + 1);
	int r;

	if (!longer)
		return -ENOMEM;
	*open = longer;
	memcpy(longer + before, text + 1, length + 1);
	if (*text == '+')
		return 0;
	r = kf_list_add(variables, longer, decode(longer));
	free(longer);
	*open = NULL;
	return r;
}

int kf_carry_unpack(char *const environment[], size_t count, struct kf_list *variables)
{
	cleanup_free char *open = NULL;
	size_t found = 0;
	int r = 0;

	for (char *const *entry = environment; r == 0 && *entry; entry++) {
		const char *text;

		if (!kf_carry_is_piece(*entry))
			continue;
		text = text_of(*entry, ++found);
		r = text ? take_piece(text, &open, variables) : -EBADMSG;
	}
	if (r == 0 && (found != count || open))
		r = -EBADMSG;
	return r;
}
