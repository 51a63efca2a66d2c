/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_ERROR_H
#define KF_BASE_ERROR_H

#include "base/reason.h"

/*
 * One error object for the whole project. It is made where the failure happens, with the name of the object in it, and
 * passed up unchanged; library code neither prints it nor exits.
 *
 * It is also the denial: its reason is the one in the journal and in the hook's exit code. Functions of base/, oci/,
 * nono/, runtime/ and node/ fail with kf_fail(), which states no reason; the function of policy/ or stage/ that calls
 * one of them states the meaning of the failure for the container, right after that call, with kf_because(). Where the
 * place of the failure knows better than its caller, kf_deny() states the reason there, and no kf_because() further up
 * changes it.
 */
struct kf_error {
	enum kf_reason reason; /* why a container is denied; KF_REASON_INTERNAL_ERROR until a function states it */
	int code;              /* positive errno, 0 while nothing failed */
	char message[768];     /* one line, no newline, never a pod's text raw */
};

/* The policy forbids it. Fills ERR (never NULL) with the formatted message and returns -CODE (a positive errno). */
int kf_fail(struct kf_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The kernel forbids it. As kf_fail(), with ": " and the text of errno CODE after the message. */
int kf_fail_errno(struct kf_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As kf_fail(), with the REASON for which a container is denied. */
int kf_deny(struct kf_error *err, enum kf_reason reason, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Fails with an earlier error that was kept because it did not matter then: ERR becomes a copy of KEPT. */
int kf_fail_as(struct kf_error *err, const struct kf_error *kept);

/* States the REASON of ERR, the error of a call that has just failed, if it has none yet. Returns -ERR->code. */
int kf_because(struct kf_error *err, enum kf_reason reason);

/* Out of memory: the one message that all of them share. Returns -ENOMEM. */
int kf_oom(struct kf_error *err);

/* Room that kf_quote() needs, the closing NUL included. */
#define KF_QUOTED_MAX 160

/*
 * Makes text from a pod or an image safe for one line of a log: printable ASCII stays, all other bytes become
 * \xNN, and a text that does not fit is cut and ends in "...". TEXT may be NULL ("(none)"). Returns BUF.
 */
const char *kf_quote(char buf[static KF_QUOTED_MAX], const char *text);

#endif
