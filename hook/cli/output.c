/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

int kf_output_parse(const char *text, enum kf_output *ret, struct kf_error *err)
{
	static const char *const names[] = { "short", "wide", "json", "yaml" };
	char quoted[KF_QUOTED_MAX];

	*ret = KF_OUTPUT_SHORT;
	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum kf_output)i;
			return 0;
		}
	return kf_fail(err, EINVAL, "'%s' is not an output format: there are short, wide, json and yaml",
		       kf_quote(quoted, text));
}

static bool has_members(struct json_object *value)
{
	if (json_object_is_type(value, json_type_object))
		return json_object_object_length(value) > 0;
	return json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0;
}

/* A value on the rest of a line: the text of JSON, which YAML reads as well. */
static int print_scalar(struct json_object *value)
{
	size_t length;
	const char *text = kf_json_text(value, &length);

	if (!text)
		return -ENOMEM;
	return puts(text) < 0 ? -EIO : 0;
}

static int print_yaml(struct json_object *value, int indent, bool begun);

/* The value of a key: on its line, or on the lines after it. */
static int print_member(const char *key, struct json_object *value, int indent)
{
	cleanup_json struct json_object *name = json_object_new_string(key);
	size_t length;
	const char *text = name ? kf_json_text(name, &length) : NULL;

	if (!text)
		return -ENOMEM;
	/* Our own keys are plain words; any other is quoted. */
	if (strspn(key, "abcdefghijklmnopqrstuvwxyz_") == strlen(key) && key[0])
		text = key;
	if (printf("%s:%s", text, has_members(value) ? "\n" : " ") < 0)
		return -EIO;
	return has_members(value) ? print_yaml(value, indent + 2, false) : print_scalar(value);
}

static int print_array(struct json_object *array, int indent, bool begun)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++) {
		if (printf("%*s- ", begun && i == 0 ? 0 : indent, "") < 0)
			return -EIO;
		r = print_yaml(json_object_array_get_idx(array, i), indent + 2, true);
	}
	return r;
}

/* BEGUN: the line has its indent already. Recursion is as deep as the document, which kf_json_parse() has limited. */
static int print_yaml(struct json_object *value, int indent, bool begun)
{
	if (!has_members(value))
		return print_scalar(value);
	if (json_object_is_type(value, json_type_array))
		return print_array(value, indent, begun);

	struct json_object_iterator i = json_object_iter_begin(value), end = json_object_iter_end(value);
	int r = 0;

	for (; r == 0 && !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		if (printf("%*s", begun ? 0 : indent, "") < 0)
			return -EIO;
		r = print_member(json_object_iter_peek_name(&i), json_object_iter_peek_value(&i), indent);
		begun = false;
	}
	return r;
}

int kf_output_document(struct json_object *document, enum kf_output output)
{
	if (output == KF_OUTPUT_JSON)
		return print_scalar(document);
	return puts("---") < 0 ? -EIO : print_yaml(document, 0, false);
}

int kf_output_yaml_item(struct json_object *document)
{
	return fputs("- ", stdout) < 0 ? -EIO : print_yaml(document, 2, true);
}
