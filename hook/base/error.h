/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_ERROR_H
#define KF_BASE_ERROR_H

/*
 * One error object for the whole project. It is filled where the failure happens, with the name of the object
 * in it, and passed up unchanged; library code neither prints it nor exits.
 */
struct kf_error {
	int code;          /* positive errno, 0 while nothing failed */
	char message[768]; /* one line, no newline, never a pod's text raw */
};

/* The policy says no. Fills ERR (never NULL) with the formatted message and returns -CODE (a positive errno). */
int kf_fail(struct kf_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The kernel says no. As kf_fail(), with ": " and the text of errno CODE behind the message. */
int kf_fail_errno(struct kf_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Out of memory: the one message that all of them share. Returns -ENOMEM. */
int kf_oom(struct kf_error *err);

/* Room that kf_quote() needs, the closing NUL included. */
#define KF_QUOTED_MAX 160

/*
 * Makes text from a pod or an image safe for one line of a log: printable ASCII stays, all other bytes become
 * \xNN, and what does not fit ends in "...". TEXT may be NULL ("(none)"). Returns BUF.
 */
const char *kf_quote(char buf[static KF_QUOTED_MAX], const char *text);

#endif
