/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_COMMAND_H
#define KF_NODE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct kf_error;

/* A question to a program of the node. The program may be broken, print without end or hang. */
struct kf_command {
	const char *const *argv; /* argv[0] is its absolute path; NULL at the end */
	const char *const *env;  /* all of its environment; NULL at the end */
	bool with_stderr;        /* its standard error is part of the output; else it goes to /dev/null */
	unsigned int msec;       /* the longest time it may take, in milliseconds */
	size_t max;              /* the most bytes of output that are kept */
};

/*
 * Runs the program in / with /dev/null as standard input, in a process group of its own, and waits for it to end. It
 * inherits descriptors without FD_CLOEXEC. *RET_OUTPUT is NUL-terminated, cut at MAX bytes, and the caller's to free;
 * *RET_STATUS is its exit status, 128 + N when signal N ended it. -ETIMEDOUT: it took too long, and the whole group was
 * killed. Another negative errno if it cannot be run, with a message.
 */
int kf_command_ask(const struct kf_command *command, char **ret_output, int *ret_status, struct kf_error *err);

#endif
