/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml-edit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/toml-lines.h"

/* TEXT with the bytes from FROM to TO, which are places in it, replaced. */
static int replace(const char *text, const char *from, const char *to, const char *by, char **ret, struct kf_error *err)
{
	return kf_format(ret, "%.*s%s%s", (int)(from - text), text, by, to) < 0 ? kf_oom(err) : 0;
}

static int keep(const char *text, char **ret, struct kf_error *err)
{
	return kf_format(ret, "%s", text) < 0 ? kf_oom(err) : 0;
}

/* The assignment to KEY before the first table. */
static bool find_key(const char *text, const char *key, struct kf_toml_line *ret)
{
	struct kf_toml_walk walk = { .text = text };

	while (kf_toml_next(&walk, ret) && !ret->table)
		if (strcmp(ret->name, key) == 0)
			return true;
	return false;
}

/* The place after the string whose quote is at TEXT. */
static const char *string_end(const char *text, const char *end)
{
	const char quote = *text++;

	while (text < end && *text != quote)
		text += quote == '"' && *text == '\\' ? 2 : 1;
	return text < end ? text + 1 : end;
}

/* The next string of an array after TEXT, or NULL; *RET_END is the place after it. */
static const char *next_string(const char *text, const char *end, const char **ret_end)
{
	for (; text < end; text++) {
		if (*text == '#')
			text += strcspn(text, "\n");
		if (*text == '"' || *text == '\'') {
			*ret_end = string_end(text, end);
			return text;
		}
	}
	return NULL;
}

static bool is_string(const char *text, const char *end, const char *value)
{
	size_t length = strlen(value);

	return (size_t)(end - text) == length + 2 && strncmp(text + 1, value, length) == 0;
}

static int add_to_array(const char *text, const struct kf_toml_line *array, const char *value, char **ret,
			struct kf_error *err)
{
	cleanup_free char *word = NULL;
	const char *last = NULL, *at = array->value, *string;

	if (*at != '[' || array->end[-1] != ']')
		return kf_fail(err, EINVAL, "%s is not a list", array->name);
	while ((string = next_string(at, array->end, &at))) {
		if (is_string(string, at, value))
			return keep(text, ret, err);
		last = at;
	}
	if (kf_format(&word, last ? ", \"%s\"" : "\"%s\"", value) < 0)
		return kf_oom(err);
	at = last ? last : array->value + 1;
	return replace(text, at, at, word, ret, err);
}

static int add_line(const char *text, const char *key, const char *value, char **ret, struct kf_error *err)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct kf_toml_line version;
	cleanup_free char *line = NULL;
	const char *at = strncmp(text, bom, strlen(bom)) == 0 ? text + strlen(bom) : text;
	const char *front = "", *newline = "\n";

	if (find_key(text, "version", &version)) {
		at = version.next;
		if (at[-1] != '\n')
			front = "\n", newline = "";
		else if (at - text > 1 && at[-2] == '\r')
			newline = "\r\n";
	}
	if (kf_format(&line, "%s%s = [\"%s\"]%s", front, key, value, newline) < 0)
		return kf_oom(err);
	return replace(text, at, at, line, ret, err);
}

int kf_toml_add_string(const char *text, const char *key, const char *value, char **ret, struct kf_error *err)
{
	struct kf_toml_line found;

	if (find_key(text, key, &found))
		return add_to_array(text, &found, value, ret, err);
	return add_line(text, key, value, ret, err);
}

/* The comma before or after the string goes with it, and a blank beside the comma. */
static void widen(const struct kf_toml_line *array, const char **from, const char **to)
{
	const char *before = *from, *after = *to;

	while (before > array->value + 1 && strchr(" \t\r\n", before[-1]))
		before--;
	if (before[-1] == ',') {
		*from = before - 1;
		return;
	}
	after += strspn(after, " \t");
	if (*after == ',')
		*to = after + 1 + strspn(after + 1, " \t");
}

int kf_toml_remove_string(const char *text, const char *key, const char *value, bool drop_empty, char **ret,
			  struct kf_error *err)
{
	struct kf_toml_line found;
	const char *at, *string;

	if (!find_key(text, key, &found))
		return keep(text, ret, err);
	at = found.value;
	while ((string = next_string(at, found.end, &at)) && !is_string(string, at, value))
		;
	if (!string)
		return keep(text, ret, err);
	widen(&found, &string, &at);
	if (drop_empty && string == found.value + 1 && at + 1 == found.end &&
	    strcspn(found.end, "#\n") == strcspn(found.end, "\n")) {
		/* The line was the last one, after a line that had no newline. */
		bool last = !strchr(found.end, '\n') && found.start > text;

		return replace(text, found.start - last, found.next, "", ret, err);
	}
	return replace(text, string, at, "", ret, err);
}

static bool is_below(const char *name, const char *table)
{
	size_t length = strlen(table);

	return strncmp(name, table, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

/* The first table that is NAME or in it, from its header to the next header that is neither. */
static bool find_table(const char *text, const char *name, const char **ret_from, const char **ret_to)
{
	struct kf_toml_walk walk = { .text = text };
	struct kf_toml_line line;

	*ret_from = NULL;
	while (kf_toml_next(&walk, &line)) {
		if (line.table && !*ret_from && is_below(line.name, name))
			*ret_from = line.start;
		else if (line.table && *ret_from && !is_below(line.name, name)) {
			*ret_to = line.start;
			return true;
		}
	}
	*ret_to = walk.text;
	return *ret_from;
}

int kf_toml_remove_table(const char *text, const char *name, char **ret, struct kf_error *err)
{
	cleanup_free char *left = NULL;
	const char *from, *to;
	int r = keep(text, &left, err);

	while (r == 0 && find_table(left, name, &from, &to)) {
		char *shorter = NULL;

		r = replace(left, from, to, "", &shorter, err);
		if (r == 0) {
			free(left);
			left = shorter;
		}
	}
	if (r == 0)
		*ret = kf_steal_string(&left);
	return r;
}
