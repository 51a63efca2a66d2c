/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/shim-args.h"

#include <string.h>

#include "policy/names.h"
#include "runtime/options.h"

enum meaning { OTHER, BUNDLE, ID };

/* The options of containerd's shim library 1.5 to 2.4 (Kata's Go shim is built with it) and of Kata's runtime-rs. */
static const struct kf_option options[] = {
	{ "address", 0, KF_VALUE, OTHER },
	{ "bundle", 0, KF_VALUE, BUNDLE },
	{ "debug", 0, KF_NO_VALUE, OTHER },
	{ "h", 0, KF_NO_VALUE, OTHER },
	{ "help", 0, KF_NO_VALUE, OTHER },
	{ "id", 0, KF_VALUE, ID },
	{ "info", 0, KF_NO_VALUE, OTHER },
	{ "namespace", 0, KF_VALUE, OTHER },
	{ "publish-binary", 0, KF_VALUE, OTHER },
	{ "socket", 0, KF_VALUE, OTHER },
	{ "v", 0, KF_NO_VALUE, OTHER },
	{ "version", 0, KF_NO_VALUE, OTHER },
	{ 0 },
};

static void note(void *data, int meaning, struct kf_option_value value)
{
	struct kf_shim_args *ret = data;

	if (meaning == ID)
		ret->id = value.text;
	else
		ret->bundle = value.text;
}

/* Reads options from FIRST on. Returns the index of the word that ends them, or ARGC. */
static int parse(int argc, char *const argv[], int first, struct kf_shim_args *ret)
{
	int i = first;

	while (i < argc && kf_is_option(argv[i])) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;

		int words = kf_go_flag_take(options, argc, argv, i, note, ret);

		/* An unknown option with its value in the same word hides nothing. */
		if (words == 0 && !strchr(argv[i], '=')) {
			ret->unknown = argv[i];
			return argc;
		}
		i += words ? words : 1;
	}
	return i < argc ? i : argc;
}

void kf_shim_args_parse(int argc, char *const argv[], struct kf_shim_args *ret)
{
	struct kf_shim_args after = { 0 };

	*ret = (struct kf_shim_args){ 0 };

	int i = parse(argc, argv, 1, ret);

	if (i >= argc)
		return;
	ret->action = argv[i];
	(void)parse(argc, argv, i + 1, &after);
	if (!ret->id)
		ret->id = after.id;
	if (!ret->bundle)
		ret->bundle = after.bundle;
}

bool kf_shim_args_is(const struct kf_shim_args *args, const char *action)
{
	return args->action && strcmp(args->action, action) == 0;
}

bool kf_shim_args_ambiguous(int argc, char *const argv[], const struct kf_shim_args *args)
{
	bool after = false;

	if (!args->unknown)
		return false;
	for (int i = 1; i < argc; i++) {
		if (after && strcmp(argv[i], "start") == 0)
			return true;
		after |= argv[i] == args->unknown;
	}
	return false;
}

char *kf_shim_handler(const char *program)
{
	size_t head = strlen("containerd-shim-"), tail = strlen("-v2");

	if (!kf_shim_name_valid(program))
		return strdup(program);
	return strndup(program + head, strlen(program) - head - tail);
}
