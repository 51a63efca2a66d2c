/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubefence-launcher, in a container:
 *
 *   /nono/launcher/kubefence-launcher first-step ... -- COMMAND   what the runtime executes; becomes nono
 *   /nono/launcher/kubefence-launcher last-step ... -- COMMAND    what nono executes, confined; becomes COMMAND
 *   /nono/sh, /nono/python3 and so on                             links to it
 *
 * A link comes before the image's program of that name on PATH. A process that is not confined yet, one that was
 * started in a running container, gets the real program under nono, with the container's profile; one that is confined
 * gets the real program. The real program is the next one of that name on PATH. It gets a PATH without /nono: under a
 * profile the links do nothing, and a name that the image lacks should not seem to be there. A link is a convenience
 * and not a boundary: an unconfined process can start any other program by its path.
 *
 * Static, and in need of nothing from the image: no shell, no /proc, no libraries.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/nono.h"
#include "launcher/become.h"
#include "launcher/confined.h"
#include "launcher/environment.h"
#include "launcher/first-step.h"
#include "launcher/last-step.h"
#include "launcher/search.h"

/* One line on standard error, as a shell would say it. */
static int fail(enum kf_launch status, const struct kf_error *err)
{
	(void)dprintf(STDERR_FILENO, "kubefence: %s\n", err->message);
	return (int)status;
}

/* --- who are we --------------------------------------------------------------------------------------------------- */

/* The last component of PATH if it is a link to the launcher in the nono directory, else NULL. */
static const char *link_name(int nono_dir, const char *path, const struct stat *launcher)
{
	const char *name = basename(path);
	struct stat st;

	if (!name[0] || fstatat(nono_dir, name, &st, 0) < 0 || !kf_same_file(&st, launcher))
		return NULL;
	return name;
}

/*
 * The name we were called by: the kernel knows it (AT_EXECFN), whichever argv[0] the caller chose. Where it names
 * something else, a script with us after #! or a descriptor, argv[0] counts; a login shell has a dash there.
 */
static const char *called_as(int nono_dir, const char *argv0, const struct stat *launcher)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	const char *name = NULL;
	struct stat st;

	if (path && stat(path, &st) == 0 && kf_same_file(&st, launcher))
		name = link_name(nono_dir, path, launcher);
	if (!name && argv0)
		name = link_name(nono_dir, argv0[0] == '-' ? argv0 + 1 : argv0, launcher);
	return name;
}

/* --- a link ------------------------------------------------------------------------------------------------------- */

static enum kf_launch run_under_nono(struct kf_search *search, int nono_dir, char *argv[], struct kf_error *err)
{
	char profile[KF_PROFILE_SIZE], file[KF_PROFILE_SIZE + 32];
	const struct kf_first_step step = { .profile = file };

	if (kf_search_begin(search) < 0) {
		(void)kf_oom(err);
		return KF_LAUNCH_CANNOT_RUN;
	}
	if (!kf_search_next(search))
		return kf_not_found(search, err);
	if (kf_container_profile(getenv("NONO_PROFILE"), "/proc/1/environ", profile) < 0) {
		(void)kf_fail(err, EINVAL, "%s: NONO_PROFILE is not the name of a profile", search->name);
		return KF_LAUNCH_CANNOT_RUN;
	}
	(void)snprintf(file, sizeof file, KF_NONO_DIR "/profiles/%s.json", profile);
	if (faccessat(nono_dir, file + sizeof KF_NONO_DIR, R_OK, 0) < 0) {
		(void)kf_fail_errno(err, errno, "%s: %s", search->name, file);
		return KF_LAUNCH_CANNOT_RUN;
	}
	if (setenv("NONO_PROFILE", profile, 1) < 0) {
		(void)kf_oom(err);
		return KF_LAUNCH_CANNOT_RUN;
	}
	argv[0] = search->program;
	return kf_first_step(&step, environ, argv, err);
}

static enum kf_launch launch(char *argv[], struct kf_error *err)
{
	cleanup_close int nono_dir = open(KF_NONO_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* The second is the program that runs: another file than the first while the launcher is being replaced. */
	struct stat dir, launchers[2];
	cleanup_search struct kf_search search = { .launchers = launchers, .launcher_count = 1 };
	const struct kf_command command = { .argv = argv, .environment = environ };

	if (nono_dir < 0 || fstat(nono_dir, &dir) < 0 || fstatat(nono_dir, KF_LAUNCHER, &launchers[0], 0) < 0) {
		(void)kf_fail_errno(err, errno, "kubefence-launcher: " KF_LAUNCHER_PATH);
		return KF_LAUNCH_CANNOT_RUN;
	}
	if (stat("/proc/self/exe", &launchers[1]) == 0)
		search.launcher_count = 2;
	search.name = called_as(nono_dir, argv[0], &launchers[0]);
	if (!search.name) {
		(void)kf_fail(err, EINVAL, "kubefence-launcher: call it by the name of a program in " KF_NONO_DIR);
		return KF_LAUNCH_CANNOT_RUN;
	}
	kf_environment_leave_dir(environ, &dir);
	search.path = getenv("PATH");
	if (!search.path)
		search.path = KF_DEFAULT_PATH;
	if (kf_confined(nono_dir))
		return kf_become(&command, &search, err);
	return run_under_nono(&search, nono_dir, argv, err);
}

/* --- a step ------------------------------------------------------------------------------------------------------- */

/* Called by its own path, as the rewrite and the first step do, to do STEP? */
static bool is_step(char *const argv[], const char *step)
{
	const char *path = (const char *)getauxval(AT_EXECFN);

	if (!path || strcmp(path, KF_LAUNCHER_PATH) != 0)
		path = argv[0];
	return path && strcmp(path, KF_LAUNCHER_PATH) == 0 && argv[1] && strcmp(argv[1], step) == 0;
}

static enum kf_launch last_step(char *argv[], struct kf_error *err)
{
	struct stat launcher;
	size_t count = stat(KF_LAUNCHER_PATH, &launcher) == 0;

	return kf_last_step(argv, environ, &launcher, count, err);
}

int main(int argc, char *argv[])
{
	char *nothing[] = { NULL, NULL };
	struct kf_error err = { 0 };

	/* Before Linux 5.18, execve(2) took an argv without even a name. */
	if (argc < 1)
		argv = nothing;
	if (is_step(argv, KF_FIRST_STEP))
		return fail(kf_first_step_words(argv, environ, &err), &err);
	if (is_step(argv, KF_LAST_STEP))
		return fail(last_step(argv, &err), &err);
	return fail(launch(argv, &err), &err);
}
