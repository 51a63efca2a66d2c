/* SPDX-License-Identifier: Apache-2.0 */
#include "node/journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <syslog.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/error.h"

/* libsystemd has had this name, and this ABI, from its beginning. */
#define LIBSYSTEMD "libsystemd.so.0"

enum {
	FIELDS_MAX = 24,
	FIELD_BYTES = 1024, /* of one field, name included; longer values are cut */
	SHORT_ID = 12,      /* as container engines abbreviate ids */
	DEADLINE_USEC = 200 * 1000,
	SKIP_USEC = 5 * 1000, /* the container did not opt in, and does not wait for a log */
	REPEAT_USEC = 10 * 1000,
};

/* The fields, one after the other. A page of this buffer that is not used costs nothing. */
struct fields {
	struct iovec iov[FIELDS_MAX];
	int count;
	size_t used;
	char text[FIELDS_MAX * FIELD_BYTES];
};

/* NAME includes the equals sign. The value may hold any byte, newlines too: it is sent with its length. */
static void add(struct fields *fields, const char *name, const char *value)
{
	if (!value || fields->count == FIELDS_MAX)
		return;

	char *text = fields->text + fields->used;
	int length = snprintf(text, FIELD_BYTES, "%s=%s", name, value);

	if (length < 0)
		return;

	size_t size = length < FIELD_BYTES ? (size_t)length : FIELD_BYTES - 1;

	fields->iov[fields->count++] = (struct iovec){ .iov_base = text, .iov_len = size };
	fields->used += size;
}

static void add_number(struct fields *fields, const char *name, uint64_t number)
{
	char text[sizeof "18446744073709551615"];

	(void)snprintf(text, sizeof text, "%" PRIu64, number);
	add(fields, name, text);
}

static void add_event(struct fields *fields, const struct kf_journal_entry *entry)
{
	static const struct {
		const char *message, *id;
		const char *decision;
	} events[] = {
		[KF_EVENT_INJECTED] = { "injected", "8f747fae1ee5408993487bdd13ddd299", "inject" },
		[KF_EVENT_SKIP] = { "skip", "3c3f5d70447946298dd60489c8efa279", "skip" },
		[KF_EVENT_DENIED] = { "denied", "1079fb4017884456be5c3e8c27374885", "deny" },
		[KF_EVENT_REMOVED] = { "container-removed", "d758c9da0d2149899b1bb23e28c72e7d", NULL },
		[KF_EVENT_EXEC_INJECTED] = { "injected", "07831359a6ff497da96f3f0bfb249023", "inject" },
		[KF_EVENT_EXEC_SKIP] = { "skip", "d00b4347394d4ba2b51876621909aab6", "skip" },
		[KF_EVENT_EXEC_DENIED] = { "denied", "d008af8f90d145caa0e64885d3239b0c", "deny" },
	};
	bool usual = entry->reason == KF_REASON_RUNTIME_CLASS_MATCHED;
	int priority = LOG_INFO;

	if (entry->event == KF_EVENT_DENIED || entry->event == KF_EVENT_EXEC_DENIED)
		priority = LOG_ERR;
	else if (entry->event == KF_EVENT_INJECTED && (!usual || entry->warning))
		priority = LOG_WARNING;
	add(fields, "MESSAGE", events[entry->event].message);
	add(fields, "MESSAGE_ID", events[entry->event].id);
	add_number(fields, "PRIORITY", (uint64_t)priority);
	add(fields, "SYSLOG_IDENTIFIER", "kubefence");
	add(fields, "NONO_DECISION", events[entry->event].decision);
	if (entry->event != KF_EVENT_REMOVED)
		add(fields, "NONO_REASON", kf_reason_name(entry->reason));
}

static void add_container(struct fields *fields, const struct kf_container *container)
{
	char short_id[SHORT_ID + 1];

	add(fields, "NONO_POD", container->pod);
	add(fields, "NONO_NAMESPACE", container->namespace);
	add(fields, "NONO_POD_UID", container->pod_uid);
	add(fields, "NONO_CONTAINER_NAME", container->name);
	if (!container->id)
		return;
	(void)snprintf(short_id, sizeof short_id, "%.*s", SHORT_ID, container->id);
	add(fields, "CONTAINER_ID_FULL", container->id);
	add(fields, "CONTAINER_ID", short_id);
}

static void on_alarm(int number)
{
	(void)number;
}

typedef int sendv_function(const struct iovec *iov, int n);

/*
 * libsystemd brings half a dozen libraries (liblzma and libgcrypt among them), and loading them takes longer than the
 * rest of a call. So a program loads it only to write an entry, and a hook only after it has dropped its capabilities.
 */
static sendv_function *load_sendv(void)
{
	void *library = dlopen(LIBSYSTEMD, RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "sd_journal_sendv") : NULL;
	sendv_function *sendv;

	/* ISO C has no cast from an object pointer to a function pointer. */
	memcpy(&sendv, &symbol, sizeof sendv);
	return sendv;
}

/*
 * libsystemd sends with a blocking call: a stopped journald with a full queue would block the container for ever. A
 * signal without SA_RESTART ends the call. The signal repeats, because the first may come just before the call.
 */
static int send_with_deadline(const struct fields *fields, sendv_function *sendv, bool skip)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval deadline = { .it_value.tv_usec = skip ? SKIP_USEC : DEADLINE_USEC,
					    .it_interval.tv_usec = REPEAT_USEC };
	const struct itimerval off = { 0 };
	struct sigaction before;
	sigset_t alarm_only, mask_before;

	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	if (sigaction(SIGALRM, &action, &before) < 0 || sigprocmask(SIG_UNBLOCK, &alarm_only, &mask_before) < 0 ||
	    setitimer(ITIMER_REAL, &deadline, NULL) < 0)
		return -errno;

	int r = sendv(fields->iov, fields->count);

	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
	/* The program that takes our place would inherit the timer and the signal. */
	(void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
	return r == -EINTR ? -ETIMEDOUT : r;
}

enum kf_event kf_journal_event(enum kf_verdict verdict, bool exec)
{
	static const enum kf_event events[][2] = {
		[KF_INJECT] = { KF_EVENT_INJECTED, KF_EVENT_EXEC_INJECTED },
		[KF_SKIP] = { KF_EVENT_SKIP, KF_EVENT_EXEC_SKIP },
		[KF_DENY] = { KF_EVENT_DENIED, KF_EVENT_EXEC_DENIED },
	};

	return events[verdict][exec];
}

static void fill(struct fields *fields, const struct kf_journal_entry *entry)
{
	fields->count = 0;
	fields->used = 0;
	add_event(fields, entry);
	add(fields, "NONO_STAGE", entry->stage);
	add(fields, "NONO_PROFILE", entry->profile);
	add(fields, "NONO_PROFILE_ASKED", entry->asked);
	add(fields, "NONO_RUNTIME_HANDLER", entry->handler);
	add(fields, "NONO_ALLOW", entry->allow);
	add(fields, "NONO_COMMAND", entry->command);
	add(fields, "NONO_WARNING", entry->warning);
	add_container(fields, &entry->container);
	if (entry->landlock_abi > 0)
		add_number(fields, "NONO_LANDLOCK_ABI", (uint64_t)entry->landlock_abi);
	add_number(fields, "NONO_DURATION_USEC", entry->duration_usec);
	if (entry->error && entry->error->code) {
		add_number(fields, "ERRNO", (uint64_t)entry->error->code);
		add(fields, "NONO_ERROR", entry->error->message);
	}
}

int kf_journal_send(const struct kf_journal_entry *entry)
{
	static struct fields fields;
	sendv_function *sendv = load_sendv();

	if (!sendv)
		return -ENOPKG;
	fill(&fields, entry);
	return send_with_deadline(&fields, sendv, entry->event == KF_EVENT_SKIP || entry->event == KF_EVENT_EXEC_SKIP);
}
