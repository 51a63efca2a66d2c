/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/shim-args.h"

#include <stddef.h>
#include <string.h>

#include "policy/names.h"

struct option {
	const char *name;
	bool has_value;
	size_t member; /* in struct kf_shim_args; 0, which is the action's: nothing we act on */
};

/* Of containerd's shim library 1.5 to 2.4 (Kata's Go shim is built with it) and of Kata's runtime-rs. */
static const struct option options[] = {
	{ "address", true, 0 },
	{ "bundle", true, offsetof(struct kf_shim_args, bundle) },
	{ "debug", false, 0 },
	{ "h", false, 0 },
	{ "help", false, 0 },
	{ "id", true, offsetof(struct kf_shim_args, id) },
	{ "info", false, 0 },
	{ "namespace", true, 0 },
	{ "publish-binary", true, 0 },
	{ "socket", true, 0 },
	{ "v", false, 0 },
	{ "version", false, 0 },
	{ 0 },
};

static const struct option *find(const char *name, size_t length)
{
	for (const struct option *option = options; option->name; option++)
		if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
			return option;
	return NULL;
}

/* Go: a word of one character is no option, not even "-". */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Returns how many words it is, 0 if no such option is known. */
static int take_option(const char *word, const char *next, struct kf_shim_args *ret)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t length = strcspn(name, "=");
	const struct option *option = find(name, length);
	bool has_equals = name[length] == '=';

	if (option && option->has_value && option->member)
		*(const char **)(void *)((char *)ret + option->member) = has_equals ? name + length + 1 : next;
	if (option)
		return option->has_value && !has_equals ? 2 : 1;
	/* With its value in the same word, it hides nothing. */
	return has_equals ? 1 : 0;
}

/* Reads options from FIRST on. Returns the index of the word that ends them, or ARGC. */
static int parse(int argc, char *const argv[], int first, struct kf_shim_args *ret)
{
	int i = first;

	while (i < argc && is_option(argv[i])) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;

		int words = take_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL, ret);

		if (words == 0) {
			ret->unknown = argv[i];
			return argc;
		}
		i += words;
	}
	return i < argc ? i : argc;
}

void kf_shim_args_parse(int argc, char *const argv[], struct kf_shim_args *ret)
{
	struct kf_shim_args behind = { 0 };

	*ret = (struct kf_shim_args){ 0 };

	int i = parse(argc, argv, 1, ret);

	if (i >= argc)
		return;
	ret->action = argv[i];
	(void)parse(argc, argv, i + 1, &behind);
	if (!ret->id)
		ret->id = behind.id;
	if (!ret->bundle)
		ret->bundle = behind.bundle;
}

bool kf_shim_args_is(const struct kf_shim_args *args, const char *action)
{
	return args->action && strcmp(args->action, action) == 0;
}

bool kf_shim_args_ambiguous(int argc, char *const argv[], const struct kf_shim_args *args)
{
	bool behind = false;

	if (!args->unknown)
		return false;
	for (int i = 1; i < argc; i++) {
		if (behind && strcmp(argv[i], "start") == 0)
			return true;
		behind |= argv[i] == args->unknown;
	}
	return false;
}

char *kf_shim_class_name(const char *program)
{
	size_t head = strlen("containerd-shim-"), tail = strlen("-v2");

	if (!kf_shim_name_valid(program))
		return strdup(program);
	return strndup(program + head, strlen(program) - head - tail);
}
