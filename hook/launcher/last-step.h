/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_LAST_STEP_H
#define KF_LAUNCHER_LAST_STEP_H

#include "launcher/become.h"

/*
 * The last step: the program that nono executes, inside the sandbox. It proves that the sandbox is on
 * (launcher/confined.h), puts back the environment, working directory and resource limits that nono and the first step
 * changed, and becomes the command, with argv as the container's author wrote it. The variables that nono puts in
 * because a profile sets them stay, after the container's own.
 *
 * ARGV: last-step --variables COUNT [--cwd FD] [--rlimit WORD]... -- COMMAND, from ARGV[1] on. LAUNCHERS are files that
 * a look-up of COMMAND never finds. Returns only if it fails: the exit status, the reason in ERR.
 */
enum kf_launch kf_last_step(char **argv, char *const environment[], const struct stat *launchers, size_t launcher_count,
			    struct kf_error *err);

#endif
