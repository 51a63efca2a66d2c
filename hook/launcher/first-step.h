/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_FIRST_STEP_H
#define KF_LAUNCHER_FIRST_STEP_H

#include <stddef.h>

#include "launcher/become.h"

/* The sandbox of a command. */
struct kf_first_step {
	const char *profile;      /* what follows --profile in nono's words */
	char *const *limit_words; /* base/rlimit.h; for the last step */
	size_t limit_count;
};

/*
 * The first step: the program of a container's process before it becomes nono. It hides from nono everything that the
 * pod, the image or the user can set: the environment travels in pieces (launcher/carry.h), HOME and TMPDIR lead
 * nowhere, and the working directory stays open as a descriptor. Then it becomes nono, which becomes the last step,
 * which gets COMMAND (at least one word, and NULL). /nono goes from the front of PATH: it is there for processes that
 * are not confined. Needs nothing from the image, and opens nothing but the working directory. Returns only if it
 * fails: the exit status, the reason in ERR.
 */
enum kf_launch kf_first_step(const struct kf_first_step *step, char **environment, char *const command[],
			     struct kf_error *err);

/* The words of the rewrite, first-step --profile ... -- COMMAND, from ARGV[1] on. As kf_first_step(). */
enum kf_launch kf_first_step_words(char *const argv[], char **environment, struct kf_error *err);

#endif
