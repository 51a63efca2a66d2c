/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubefence-launcher: what /nono/sh, /nono/python3 and so on are in a container.
 *
 * Such a name stands in front of the image's own on PATH. A process that is not confined yet, one that was started in a
 * running container, gets the real program under nono, with the container's profile; one that is confined gets the
 * real program. The real program is the next one of that name on PATH. It gets a PATH without /nono: under a profile
 * there is nothing to launch any more, and a name that the image does not have should not seem to be there.
 *
 * This is a convenience, no boundary: an unconfined process can start any other program by its path.
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
#include "base/nono.h"
#include "launcher/confined.h"
#include "launcher/environment.h"
#include "launcher/search.h"

/* A shell's exit statuses for a command that cannot be executed, and for one that is not there. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

/* One line, as a shell would say it. NAME is the name of a link that root made, or ours. */
static int fail(int status, const char *name, const char *reason)
{
	(void)dprintf(STDERR_FILENO, "kubefence: %s: %s\n", name, reason);
	return status;
}

static int fail_errno(const char *name, const char *what)
{
	(void)dprintf(STDERR_FILENO, "kubefence: %s: %s: %s\n", name, what, strerror(errno));
	return EXIT_CANNOT_RUN;
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
 * The name we were called by: the kernel knows it (AT_EXECFN) whatever the caller chose for argv[0]. Where it names
 * something else, a script with us behind #! or a descriptor, argv[0] counts; a login shell has a dash there.
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

/* --- running the program ------------------------------------------------------------------------------------------ */

/* Programs look for their files beside the path in argv[0]: ours must not stand there. Any other is the caller's. */
static char *argv0_for(char *program, char *argv0, const char *name)
{
	if (!argv0 || !argv0[0])
		return program;
	return strchr(argv0, '/') && strcmp(basename(argv0), name) == 0 ? program : argv0;
}

static int not_found(const struct kf_search *search)
{
	if (search->denied)
		return fail(EXIT_CANNOT_RUN, search->name, "Permission denied");
	return fail(EXIT_NOT_FOUND, search->name, "not found");
}

/* As execvp(3): what cannot be reached or may not be executed is passed by. */
static int run(struct kf_search *search, char *argv[])
{
	char program[PATH_MAX], *argv0 = argv[0];

	while (kf_search_next(search, program)) {
		argv[0] = argv0_for(program, argv0, search->name);
		(void)execve(program, argv, environ);
		if (errno == EACCES)
			search->denied = true;
		else if (errno != ENOENT && errno != ENOTDIR)
			return fail_errno(search->name, program);
	}
	return not_found(search);
}

static int run_under_nono(struct kf_search *search, int nono_dir, int argc, char *argv[])
{
	char program[PATH_MAX], profile[KF_PROFILE_SIZE], file[KF_PROFILE_SIZE + 32];
	const char *wrap[] = { KF_NONO_WRAP(file), program };
	enum { WRAP_WORDS = sizeof wrap / sizeof *wrap };

	if (!kf_search_next(search, program))
		return not_found(search);
	if (kf_container_profile(getenv("NONO_PROFILE"), "/proc/1/environ", profile) < 0)
		return fail(EXIT_CANNOT_RUN, search->name, "NONO_PROFILE is not the name of a profile");
	(void)snprintf(file, sizeof file, KF_NONO_DIR "/profiles/%s.json", profile);
	if (faccessat(nono_dir, file + sizeof KF_NONO_DIR, R_OK, 0) < 0)
		return fail_errno(search->name, file);
	kf_environment_drop_steering(environ);
	if (setenv("NONO_PROFILE", profile, 1) < 0)
		return fail_errno(search->name, profile);

	char **words = calloc(WRAP_WORDS + (size_t)argc + 1, sizeof *words);

	if (!words)
		return fail_errno(search->name, program);
	memcpy(words, wrap, sizeof wrap);
	if (argc > 1)
		memcpy(words + WRAP_WORDS, argv + 1, (size_t)(argc - 1) * sizeof *words);
	(void)execve(words[0], words, environ);

	int status = fail_errno(search->name, words[0]);

	free(words);
	return status;
}

int main(int argc, char *argv[])
{
	cleanup_close int nono_dir = open(KF_NONO_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* The second is what we run from: another file than the first while the launcher is being replaced. */
	struct stat dir, launchers[2];
	char *nothing[] = { NULL, NULL };

	/* Before Linux 5.18, execve(2) took an argv without even a name. */
	if (argc < 1)
		argv = nothing;
	if (nono_dir < 0 || fstat(nono_dir, &dir) < 0 || fstatat(nono_dir, KF_LAUNCHER, &launchers[0], 0) < 0)
		return fail_errno("kubefence-launcher", KF_NONO_DIR "/" KF_LAUNCHER);

	struct kf_search search = { .launchers = launchers, .launcher_count = 1 };

	if (stat("/proc/self/exe", &launchers[1]) == 0)
		search.launcher_count = 2;
	search.name = called_as(nono_dir, argv[0], &launchers[0]);
	if (!search.name)
		return fail(EXIT_CANNOT_RUN, "kubefence-launcher", "call it by the name of a program in " KF_NONO_DIR);
	kf_environment_leave_dir(environ, &dir);
	search.path = getenv("PATH");
	if (!search.path)
		search.path = KF_DEFAULT_PATH;
	if (kf_confined(nono_dir))
		return run(&search, argv);
	return run_under_nono(&search, nono_dir, argc, argv);
}
