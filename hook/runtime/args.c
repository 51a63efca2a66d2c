/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/args.h"

#include <string.h>

#include "runtime/options.h"

#define EXEC "exec"
#define START "start"
#define RESTORE "restore"

enum meaning { OTHER, BUNDLE, SPEC_FILE, LOG, ROOT, HELP };

/* The global options of runc 1.0 to 1.5, crun 0.17 to 1.29 and youki. */
static const struct kf_option global_options[] = {
	{ "cgroup-manager", 0, KF_VALUE, OTHER },
	{ "criu", 0, KF_VALUE, OTHER },
	{ "debug", 0, KF_NO_VALUE, OTHER },
	{ "help", 'h', KF_NO_VALUE, HELP },
	{ "log", 'l', KF_VALUE, LOG },
	{ "log-format", 0, KF_VALUE, OTHER },
	{ "log-level", 0, KF_VALUE, OTHER },
	{ "no-pivot", 0, KF_NO_VALUE, OTHER },
	{ "root", 'r', KF_VALUE, ROOT },
	{ "rootless", 0, KF_VALUE, OTHER },
	{ "systemd-cgroup", 's', KF_NO_VALUE, OTHER },
	{ "systemd-log", 0, KF_NO_VALUE, OTHER },
	{ "usage", '?', KF_NO_VALUE, HELP },
	{ "version", 'v', KF_NO_VALUE, HELP },
	{ "version", 'V', KF_NO_VALUE, HELP },
	{ 0 },
};

/* The options of create, run and restore in one table: no name has two meanings. */
static const struct kf_option start_options[] = {
	{ "auto-dedup", 0, KF_NO_VALUE, OTHER },
	{ "bundle", 'b', KF_VALUE, BUNDLE },
	{ "config", 'f', KF_VALUE, SPEC_FILE },
	{ "console-socket", 0, KF_VALUE, OTHER },
	{ "detach", 'd', KF_NO_VALUE, OTHER },
	{ "empty-ns", 0, KF_VALUE, OTHER },
	{ "ext-unix-sk", 0, KF_NO_VALUE, OTHER },
	{ "file-locks", 0, KF_NO_VALUE, OTHER },
	{ "help", 'h', KF_NO_VALUE, HELP },
	{ "image-path", 0, KF_VALUE, OTHER },
	{ "keep", 0, KF_NO_VALUE, OTHER },
	{ "lazy-pages", 0, KF_NO_VALUE, OTHER },
	{ "lsm-mount-context", 0, KF_VALUE, OTHER },
	{ "lsm-profile", 0, KF_VALUE, OTHER },
	{ "manage-cgroups-mode", 0, KF_VALUE, OTHER },
	{ "no-new-keyring", 0, KF_NO_VALUE, OTHER },
	{ "no-pivot", 0, KF_NO_VALUE, OTHER },
	{ "no-subreaper", 0, KF_NO_VALUE, OTHER },
	{ "pid-file", 0, KF_VALUE, OTHER },
	{ "pidfd-socket", 0, KF_VALUE, OTHER },
	{ "preserve-fds", 0, KF_VALUE, OTHER },
	{ "shell-job", 0, KF_NO_VALUE, OTHER },
	{ "tcp-established", 0, KF_NO_VALUE, OTHER },
	{ "usage", '?', KF_NO_VALUE, HELP },
	{ "work-path", 0, KF_VALUE, OTHER },
	{ 0 },
};

static void note(void *data, int meaning, struct kf_option_value value)
{
	struct kf_runtime_args *ret = data;

	switch ((enum meaning)meaning) {
	case BUNDLE:
		ret->bundle = value.text;
		break;
	case SPEC_FILE:
		ret->spec_file = value.text;
		break;
	case LOG:
		ret->log = value.text;
		break;
	case ROOT:
		ret->root = value.text;
		break;
	case HELP:
		ret->help = true;
		break;
	case OTHER:
		break;
	}
}

static bool is_start_command(const char *word)
{
	return strcmp(word, "create") == 0 || strcmp(word, "run") == 0 || strcmp(word, RESTORE) == 0;
}

/* Returns the index of the command, or ARGC. */
static int parse_global(int argc, char *const argv[], struct kf_runtime_args *ret)
{
	int i = 1;

	while (i < argc && kf_is_option(argv[i])) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;

		int words = kf_option_take(global_options, argc, argv, i, note, ret);

		if (words == 0 && !ret->unknown)
			ret->unknown = argv[i];
		i += words ? words : 1;
	}
	return i < argc ? i : argc;
}

/* runc takes options after the id as well; crun takes none there, and refuses the words that are left. */
static void parse_start(int argc, char *const argv[], int i, struct kf_runtime_args *ret)
{
	bool options_end = false;

	while (i < argc) {
		if (options_end || !kf_is_option(argv[i])) {
			if (!ret->id)
				ret->id = argv[i];
			i++;
		} else if (strcmp(argv[i], "--") == 0) {
			options_end = true;
			i++;
		} else {
			int words = kf_option_take(start_options, argc, argv, i, note, ret);

			i += words ? words : 1;
		}
	}
}

void kf_runtime_args_parse(int argc, char *const argv[], struct kf_runtime_args *ret)
{
	*ret = (struct kf_runtime_args){ .argc = argc, .argv = argv };

	int i = parse_global(argc, argv, ret);

	if (i >= argc)
		return;
	ret->command = argv[i];
	ret->command_word = i;
	if (kf_runtime_args_starts(ret) || kf_runtime_args_releases(ret))
		parse_start(argc, argv, i + 1, ret);
}

bool kf_runtime_args_starts(const struct kf_runtime_args *args)
{
	return args->command && is_start_command(args->command);
}

bool kf_runtime_args_releases(const struct kf_runtime_args *args)
{
	return args->command && strcmp(args->command, START) == 0;
}

bool kf_runtime_args_restores(const struct kf_runtime_args *args)
{
	return args->command && strcmp(args->command, RESTORE) == 0;
}

bool kf_runtime_args_executes(const struct kf_runtime_args *args)
{
	return args->command && strcmp(args->command, EXEC) == 0;
}

bool kf_runtime_args_ambiguous(int argc, char *const argv[], const struct kf_runtime_args *args)
{
	bool after = false;

	if (!args->unknown)
		return false;
	for (int i = 1; i < argc; i++) {
		if (after && (is_start_command(argv[i]) || strcmp(argv[i], EXEC) == 0 || strcmp(argv[i], START) == 0))
			return true;
		after |= argv[i] == args->unknown;
	}
	return false;
}
