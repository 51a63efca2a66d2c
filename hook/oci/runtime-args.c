/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/runtime-args.h"

#include <stddef.h>
#include <string.h>

/* One option: its long name, its short letter (0: none), whether it takes a value, and what it means to us. */
struct option {
	const char *name;
	char letter;
	bool has_value;
	enum meaning { OTHER, BUNDLE, SPEC_FILE, LOG, HELP } meaning;
};

/* Of runc 1.0 to 1.5, crun 0.17 to 1.29 and youki. */
static const struct option global_options[] = {
	{ "cgroup-manager", 0, true, OTHER },
	{ "criu", 0, true, OTHER },
	{ "debug", 0, false, OTHER },
	{ "help", 'h', false, HELP },
	{ "log", 'l', true, LOG },
	{ "log-format", 0, true, OTHER },
	{ "log-level", 0, true, OTHER },
	{ "no-pivot", 0, false, OTHER },
	{ "root", 'r', true, OTHER },
	{ "rootless", 0, true, OTHER },
	{ "systemd-cgroup", 's', false, OTHER },
	{ "systemd-log", 0, false, OTHER },
	{ "usage", '?', false, HELP },
	{ "version", 'v', false, HELP },
	{ "version", 'V', false, HELP },
	{ 0 },
};

/* Of create, run and restore together: none of them gives one name two meanings. */
static const struct option start_options[] = {
	{ "auto-dedup", 0, false, OTHER },
	{ "bundle", 'b', true, BUNDLE },
	{ "config", 'f', true, SPEC_FILE },
	{ "console-socket", 0, true, OTHER },
	{ "detach", 'd', false, OTHER },
	{ "empty-ns", 0, true, OTHER },
	{ "ext-unix-sk", 0, false, OTHER },
	{ "file-locks", 0, false, OTHER },
	{ "help", 'h', false, HELP },
	{ "image-path", 0, true, OTHER },
	{ "keep", 0, false, OTHER },
	{ "lazy-pages", 0, false, OTHER },
	{ "lsm-mount-context", 0, true, OTHER },
	{ "lsm-profile", 0, true, OTHER },
	{ "manage-cgroups-mode", 0, true, OTHER },
	{ "no-new-keyring", 0, false, OTHER },
	{ "no-pivot", 0, false, OTHER },
	{ "no-subreaper", 0, false, OTHER },
	{ "pid-file", 0, true, OTHER },
	{ "pidfd-socket", 0, true, OTHER },
	{ "preserve-fds", 0, true, OTHER },
	{ "shell-job", 0, false, OTHER },
	{ "tcp-established", 0, false, OTHER },
	{ "usage", '?', false, HELP },
	{ "work-path", 0, true, OTHER },
	{ 0 },
};

/* argp takes the beginning of a long name when only one option starts with it; the full name always wins. */
static const struct option *find_long(const struct option *table, const char *name, size_t length)
{
	const struct option *found = NULL;

	for (; table->name; table++) {
		if (strncmp(table->name, name, length) != 0)
			continue;
		if (table->name[length] == '\0')
			return table;
		if (found && strcmp(found->name, table->name) != 0)
			return NULL;
		found = table;
	}
	return found;
}

static const struct option *find_short(const struct option *table, char letter)
{
	for (; table->name; table++)
		if (table->letter && table->letter == letter)
			return table;
	return NULL;
}

static void note(struct kf_runtime_args *ret, const struct option *option, const char *value)
{
	switch (option->meaning) {
	case BUNDLE:
		ret->bundle = value;
		break;
	case SPEC_FILE:
		ret->spec_file = value;
		break;
	case LOG:
		ret->log = value;
		break;
	case HELP:
		ret->help = true;
		break;
	case OTHER:
		break;
	}
}

/* "--key", "--key=value", and Go's "-key" with either. Returns how many words it is, 0 if no such option is known. */
static int take_long(const struct option *table, const char *word, const char *next, struct kf_runtime_args *ret)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t length = strcspn(name, "=");
	const struct option *option = length ? find_long(table, name, length) : NULL;

	if (!option)
		return 0;
	if (name[length] == '=') {
		/* runc takes --help=false, and goes on. */
		if (option->has_value)
			note(ret, option, name + length + 1);
		return 1;
	}
	note(ret, option, option->has_value ? next : NULL);
	return option->has_value ? 2 : 1;
}

/* Behind one dash only a full name is a long option, and then it is no bundle of letters. */
static bool is_go_long(const struct option *table, const char *word)
{
	size_t length = strcspn(word + 1, "=");

	for (; length > 1 && table->name; table++)
		if (strlen(table->name) == length && strncmp(table->name, word + 1, length) == 0)
			return true;
	return false;
}

/* "-b DIR", "-bDIR", "-db DIR": letters until one takes a value. */
static int take_short(const struct option *table, const char *word, const char *next, struct kf_runtime_args *ret)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const struct option *option = find_short(table, *letter);

		if (!option)
			return 0;
		if (!option->has_value) {
			note(ret, option, NULL);
			continue;
		}
		note(ret, option, letter[1] ? letter + 1 + (letter[1] == '=') : next);
		return letter[1] ? 1 : 2;
	}
	return 1;
}

static int take_option(const struct option *table, const char *word, const char *next, struct kf_runtime_args *ret)
{
	if (word[1] == '-' || is_go_long(table, word))
		return take_long(table, word, next, ret);
	return take_short(table, word, next, ret);
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static bool is_start_command(const char *word)
{
	return strcmp(word, "create") == 0 || strcmp(word, "run") == 0 || strcmp(word, "restore") == 0;
}

/* Index of the command, or ARGC. */
static int parse_global(int argc, char *const argv[], struct kf_runtime_args *ret)
{
	int i = 1;

	while (i < argc && is_option(argv[i])) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;

		int words = take_option(global_options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, ret);

		if (words == 0 && !ret->unknown)
			ret->unknown = argv[i];
		i += words ? words : 1;
	}
	return i < argc ? i : argc;
}

/* runc takes options behind the id as well; crun does not, and refuses what is left. */
static void parse_start(int argc, char *const argv[], int i, struct kf_runtime_args *ret)
{
	bool options_end = false;

	while (i < argc) {
		if (options_end || !is_option(argv[i])) {
			if (!ret->id)
				ret->id = argv[i];
			i++;
		} else if (strcmp(argv[i], "--") == 0) {
			options_end = true;
			i++;
		} else {
			int words = take_option(start_options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, ret);

			i += words ? words : 1;
		}
	}
}

void kf_runtime_args_parse(int argc, char *const argv[], struct kf_runtime_args *ret)
{
	*ret = (struct kf_runtime_args){ 0 };

	int i = parse_global(argc, argv, ret);

	if (i >= argc)
		return;
	ret->command = argv[i];
	if (kf_runtime_args_starts(ret))
		parse_start(argc, argv, i + 1, ret);
}

bool kf_runtime_args_starts(const struct kf_runtime_args *args)
{
	return args->command && is_start_command(args->command);
}

bool kf_runtime_args_ambiguous(int argc, char *const argv[], const struct kf_runtime_args *args)
{
	bool behind = false;

	if (!args->unknown)
		return false;
	for (int i = 1; i < argc; i++) {
		if (behind && is_start_command(argv[i]))
			return true;
		behind |= argv[i] == args->unknown;
	}
	return false;
}
