/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_BECOME_H
#define KF_LAUNCHER_BECOME_H

#include <stddef.h>

#include "base/rlimit.h"
#include "launcher/search.h"

struct kf_error;

/*
 * Exit statuses. A shell's for a command that cannot be executed and for one that is not there, and one of our own for
 * a sandbox that cannot be set up or that is not on; then the command is not started.
 */
enum kf_launch { KF_LAUNCH_NO_SANDBOX = 121, KF_LAUNCH_CANNOT_RUN = 126, KF_LAUNCH_NOT_FOUND = 127 };

/* The command that this process shall become. */
struct kf_command {
	char **argv; /* of the command; argv[0] decides which program, by the rules of execvp(3) */
	char **environment;
	const struct kf_rlimit *limits; /* set when the program is known, just before execve(2) */
	size_t limit_count;
};

/*
 * Becomes COMMAND. A name without a slash is looked up by SEARCH (not begun; kf_search_done() is the caller's), and a
 * candidate that cannot be reached or may not be executed is passed by. Returns only if that fails: the exit status for
 * the process, the reason in ERR.
 */
enum kf_launch kf_become(const struct kf_command *command, struct kf_search *search, struct kf_error *err);

/* The status and the reason when SEARCH found nothing that runs. */
enum kf_launch kf_not_found(const struct kf_search *search, struct kf_error *err);

#endif
