/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/first-step.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/format.h"
#include "base/list.h"
#include "base/nono.h"
#include "base/path.h"
#include "launcher/carry.h"

/* The arguments and the environment of nono and the last step. */
struct call {
	struct kf_list words;
	struct kf_list environment;
	size_t pieces;
};

static int add(struct kf_list *list, const char *text)
{
	return kf_list_add(list, text, strlen(text));
}

/* --- the environment ---------------------------------------------------------------------------------------------- */

/* In place. Any other /nono in PATH is the container's own. */
static void leave_path(char **environment)
{
	static const char head[] = "PATH=" KF_NONO_DIR ":";

	for (char **entry = environment; *entry; entry++)
		if (strncmp(*entry, head, strlen(head)) == 0) {
			char *value = *entry + strlen("PATH="), *rest = *entry + strlen(head);

			memmove(value, rest, strlen(rest) + 1);
		}
}

static int build_environment(char **environment, struct call *call)
{
	struct kf_list *list = &call->environment;
	int r = add(list, "HOME=" KF_NOWHERE);

	if (r == 0)
		r = add(list, "TMPDIR=" KF_NOWHERE);
	if (r == 0)
		r = add(list, "PATH=" KF_NONO_DIR);
	leave_path(environment);
	return r < 0 ? r : kf_carry_pack(environment, list, &call->pieces);
}

/* --- the words ---------------------------------------------------------------------------------------------------- */

static int add_number(struct kf_list *words, const char *option, size_t number)
{
	char text[3 * sizeof number];
	int r = add(words, option);

	(void)snprintf(text, sizeof text, "%zu", number);
	return r < 0 ? r : add(words, text);
}

/* STACK: the limit that the last step has to take back, or NULL. */
static int build_words(const struct kf_first_step *step, int cwd_fd, const char *stack, struct call *call)
{
	const char *const wrap[] = { KF_NONO_WRAP(step->profile), KF_LAUNCHER_PATH, KF_LAST_STEP };
	struct kf_list *words = &call->words;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof wrap / sizeof *wrap; i++)
		r = add(words, wrap[i]);
	if (r == 0)
		r = add_number(words, "--variables", call->pieces);
	if (r == 0 && cwd_fd >= 0)
		r = add_number(words, "--cwd", (size_t)cwd_fd);
	for (size_t i = 0; r == 0 && i < step->limit_count + (stack ? 1 : 0); i++) {
		r = add(words, "--rlimit");
		if (r == 0)
			r = add(words, i < step->limit_count ? step->limit_words[i] : stack);
	}
	return r < 0 ? r : add(words, "--");
}

static int become_nono(const struct call *call, char *const command[])
{
	size_t count = 0;

	while (command[count])
		count++;

	char **words = calloc(call->words.count + count + 1, sizeof *words);

	if (!words)
		return -ENOMEM;
	memcpy(words, call->words.items, call->words.count * sizeof *words);
	memcpy(words + call->words.count, command, count * sizeof *words);
	(void)execve(words[0], words, call->environment.items);

	int r = -errno;

	free(words);
	return r;
}

/* --- the step ----------------------------------------------------------------------------------------------------- */

/*
 * The kernel takes arguments and environment up to a quarter of the stack's soft limit (execve(2)). The pieces need
 * more room than the variables in them: up to the hard limit there is some.
 */
static bool raise_stack(char word[static KF_RLIMIT_WORD_MAX])
{
	struct kf_rlimit stack = { .resource = RLIMIT_STACK };
	struct rlimit64 raised;

	if (getrlimit64(RLIMIT_STACK, &stack.limit) < 0 || stack.limit.rlim_cur >= stack.limit.rlim_max)
		return false;
	raised = (struct rlimit64){ .rlim_cur = stack.limit.rlim_max, .rlim_max = stack.limit.rlim_max };
	(void)kf_rlimit_word(word, &stack);
	return setrlimit64(RLIMIT_STACK, &raised) == 0;
}

static int start(const struct kf_first_step *step, int cwd_fd, const char *stack, struct call *call,
		 char *const command[])
{
	kf_list_clear(&call->words);

	int r = build_words(step, cwd_fd, stack, call);

	return r < 0 ? r : become_nono(call, command);
}

/*
 * Without O_CLOEXEC: it is for the last step. -1 where this user may not search it; then it becomes "/", as under nono.
 */
static int open_cwd(void)
{
	return open(".", O_PATH | O_DIRECTORY);
}

/* Nono does not start in a directory that has gone. */
static int leave_gone_cwd(void)
{
	char path[2];

	return !getcwd(path, sizeof path) && errno == ENOENT && chdir("/") < 0 ? -errno : 0;
}

enum kf_launch kf_first_step(const struct kf_first_step *step, char **environment, char *const command[],
			     struct kf_error *err)
{
	struct call call = { 0 };
	char word[KF_RLIMIT_WORD_MAX];
	cleanup_close int cwd_fd = open_cwd();
	int r = leave_gone_cwd();

	if (r == 0)
		r = build_environment(environment, &call);
	if (r == 0)
		r = start(step, cwd_fd, NULL, &call, command);
	if (r == -E2BIG && raise_stack(word))
		r = start(step, cwd_fd, word, &call, command);
	kf_list_clear(&call.words);
	kf_list_clear(&call.environment);
	if (r == -E2BIG)
		(void)kf_fail(err, E2BIG, "the arguments and the environment are too long for the kernel");
	else
		(void)kf_fail_errno(err, -r, "cannot start " KF_NONO_DIR "/nono");
	return KF_LAUNCH_NO_SANDBOX;
}

/* --- the words of the rewrite ------------------------------------------------------------------------------------- */

static bool take_limit(char *word, struct kf_first_step *step, char **limits)
{
	struct kf_rlimit unused;

	if (step->limit_count == KF_RLIMITS_MAX || !kf_rlimit_parse(word, &unused))
		return false;
	if (kf_rlimit_is_aside(word))
		limits[step->limit_count++] = word;
	return true;
}

static int take_option(const char *option, char *value, struct kf_first_step *step, char **limits)
{
	if (strcmp(option, "--profile") == 0)
		step->profile = value;
	else if (strcmp(option, "--rlimit") != 0 || !take_limit(value, step, limits))
		return -EINVAL;
	return 0;
}

enum kf_launch kf_first_step_words(char *const argv[], char **environment, struct kf_error *err)
{
	char *limits[KF_RLIMITS_MAX];
	struct kf_first_step step = { .limit_words = limits };
	size_t i = 2;
	int r = 0;

	while (r == 0 && argv[i] && argv[i + 1] && strcmp(argv[i], "--") != 0) {
		r = take_option(argv[i], argv[i + 1], &step, limits);
		i += 2;
	}
	if (r < 0 || !step.profile || !argv[i] || strcmp(argv[i], "--") != 0 || !argv[i + 1]) {
		(void)kf_fail(err, EINVAL, "first-step: these are not the words of kubefence-runtime");
		return KF_LAUNCH_NO_SANDBOX;
	}
	return kf_first_step(&step, environment, argv + i + 1, err);
}
