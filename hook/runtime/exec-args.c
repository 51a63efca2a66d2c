/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/exec-args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "runtime/options.h"

enum meaning { OTHER, PROCESS, ENV, CAP, HELP };

/* runc takes --tty and --tty=true, crun also --tty=no. */
static const struct kf_option options[] = {
	{ "additional-gids", 'g', KF_VALUE, OTHER },
	{ "apparmor", 0, KF_VALUE, OTHER },
	{ "cap", 'c', KF_VALUE, CAP },
	{ "cgroup", 0, KF_VALUE, OTHER },
	{ "console-socket", 0, KF_VALUE, OTHER },
	{ "cwd", 0, KF_VALUE, OTHER },
	{ "detach", 'd', KF_NO_VALUE, OTHER },
	{ "env", 'e', KF_VALUE, ENV },
	{ "help", 'h', KF_NO_VALUE, HELP },
	{ "ignore-paused", 0, KF_NO_VALUE, OTHER },
	{ "no-new-privs", 0, KF_NO_VALUE, OTHER },
	{ "no-subreaper", 0, KF_NO_VALUE, OTHER },
	{ "pid-file", 0, KF_VALUE, OTHER },
	{ "pidfd-socket", 0, KF_VALUE, OTHER },
	{ "preserve-fds", 0, KF_VALUE, OTHER },
	{ "process", 'p', KF_VALUE, PROCESS },
	{ "process-label", 0, KF_VALUE, OTHER },
	{ "tty", 't', KF_OPTIONAL_VALUE, OTHER },
	{ "usage", '?', KF_NO_VALUE, HELP },
	{ "user", 'u', KF_VALUE, OTHER },
	{ "version", 'V', KF_NO_VALUE, HELP },
	{ 0 },
};

static void note(void *data, int meaning, struct kf_option_value value)
{
	struct kf_exec_args *ret = data;

	switch ((enum meaning)meaning) {
	case PROCESS:
		ret->process = value.text;
		break;
	case HELP:
		ret->help = true;
		break;
	case ENV:
	case CAP:
	case OTHER:
		break;
	}
}

/* Returns the index of the id, or ARGC. */
static int parse_options(int argc, char *const argv[], struct kf_exec_args *ret)
{
	int i = ret->first;

	while (i < argc && kf_is_option(argv[i])) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;

		int words = kf_option_take(options, argc, argv, i, note, ret);

		if (words == 0) {
			ret->unknown = argv[i];
			return argc;
		}
		i += words;
	}
	return i < argc ? i : argc;
}

void kf_exec_args_parse(int argc, char *const argv[], int first, struct kf_exec_args *ret)
{
	*ret = (struct kf_exec_args){ .argc = argc, .argv = argv, .first = first, .command_word = argc };

	int i = parse_options(argc, argv, ret);

	if (i >= argc)
		return;
	ret->id = argv[i];
	ret->id_word = i++;
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	if (i < argc)
		ret->command = argv[i];
	ret->command_word = i;
}

/* The second walk over the options edits a copy of the words. */
struct edit {
	const struct kf_wrapping *wrapping;
	const char *process_file;
	struct kf_list *words;
	int status;
};

/* Replaces the value and keeps the text before it in the word: "--env=", "-e", "-de". */
static int replace(struct kf_list *words, struct kf_option_value value, const char *text)
{
	char **word = &words->items[value.word];
	char *longer = NULL;

	if (kf_format(&longer, "%.*s%s", (int)value.offset, *word, text) < 0)
		return -ENOMEM;
	free(*word);
	*word = longer;
	return 0;
}

static int wrap_env(const struct edit *edit, struct kf_option_value value)
{
	cleanup_free char *edited = NULL;
	int r = kf_process_env_edit(edit->words->items[value.word] + value.offset, edit->wrapping->profile, &edited);

	return r == 0 && edited ? replace(edit->words, value, edited) : r;
}

static void wrap_option(void *data, int meaning, struct kf_option_value value)
{
	struct edit *edit = data;

	if (!value.word || edit->status < 0)
		return;
	if (meaning == PROCESS && edit->process_file)
		edit->status = replace(edit->words, value, edit->process_file);
	else if (meaning == ENV)
		edit->status = wrap_env(edit, value);
}

static int add_words(struct kf_list *words, char *const argv[], int from, int to)
{
	int r = 0;

	for (int i = from; r == 0 && i < to; i++)
		r = kf_list_add(words, argv[i], strlen(argv[i]));
	return r;
}

struct capabilities {
	struct kf_list *names;
	int status;
};

static void note_capability(void *data, int meaning, struct kf_option_value value)
{
	struct capabilities *capabilities = data;

	if (meaning == CAP && value.text && capabilities->status == 0)
		capabilities->status = kf_list_add(capabilities->names, value.text, strlen(value.text));
}

int kf_exec_args_capabilities(const struct kf_exec_args *args, struct kf_list *ret, struct kf_error *err)
{
	cleanup_list struct kf_list names = { 0 };
	struct capabilities capabilities = { .names = &names };

	for (int i = args->first; i < args->id_word && strcmp(args->argv[i], "--") != 0;)
		i += kf_option_take(options, args->id_word, args->argv, i, note_capability, &capabilities);
	if (capabilities.status < 0)
		return kf_oom(err);
	*ret = kf_list_steal(&names);
	return 0;
}

static int wrap_options(const struct kf_exec_args *args, struct edit *edit)
{
	char *const *argv = args->argv;
	int r = add_words(edit->words, argv, 0, args->id_word + 1);

	for (int i = args->first; r == 0 && i < args->id_word && strcmp(argv[i], "--") != 0;)
		i += kf_option_take(options, args->id_word, argv, i, wrap_option, edit);
	return r < 0 ? r : edit->status;
}

int kf_exec_args_wrap(const struct kf_exec_args *args, const struct kf_wrapping *wrapping, const char *process_file,
		      struct kf_list *ret, struct kf_error *err)
{
	cleanup_list struct kf_list words = { 0 };
	struct edit edit = { .wrapping = wrapping, .process_file = process_file, .words = &words };
	int r = wrap_options(args, &edit);

	if (r == 0 && !process_file)
		r = kf_process_prefix(wrapping, &words);
	if (r == 0)
		r = add_words(&words, args->argv, args->command_word, args->argc);
	if (r < 0)
		return kf_oom(err);
	*ret = kf_list_steal(&words);
	return 0;
}
