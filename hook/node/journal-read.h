/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_JOURNAL_READ_H
#define KF_NODE_JOURNAL_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct kf_error;
struct kf_journal_reader;

/* The conditions that an entry has to meet. NULL and 0: no such condition. */
struct kf_journal_query {
	const char *directory; /* read the journal files there instead of this machine's */
	const char *pod;
	const char *namespace;
	bool denied;         /* only what was refused */
	uint64_t since_usec; /* CLOCK_REALTIME */
	size_t last;         /* at most this number, the newest ones */
};

/* One entry that kubefence wrote. A missing field is NULL. The strings belong to the line. */
struct kf_journal_line {
	uint64_t time_usec; /* CLOCK_REALTIME */
	int priority;       /* as in syslog(3) */
	char *message, *decision, *container_id, *namespace, *pod, *container_name, *profile, *asked, *handler, *reason,
		*stage, *command, *warning, *error;
};

/*
 * Opens the journal (sd_journal_open(3)) at the first entry that meets QUERY. Only entries written by root or by the
 * caller's own user count: every user can claim SYSLOG_IDENTIFIER. *RET is the caller's to close. -EACCES and others,
 * with a message.
 */
int kf_journal_open(const struct kf_journal_query *query, struct kf_journal_reader **ret, struct kf_error *err);

/* Reads the next entry into *RET (freed before). Returns 1, 0 at the end, or -errno with a message. */
int kf_journal_next(struct kf_journal_reader *reader, struct kf_journal_line *ret, struct kf_error *err);

/*
 * Waits until there may be more entries. Returns 1 then, 0 when the other end of the pipe OUT_FD is closed, or -errno
 * with a message.
 */
int kf_journal_wait(struct kf_journal_reader *reader, int out_fd, struct kf_error *err);

/* Closes READER (may be NULL). */
void kf_journal_close(struct kf_journal_reader *reader);

/* Frees the strings of a line; it is empty afterwards. */
void kf_journal_line_done(struct kf_journal_line *line);

static inline void kf_journal_closep(struct kf_journal_reader **reader)
{
	kf_journal_close(*reader);
}

#define cleanup_journal_reader KF_CLEANUP(kf_journal_closep)
#define cleanup_journal_line KF_CLEANUP(kf_journal_line_done)

#endif
