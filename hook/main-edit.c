/* SPDX-License-Identifier: Apache-2.0 */
/* kubefence-edit: edits a configuration of an engine's from standard input to standard output, for the installers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json-edit.h"
#include "base/json.h"
#include "base/list.h"
#include "base/toml-edit.h"
#include "base/toml-lines.h"

enum { EDIT_MAX = 4 * 1024 * 1024 };

static const char usage[] =
	"Usage: kubefence-edit COMMAND ARGUMENT... <FILE >NEW\n"
	"\n"
	"  json-add OBJECT NAME VALUE     NAME of the object OBJECT becomes the JSON text VALUE\n"
	"  json-remove OBJECT NAME VALUE  ... goes, if it has the members of VALUE\n"
	"  json-get NAME...               prints the string that the names lead to\n"
	"  toml-get NAME                  prints a value, or the strings of a list, a line each\n"
	"  toml-add KEY STRING            the list KEY before the first table gets STRING\n"
	"  toml-remove KEY STRING         ... loses it\n"
	"  toml-drop KEY STRING           ... loses it, and goes if it is then empty\n"
	"  toml-remove-table NAME         the table and those in it go\n"
	"\n"
	"All other bytes stay. Exit status: 0; 1 it cannot be done, for a reason on standard error;\n"
	"2 usage.\n";

static int print_strings(const char *text, const char *name, struct kf_error *err)
{
	cleanup_list struct kf_list found = { 0 };
	int r = kf_toml_strings(text, name, &found);

	if (r < 0)
		return kf_oom(err);
	if (r == 0)
		return kf_fail(err, ENOENT, "there is no %s", name);
	for (size_t i = 0; i < found.count; i++)
		(void)puts(found.items[i]);
	return 0;
}

/* The string that the NULL-terminated NAMES lead to. */
static int print_member(const char *text, size_t length, char *const names[], struct kf_error *err)
{
	cleanup_json struct json_object *document = NULL;
	struct json_object *object;
	const char *value;
	int r = kf_json_parse(text, length, "it", KF_JSON_STRICT, &document, err);

	if (r < 0)
		return r;
	for (object = document; object && names[1]; names++)
		object = kf_json_member(object, names[0], json_type_object);
	value = kf_json_string(object, names[0]);
	if (!value)
		return kf_fail(err, ENOENT, "there is no string %s", names[0]);
	(void)puts(value);
	return 0;
}

/* ARGV[0] is the command. 1: there is no such command with so many arguments. */
static int edit(const char *text, int argc, char *argv[], char **ret, struct kf_error *err)
{
	const char *command = argv[0];

	if (argc > 1 && strcmp(command, "json-get") == 0)
		return print_member(text, strlen(text), argv + 1, err);
	if (argc == 4 && strcmp(command, "json-add") == 0)
		return kf_json_add_member(text, argv[1], argv[2], argv[3], ret, err);
	if (argc == 4 && strcmp(command, "json-remove") == 0)
		return kf_json_remove_member(text, argv[1], argv[2], argv[3], ret, err);
	if (argc == 3 && strcmp(command, "toml-add") == 0)
		return kf_toml_add_string(text, argv[1], argv[2], ret, err);
	if (argc == 3 && (strcmp(command, "toml-remove") == 0 || strcmp(command, "toml-drop") == 0))
		return kf_toml_remove_string(text, argv[1], argv[2], strcmp(command, "toml-drop") == 0, ret, err);
	if (argc == 2 && strcmp(command, "toml-remove-table") == 0)
		return kf_toml_remove_table(text, argv[1], ret, err);
	if (argc == 2 && strcmp(command, "toml-get") == 0)
		return print_strings(text, argv[1], err);
	return 1;
}

int main(int argc, char *argv[])
{
	cleanup_free char *text = NULL, *edited = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;
	int r;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
	if (argc < 2) {
		(void)fputs(usage, stderr);
		return 2;
	}
	r = kf_read_all(STDIN_FILENO, "standard input", EDIT_MAX, &text, &length, &err);
	if (r == 0 && memchr(text, '\0', length))
		r = kf_fail(&err, EINVAL, "there is a NUL in it");
	if (r == 0)
		r = edit(text, argc - 1, argv + 1, &edited, &err);
	if (r == 1) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (r < 0)
		(void)fprintf(stderr, "%s\n", err.message);
	else if (edited)
		(void)fputs(edited, stdout);
	return r < 0 || fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
}
