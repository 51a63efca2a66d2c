/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_COMMAND_H
#define KF_NODE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct kf_error;

/* A program of the node that is asked something, and may be broken, talk without end or hang. */
struct kf_command {
	const char *const *argv; /* argv[0] is its absolute path; NULL at the end */
	const char *const *env;  /* all of its environment; NULL at the end */
	bool with_stderr;        /* what it says on standard error counts, too; else nobody sees that */
	unsigned int seconds;    /* how long it may take */
	size_t max;              /* how many bytes of what it says are kept */
};

/*
 * Runs it in / with /dev/null as standard input, in a process group of its own, and waits for it to end. Descriptors
 * without FD_CLOEXEC are handed on. *RET_OUTPUT is NUL-terminated, cut at MAX bytes, and the caller's to free;
 * *RET_STATUS is its exit status, 128 + N when signal N ended it. -ETIMEDOUT: it took too long, and the whole group was
 * killed. Another negative errno if it cannot be run.
 */
int kf_command_ask(const struct kf_command *command, char **ret_output, int *ret_status, struct kf_error *err);

#endif
