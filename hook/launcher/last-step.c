/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/last-step.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/nono.h"
#include "launcher/carry.h"
#include "launcher/confined.h"

/* The options in the words of the first step. */
struct step {
	size_t pieces;
	int cwd_fd; /* -1: not given */
	struct kf_rlimit limits[KF_RLIMITS_MAX + 1];
	size_t limit_count;
	char **command;
};

static bool parse_number(const char *text, size_t max, size_t *ret)
{
	size_t length = strlen(text);

	if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
		return false;
	*ret = strtoul(text, NULL, 10);
	return *ret <= max;
}

static bool take_option(const char *option, const char *value, struct step *step)
{
	enum { NUMBER_MAX = 999999999 };
	size_t fd;

	if (strcmp(option, "--variables") == 0)
		return parse_number(value, NUMBER_MAX, &step->pieces);
	if (strcmp(option, "--cwd") == 0 && parse_number(value, NUMBER_MAX, &fd)) {
		step->cwd_fd = (int)fd;
		return true;
	}
	return strcmp(option, "--rlimit") == 0 && step->limit_count < sizeof step->limits / sizeof *step->limits &&
	       kf_rlimit_parse(value, &step->limits[step->limit_count++]);
}

/* False, and the reason in ERR, if these are not such words; else they have a command. */
static bool parse(char **argv, struct step *ret, struct kf_error *err)
{
	struct step step = { .cwd_fd = -1 };
	size_t i = 2;
	bool ok = true;

	while (ok && argv[i] && argv[i + 1] && strcmp(argv[i], "--") != 0) {
		ok = take_option(argv[i], argv[i + 1], &step);
		i += 2;
	}
	if (!ok || !argv[i] || strcmp(argv[i], "--") != 0 || !argv[i + 1]) {
		(void)kf_fail(err, EINVAL, "last-step: these are not the words of the first step");
		return false;
	}
	step.command = argv + i + 1;
	*ret = step;
	return true;
}

/* --- the environment ---------------------------------------------------------------------------------------------- */

/* The variables that nono and the first step put in for themselves. */
static bool is_ours(const char *assignment)
{
	static const char home[] = "HOME=" KF_NOWHERE, tmpdir[] = "TMPDIR=" KF_NOWHERE, path[] = "PATH=" KF_NONO_DIR;
	const char *const exact[] = { home, tmpdir, path, "RUST_LOG=off" };

	if (kf_carry_is_piece(assignment) || strncmp(assignment, "NONO_", strlen("NONO_")) == 0)
		return true;
	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
		if (strcmp(assignment, exact[i]) == 0)
			return true;
	return false;
}

/* As putenv(3): in the place of a variable of that name, or after the last one. */
static int put(struct kf_list *variables, const char *assignment)
{
	size_t name = strcspn(assignment, "=") + 1;

	for (size_t i = 0; i < variables->count; i++)
		if (strncmp(variables->items[i], assignment, name) == 0) {
			char *copy = strdup(assignment);

			if (!copy)
				return -ENOMEM;
			free(variables->items[i]);
			variables->items[i] = copy;
			return 0;
		}
	return kf_list_add(variables, assignment, strlen(assignment));
}

static int restore_environment(const struct step *step, char *const environment[], struct kf_list *ret,
			       struct kf_error *err)
{
	int r = kf_carry_unpack(environment, step->pieces, ret);

	for (char *const *entry = environment; r == 0 && *entry; entry++)
		if (!is_ours(*entry))
			r = put(ret, *entry);
	if (r == -EBADMSG)
		return kf_fail(err, EBADMSG,
			       "variables of the container are missing: remove allow_vars and deny_vars from the "
			       "profile's environment");
	return r < 0 ? kf_oom(err) : 0;
}

/* --- the step ----------------------------------------------------------------------------------------------------- */

/* Landlock does not check fchdir(2) to an open directory. */
static int restore_cwd(const struct step *step, struct kf_error *err)
{
	if (step->cwd_fd < 0)
		return 0;
	if (fchdir(step->cwd_fd) < 0)
		return kf_fail_errno(err, errno, "cannot go back to the working directory");
	(void)close(step->cwd_fd);
	return 0;
}

static const char *path_of(const struct kf_list *variables)
{
	for (size_t i = 0; i < variables->count; i++)
		if (strncmp(variables->items[i], "PATH=", strlen("PATH=")) == 0)
			return variables->items[i] + strlen("PATH=");
	return NULL;
}

enum kf_launch kf_last_step(char **argv, char *const environment[], const struct stat *launchers, size_t launcher_count,
			    struct kf_error *err)
{
	cleanup_list struct kf_list variables = { 0 };
	struct step step = { .cwd_fd = -1 };
	char *nothing[] = { NULL };

	if (!parse(argv, &step, err) || kf_confined_verify(KF_LAUNCHER_PATH, KF_NONO_DIR "/nono", err) < 0 ||
	    restore_environment(&step, environment, &variables, err) < 0 || restore_cwd(&step, err) < 0)
		return KF_LAUNCH_NO_SANDBOX;

	const struct kf_command command = {
		.argv = step.command,
		.environment = variables.count ? variables.items : nothing,
		.limits = step.limits,
		.limit_count = step.limit_count,
	};
	cleanup_search struct kf_search search = {
		.path = path_of(&variables),
		.name = step.command[0],
		.launchers = launchers,
		.launcher_count = launcher_count,
	};

	return kf_become(&command, &search, err);
}
