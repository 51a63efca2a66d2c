/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/become.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum kf_launch kf_not_found(const struct kf_search *search, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	(void)kf_quote(quoted, search->name);
	if (search->denied) {
		(void)kf_fail(err, EACCES, "%s: Permission denied", quoted);
		return KF_LAUNCH_CANNOT_RUN;
	}
	(void)kf_fail(err, ENOENT, "%s: not found", quoted);
	return KF_LAUNCH_NOT_FOUND;
}

static int set_limits(const struct kf_command *command, struct kf_error *err)
{
	char word[KF_RLIMIT_WORD_MAX];

	for (size_t i = 0; i < command->limit_count; i++) {
		const struct kf_rlimit *limit = &command->limits[i];

		if (setrlimit64((__rlimit_resource_t)limit->resource, &limit->limit) < 0)
			return kf_fail_errno(err, errno, "cannot set %s", kf_rlimit_word(word, limit));
	}
	return 0;
}

/*
 * access(2) does not know Landlock: a file that it allows and execve(2) denies is one that the profile does not grant.
 */
static enum kf_launch explain(const char *program, struct kf_error *err)
{
	int code = errno;
	char quoted[KF_QUOTED_MAX];

	(void)kf_quote(quoted, program);
	if (code == EACCES && access(program, X_OK) == 0)
		(void)kf_fail(
			err, code,
			"%s: Permission denied: the profile has to grant reading it, or the interpreter or loader "
			"that it names",
			quoted);
	else if (code == E2BIG)
		(void)kf_fail(err, code, "%s: the arguments and the environment are too long for the kernel", quoted);
	else
		(void)kf_fail(err, code, "%s: %s", quoted, strerror(code));
	return code == ENOENT || code == ENOTDIR ? KF_LAUNCH_NOT_FOUND : KF_LAUNCH_CANNOT_RUN;
}

/* Programs look for their files beside the path in argv[0]: ours must not be there. Any other word is the caller's. */
static char *argv0_for(char *program, char *argv0, const char *name)
{
	if (!argv0 || !argv0[0])
		return program;
	return strchr(argv0, '/') && strcmp(basename(argv0), name) == 0 ? program : argv0;
}

static enum kf_launch search_and_become(const struct kf_command *command, struct kf_search *search,
					struct kf_error *err)
{
	char *argv0 = command->argv[0];
	enum kf_launch denied = 0;

	while (kf_search_next(search)) {
		command->argv[0] = argv0_for(search->program, argv0, search->name);
		if (set_limits(command, err) < 0)
			return KF_LAUNCH_NO_SANDBOX;
		(void)execve(search->program, command->argv, command->environment);
		if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
			return explain(search->program, err);
		if (errno == EACCES && !denied)
			denied = explain(search->program, err);
	}
	return denied ? denied : kf_not_found(search, err);
}

enum kf_launch kf_become(const struct kf_command *command, struct kf_search *search, struct kf_error *err)
{
	if (!strchr(search->name, '/')) {
		if (kf_search_begin(search) < 0) {
			(void)kf_oom(err);
			return KF_LAUNCH_NO_SANDBOX;
		}
		return search_and_become(command, search, err);
	}
	if (set_limits(command, err) < 0)
		return KF_LAUNCH_NO_SANDBOX;
	(void)execve(search->name, command->argv, command->environment);
	return explain(search->name, err);
}
