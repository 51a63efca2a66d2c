/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml-lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = KF_TOML_NAME_BYTES };

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r");
}

static const char *skip_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

/* Appends the dotted key at TEXT up to one of the characters END, without quotes and blanks, cut to fit. */
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

/* Adds the string at *TEXT, which starts with its quote, and moves *TEXT after it. LIST may be NULL. */
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

/* Adds the strings of the array at TEXT, also those of arrays and inline tables in it. */
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
	/* The values of an inline table do not count, because its keys are not seen. */
	if (**text == '{')
		return take_array(text, NULL);
	*text += length;
	return list ? kf_list_add(list, *text - length, length) : 0;
}

/* Reads the key at TEXT, which is in TABLE, and looks for the end of its value. False if there is no value. */
static bool read_assignment(const char *text, const char *table, struct kf_toml_line *ret)
{
	size_t length = strlen(table);

	memcpy(ret->name, table, length + 1);
	if (length > 0 && length < NAME_BYTES - 1) {
		ret->name[length] = '.';
		ret->name[length + 1] = '\0';
	}
	ret->next = text = take_name(text, "=#", ret->name);
	if (*text != '=')
		return false;
	ret->value = ret->end = skip_blanks(text + 1);
	(void)take_value(&ret->end, NULL);
	ret->next = ret->end;
	return true;
}

bool kf_toml_next(struct kf_toml_walk *walk, struct kf_toml_line *ret)
{
	static const char bom[] = "\xef\xbb\xbf";

	while (*walk->text) {
		const char *text;
		bool found = false;

		walk->text += strncmp(walk->text, bom, strlen(bom)) == 0 ? strlen(bom) : 0;
		text = skip_blanks(walk->text);

		*ret = (struct kf_toml_line){ .start = walk->text, .next = text };
		if (*text == '[') {
			/* The second bracket of an array of tables stays in the name: no caller asks for such a name.
			 */
			walk->table[0] = '\0';
			ret->next = take_name(text + 1, "]#", walk->table);
			memcpy(ret->name, walk->table, sizeof ret->name);
			found = ret->table = true;
		} else if (*text != '#' && *text != '\n') {
			found = read_assignment(text, walk->table, ret);
		}
		walk->text = ret->next = skip_line(ret->next);
		if (found)
			return true;
	}
	return false;
}

int kf_toml_strings(const char *text, const char *name, struct kf_list *ret)
{
	struct kf_toml_walk walk = { .text = text };
	struct kf_toml_line line;
	bool found = false;

	while (kf_toml_next(&walk, &line)) {
		cleanup_list struct kf_list values = { 0 };
		const char *value = line.value;

		if (line.table || strcmp(line.name, name) != 0)
			continue;
		if (take_value(&value, &values) < 0)
			return -ENOMEM;
		kf_list_clear(ret);
		*ret = kf_list_steal(&values);
		found = true;
	}
	return found;
}
