/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml-lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 512 };

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r");
}

static const char *skip_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

/* Appends the dotted key at TEXT up to one of the characters END, without quotes and blanks. What does not fit is cut.
 */
static const char *take_name(const char *text, const char *end, char name[static NAME_BYTES])
{
	size_t used = strlen(name);
	char quote = '\0';

	for (; *text && *text != '\n' && (quote || !strchr(end, *text)); text++) {
		if (quote ? *text == quote : *text == '"' || *text == '\'')
			quote = quote ? '\0' : *text;
		else if ((quote || !strchr(" \t\r", *text)) && used < NAME_BYTES - 1)
			name[used++] = *text;
	}
	name[used] = '\0';
	return text;
}

/* Adds the string at TEXT, which starts with its quote. *TEXT is behind it then. LIST may be NULL. */
static int take_string(const char **text, struct kf_list *list)
{
	const char quote = **text;
	const char triple[] = { quote, quote, quote, '\0' };
	bool is_long = strncmp(*text, triple, 3) == 0;
	const char *start = *text + (is_long ? 3 : 1), *end = start;

	while (*end && (is_long ? strncmp(end, triple, 3) != 0 : *end != quote && *end != '\n'))
		end += quote == '"' && *end == '\\' && end[1] ? 2 : 1;
	*text = end;
	if (*end && *end != '\n')
		*text += is_long ? 3 : 1;
	return list ? kf_list_add(list, start, (size_t)(end - start)) : 0;
}

/* Adds what is in the array at TEXT; strings of arrays and inline tables in it, too. */
static int take_array(const char **text, struct kf_list *list)
{
	size_t depth = 0;
	int r = 0;

	while (r == 0 && **text) {
		switch (**text) {
		case '"':
		case '\'':
			r = take_string(text, list);
			continue;
		case '#':
			*text = skip_line(*text);
			continue;
		case '[':
		case '{':
			depth++;
			break;
		case ']':
		case '}':
			depth--;
			break;
		default:
			break;
		}
		(*text)++;
		if (depth == 0)
			break;
	}
	return r;
}

static int take_value(const char **text, struct kf_list *list)
{
	size_t length = strcspn(*text, " \t\r\n#");

	if (**text == '"' || **text == '\'')
		return take_string(text, list);
	if (**text == '[')
		return take_array(text, list);
	/* The keys of an inline table are not seen, so neither are its values. */
	if (**text == '{')
		return take_array(text, NULL);
	*text += length;
	return list ? kf_list_add(list, *text - length, length) : 0;
}

/* The assignment at *TEXT; *TEXT is behind its value then. Returns 1 if it is to NAME. */
static int take_assignment(const char **text, const char *table, const char *name, struct kf_list *ret)
{
	struct kf_list found = { 0 };
	char key[NAME_BYTES] = "";
	size_t length = strlen(table);

	memcpy(key, table, length);
	if (length > 0 && length < NAME_BYTES - 1)
		key[length] = '.';
	*text = take_name(*text, "=#", key);
	if (**text != '=')
		return 0;
	*text = skip_blanks(*text + 1);

	bool wanted = strcmp(key, name) == 0;
	int r = take_value(text, wanted ? &found : NULL);

	if (!wanted || r < 0) {
		kf_list_clear(&found);
		return r;
	}
	kf_list_clear(ret);
	*ret = found;
	return 1;
}

int kf_toml_strings(const char *text, const char *name, struct kf_list *ret)
{
	char table[NAME_BYTES] = "";
	int found = 0;

	while (*text) {
		text = skip_blanks(text);
		if (*text == '[') {
			/* Of an array of tables, the second bracket stays in the name: nobody asks for that. */
			table[0] = '\0';
			text = take_name(text + 1, "]#", table);
		} else if (*text != '#' && *text != '\n') {
			int r = take_assignment(&text, table, name, ret);

			if (r < 0)
				return r;
			found |= r;
		}
		text = skip_line(text);
	}
	return found;
}
