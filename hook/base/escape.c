/* SPDX-License-Identifier: Apache-2.0 */
#include "base/escape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

bool kf_is_plain(const char *text)
{
	while (is_printable(*text))
		text++;
	return !*text;
}

static int escape(const char *text, bool (*stays)(char c), char **ret)
{
	char *safe = malloc(strlen(text) * strlen("\\xff") + 1);
	size_t used = 0;

	if (!safe)
		return -ENOMEM;
	for (; *text; text++)
		used += (size_t)sprintf(safe + used, stays(*text) ? "%c" : "\\x%02x", (unsigned char)*text);
	safe[used] = '\0';
	*ret = safe;
	return 0;
}

int kf_escape(const char *text, char **ret)
{
	return escape(text, is_printable, ret);
}

static bool is_of_word(char c)
{
	return is_printable(c) && c != ' ' && c != '\\';
}

int kf_escape_word(const char *text, char **ret)
{
	return escape(text, is_of_word, ret);
}
