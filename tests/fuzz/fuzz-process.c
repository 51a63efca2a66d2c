/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process file of exec: an accepted one comes out of the copy as it went in; wrapped it is recognized, wrapped
 * again it stays, no variable moves, and the same process on a command line is wrapped in the same way.
 */
#include "base/json.h"
#include "base/nono.h"
#include "fuzz.h"
#include "oci/process.h"
#include "runtime/exec-args.h"
#include "runtime/process-file.h"

enum { PREFIX_WORDS = 5, WORDS_MAX = 256 };

static const struct kf_wrapping plain = { .profile = "default" };

static struct json_object *array_of(struct json_object *process, const char *key)
{
	return kf_json_member(process, key, json_type_array);
}

static size_t count_of(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

static const char *word_of(struct json_object *array, size_t i)
{
	return kf_json_string_value(json_object_array_get_idx(array, i));
}

static struct json_object *copy_of(struct json_object *document)
{
	struct json_object *copy = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;
	const char *text = kf_json_text(document, &length);

	must(kf_json_parse(text, length, "the copy", KF_JSON_STRICT, &copy, &err) == 0, "what is printed is strict");
	return copy;
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static int load(const uint8_t *data, size_t size, struct kf_process_file *ret)
{
	const struct kf_process_file none = { 0 };
	struct kf_error err = { 0 };
	char path[PATH_MAX];

	must(snprintf(path, sizeof path, "%s/process.json", scratch_dir()) < (int)sizeof path, "a short path");
	put_input(path, data, size);

	int r = kf_process_file_load(path, ret, &err);

	must_tell(r, &err);
	must(r == 0 || memcmp(ret, &none, sizeof none) == 0, "what is refused leaves nothing");
	return r;
}

/* The runtime reads the copy; it must find the text that we looked at, and cannot change it. */
static void check_copy(const struct kf_process_file *file)
{
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	struct kf_error err = { 0 };
	size_t length = 0, expected = 0;

	must(kf_process_file_copy(file, &fd, &err) == 0, "a copy");
	must(kf_read_all(fd, "the copy", KF_PROCESS_MAX, &text, &length, &err) == 0, "that can be read");

	const char *printed = kf_json_text(file->document, &expected);

	must(length == expected && memcmp(text, printed, length) == 0, "the copy is the document");
	must(write(fd, "x", 1) < 0, "and stays it");
}

/* --- wrapped ----------------------------------------------------------------------------------------------------- */

static void check_args(struct json_object *before, struct json_object *process)
{
	const struct kf_wrapping wrapped = { .profile = "default", .container = process };
	struct json_object *after = array_of(process, "args");
	cleanup_list struct kf_list prefix = { 0 };
	size_t count = count_of(before), shift = count_of(after) - count;

	must(kf_process_prefix(&wrapped, &prefix) == 0 && prefix.count >= PREFIX_WORDS, "words in front");
	must(shift == 0 || shift == prefix.count, "they are there once");
	for (size_t i = 0; i < prefix.count; i++)
		must(strcmp(word_of(after, i), prefix.items[i]) == 0, "the prefix comes first");
	for (size_t i = 0; i < count; i++)
		must(strcmp(word_of(before, i), word_of(after, i + shift)) == 0, "the original words stay");
}

static bool has_start(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void check_env(struct json_object *before, struct json_object *after)
{
	size_t given = count_of(before);
	bool profile = false;

	must(count_of(after) == given || count_of(after) == given + 1, "one variable more at most");
	for (size_t i = 0; i < count_of(after); i++) {
		const char *now = word_of(after, i), *was = i < given ? word_of(before, i) : "NONO_PROFILE=";

		if (has_start(was, "PATH=")) {
			must(has_start(now, "PATH=/nono:"), "every PATH starts with /nono");
		} else if (has_start(was, "NONO_PROFILE=")) {
			must(strcmp(now, "NONO_PROFILE=default") == 0, "the profile is named");
			profile = true;
		} else {
			must(strcmp(now, was) == 0, "other variables stay where they are");
		}
	}
	must(profile, "once at least");
}

/* The members of a process that wrapping is not about. */
static void check_rest(struct json_object *before, struct json_object *after)
{
	json_object_object_foreach(before, key, value)
	{
		struct json_object *other = NULL;
		size_t length;

		if (strcmp(key, "args") == 0 || strcmp(key, "env") == 0 || strcmp(key, "rlimits") == 0)
			continue;
		must(json_object_object_get_ex(after, key, &other), "other members stay");

		cleanup_free char *text = strdup(value ? kf_json_text(value, &length) : "null");

		must(strcmp(text, other ? kf_json_text(other, &length) : "null") == 0, "as they are");
	}
}

static void check_recognized(struct json_object *process, const struct kf_wrapping *wrapping)
{
	char profile[KF_PROFILE_NAME_MAX + 1];
	struct kf_wrapping found = { 0 };
	struct kf_error err = { 0 };
	bool changed = true;
	size_t length;
	cleanup_free char *once = strdup(kf_json_text(process, &length));

	must(kf_process_wrapping(process, &found, profile), "what is wrapped is recognized");
	must(strcmp(found.profile, wrapping->profile) == 0 && found.by_name == wrapping->by_name, "as what it is");
	must(kf_process_wrap(process, wrapping, &changed, &err) == 0 && !changed, "wrapping twice changes nothing");
	must(strcmp(kf_json_text(process, &length), once) == 0, "not a byte");
}

/* Returns whether it could be wrapped. */
static bool check_wrap(struct json_object *document, const struct kf_wrapping *wrapping)
{
	cleanup_json struct json_object *process = copy_of(document);
	struct kf_error err = { 0 };
	bool changed = false;
	int r = kf_process_wrap(process, wrapping, &changed, &err);

	must_tell(r, &err);
	if (r < 0)
		return false;
	check_args(array_of(document, "args"), process);
	check_env(array_of(document, "env"), array_of(process, "env"));
	check_rest(document, process);
	check_recognized(process, wrapping);
	return true;
}

/* --- and on a command line --------------------------------------------------------------------------------------- */

/* exec --env VARIABLE... id -- WORD...; 0: too long. */
static int command_line(struct json_object *document, char *argv[static WORDS_MAX])
{
	struct json_object *env = array_of(document, "env"), *args = array_of(document, "args");
	int argc = 0;

	if (2 * count_of(env) + count_of(args) + 3 > WORDS_MAX)
		return 0;
	argv[argc++] = (char *)"exec";
	for (size_t i = 0; i < count_of(env); i++) {
		argv[argc++] = (char *)"--env";
		argv[argc++] = (char *)word_of(env, i);
	}
	argv[argc++] = (char *)"id";
	argv[argc++] = (char *)"--";
	for (size_t i = 0; i < count_of(args); i++)
		argv[argc++] = (char *)word_of(args, i);
	return argc;
}

/* DOCUMENT can be wrapped. A wrapped process is wrapped once more there: a command line shows no profile. */
static void check_command_line(struct json_object *document)
{
	cleanup_json struct json_object *process = copy_of(document);
	cleanup_list struct kf_list words = { 0 };
	struct kf_exec_args exec;
	struct kf_error err = { 0 };
	char *argv[WORDS_MAX];
	bool changed;
	int argc = command_line(document, argv);

	if (argc == 0)
		return;
	/* A command line has no limits. */
	json_object_object_del(process, "rlimits");
	must(kf_process_wrap(process, &plain, &changed, &err) == 0, "it can still be wrapped");
	kf_exec_args_parse(argc, argv, 1, &exec);
	must(exec.id && strcmp(exec.id, "id") == 0 && exec.command_word == exec.id_word + 2, "the id is found");
	must(kf_exec_args_wrap(&exec, &plain, NULL, &words, &err) == 0, "a command line can be wrapped");

	struct json_object *env = array_of(process, "env"), *args = array_of(process, "args");
	size_t given = count_of(array_of(document, "env")), behind = (size_t)exec.id_word + 1;

	for (size_t i = 0; i < given; i++)
		must(has_start(word_of(env, i), "PATH=") || strcmp(words.items[2 + 2 * i], word_of(env, i)) == 0,
		     "variables become the same, but for PATH");
	if (count_of(args) == count_of(array_of(document, "args")))
		behind += PREFIX_WORDS;
	must(words.count - behind == count_of(args), "so does the number of words");
	for (size_t i = 0; i < count_of(args); i++)
		must(strcmp(words.items[behind + i], word_of(args, i)) == 0, "and each of them");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_json struct json_object *container = json_object_new_object();
	cleanup_process_file struct kf_process_file file = { 0 };
	const struct kf_wrapping wrappings[] = {
		plain,
		{ .profile = "default", .by_name = true },
		{ .profile = "default", .container = container },
	};
	bool wrapped = false;

	if (load(data, size, &file) < 0)
		return 0;
	check_copy(&file);
	must(kf_json_set_string(container, "cwd", "/srv/app/data") == 0, "memory");
	for (size_t i = 0; i < sizeof wrappings / sizeof *wrappings; i++)
		wrapped = check_wrap(file.document, &wrappings[i]);
	if (wrapped)
		check_command_line(file.document);
	return 0;
}
