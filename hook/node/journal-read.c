/* SPDX-License-Identifier: Apache-2.0 */
#include "node/journal-read.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/format.h"

/* Our own fields have at most 1 KiB (node/journal.c); other programs' are cut. */
enum { FIELD_MAX = 4096 };

struct kf_journal_reader {
	sd_journal *journal;
};

/* The fields of an entry, and the member for each. */
static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "MESSAGE", offsetof(struct kf_journal_line, message) },
	{ "NONO_DECISION", offsetof(struct kf_journal_line, decision) },
	{ "CONTAINER_ID_FULL", offsetof(struct kf_journal_line, container_id) },
	{ "NONO_NAMESPACE", offsetof(struct kf_journal_line, namespace) },
	{ "NONO_POD", offsetof(struct kf_journal_line, pod) },
	{ "NONO_CONTAINER_NAME", offsetof(struct kf_journal_line, container_name) },
	{ "NONO_PROFILE", offsetof(struct kf_journal_line, profile) },
	{ "NONO_PROFILE_ASKED", offsetof(struct kf_journal_line, asked) },
	{ "NONO_RUNTIME_HANDLER", offsetof(struct kf_journal_line, handler) },
	{ "NONO_REASON", offsetof(struct kf_journal_line, reason) },
	{ "NONO_STAGE", offsetof(struct kf_journal_line, stage) },
	{ "NONO_COMMAND", offsetof(struct kf_journal_line, command) },
	{ "NONO_WARNING", offsetof(struct kf_journal_line, warning) },
	{ "NONO_ERROR", offsetof(struct kf_journal_line, error) },
};

enum { FIELD_COUNT = sizeof fields / sizeof *fields };

static char **member(struct kf_journal_line *line, size_t i)
{
	return (char **)(void *)((char *)line + fields[i].offset);
}

static int match(sd_journal *journal, const char *name, const char *value)
{
	cleanup_free char *text = NULL;

	if (!value)
		return 0;
	if (kf_format(&text, "%s=%s", name, value) < 0)
		return -ENOMEM;
	return sd_journal_add_match(journal, text, strlen(text));
}

/* Two matches of one field are alternatives; matches of different fields must all hold. */
static int match_writer(sd_journal *journal)
{
	char uid[sizeof "4294967295"];
	int r = match(journal, "_UID", "0");

	(void)snprintf(uid, sizeof uid, "%u", (unsigned int)getuid());
	return r < 0 ? r : match(journal, "_UID", uid);
}

static int add_matches(sd_journal *journal, const struct kf_journal_query *query)
{
	int r = match(journal, "SYSLOG_IDENTIFIER", "kubefence");

	if (r >= 0)
		r = match_writer(journal);
	if (r >= 0)
		r = match(journal, "NONO_POD", query->pod);
	if (r >= 0)
		r = match(journal, "NONO_NAMESPACE", query->namespace);
	if (r >= 0)
		r = match(journal, "NONO_DECISION", query->denied ? "deny" : NULL);
	return r;
}

/* Moves the reader so that its next step gives the first entry that is wanted. */
static int seek(sd_journal *journal, const struct kf_journal_query *query)
{
	int r;

	if (!query->last)
		return query->since_usec ? sd_journal_seek_realtime_usec(journal, query->since_usec)
					 : sd_journal_seek_head(journal);
	r = sd_journal_seek_tail(journal);
	if (r < 0)
		return r;
	/* Goes back one entry more than wanted: the next step gives the first. With fewer entries, it starts at the
	 * beginning. */
	r = sd_journal_previous_skip(journal, query->last + 1);
	if (r >= 0 && (size_t)r <= query->last)
		r = sd_journal_seek_head(journal);
	return r;
}

int kf_journal_open(const struct kf_journal_query *query, struct kf_journal_reader **ret, struct kf_error *err)
{
	cleanup_journal_reader struct kf_journal_reader *reader = calloc(1, sizeof *reader);
	int r;

	if (!reader)
		return kf_oom(err);
	r = query->directory ? sd_journal_open_directory(&reader->journal, query->directory, 0)
			     : sd_journal_open(&reader->journal, SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot open the journal%s%s", query->directory ? " in " : "",
				     query->directory ? query->directory : "");
	r = add_matches(reader->journal, query);
	if (r >= 0)
		r = seek(reader->journal, query);
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot read the journal");
	*ret = reader;
	reader = NULL;
	return 0;
}

/* A copy of the field's value, cut at a NUL byte; NULL if the entry has no such field. */
static int copy_field(sd_journal *journal, const char *name, char **ret)
{
	size_t length = 0, skip = strlen(name) + 1;
	const void *data;
	int r = sd_journal_get_data(journal, name, &data, &length);

	if (r == -ENOENT || (r >= 0 && length < skip))
		return 0;
	if (r < 0)
		return r;
	*ret = strndup((const char *)data + skip, length - skip);
	return *ret ? 0 : -ENOMEM;
}

static int copy_priority(sd_journal *journal, int *ret)
{
	cleanup_free char *text = NULL;
	int r = copy_field(journal, "PRIORITY", &text);

	*ret = text && text[0] >= '0' && text[0] <= '7' && !text[1] ? text[0] - '0' : LOG_INFO;
	return r;
}

static int copy_entry(sd_journal *journal, struct kf_journal_line *line)
{
	int r = sd_journal_get_realtime_usec(journal, &line->time_usec);

	if (r >= 0)
		r = copy_priority(journal, &line->priority);
	for (size_t i = 0; r >= 0 && i < FIELD_COUNT; i++)
		r = copy_field(journal, fields[i].name, member(line, i));
	return r;
}

int kf_journal_next(struct kf_journal_reader *reader, struct kf_journal_line *ret, struct kf_error *err)
{
	int r;

	(void)sd_journal_set_data_threshold(reader->journal, FIELD_MAX);
	do {
		kf_journal_line_done(ret);
		r = sd_journal_next(reader->journal);
		if (r == 0)
			return 0;
		if (r > 0)
			r = copy_entry(reader->journal, ret);
		/* journald removes old files under a reader, and a crash leaves half an entry: such an entry is passed
		 * over. */
	} while (r == -ESTALE || r == -EADDRNOTAVAIL || r == -EBADMSG);
	return r < 0 ? kf_fail_errno(err, -r, "cannot read the journal") : 1;
}

/* The timeout for poll(2), in milliseconds, rounded up; -1 for ever. Some journals have to be asked now and then. */
static int poll_timeout(sd_journal *journal)
{
	uint64_t until, now_usec = kf_clock_usec();

	if (sd_journal_get_timeout(journal, &until) < 0 || until == UINT64_MAX)
		return -1;
	return until > now_usec ? (int)((until - now_usec) / 1000 + 1) : 0;
}

int kf_journal_wait(struct kf_journal_reader *reader, int out_fd, struct kf_error *err)
{
	int fd = sd_journal_get_fd(reader->journal), events = sd_journal_get_events(reader->journal), r;

	if (fd < 0 || events < 0)
		return kf_fail_errno(err, fd < 0 ? -fd : -events, "cannot wait for the journal");

	struct pollfd fds[] = { { .fd = fd, .events = (short)events }, { .fd = out_fd } };

	if (poll(fds, 2, poll_timeout(reader->journal)) < 0 && errno != EINTR)
		return kf_fail_errno(err, errno, "cannot wait for the journal");
	if (fds[1].revents & (POLLERR | POLLHUP))
		return 0;
	r = sd_journal_process(reader->journal);
	return r < 0 ? kf_fail_errno(err, -r, "cannot wait for the journal") : 1;
}

void kf_journal_close(struct kf_journal_reader *reader)
{
	if (!reader)
		return;
	sd_journal_close(reader->journal);
	free(reader);
}

void kf_journal_line_done(struct kf_journal_line *line)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		free(*member(line, i));
		*member(line, i) = NULL;
	}
}
