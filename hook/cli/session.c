/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/records.h"
#include "denials/cause.h"

enum {
	TICK_MSEC = 250,
	PENDING_MSEC = 5, /* a container is just being made: its command must not run before it is watched */
};

/*
 * Is it about a program of ours in the container? The last step asks for a file that it must not get, to see that it is
 * confined, and nono looks around before. The command that the last step becomes is the container's.
 */
static bool is_ours(const struct kf_denial *denial)
{
	return strncmp(denial->program, "/nono/", strlen("/nono/")) == 0 && denial->operation != KF_OP_EXEC;
}

static int on_event(void *data, const struct kf_event *event, const char *text)
{
	struct kf_session *session = data;
	cleanup_denial struct kf_denial denial = { 0 };
	struct kf_folded *folded;
	int r;

	if (event->watched >= session->count)
		return 0;
	r = kf_denial_make(event, text, &denial);
	if (r < 0 || is_ours(&denial))
		return r == -EINVAL ? 0 : r;
	r = kf_fold_add(&session->fold, &denial, &folded);
	if (r <= 0)
		return r;
	denial = (struct kf_denial){ 0 };
	folded->denial.cause = kf_cause_find(session->watched[event->watched], event, &folded->denial);
	if (session->on_denial)
		session->on_denial(session, folded, session->data);
	return 0;
}

/* --- which containers --------------------------------------------------------------------------------------------- */

static bool is_meant(const struct kf_selection *selection, const struct kf_record *record)
{
	return (!selection->pod || strcmp(selection->pod, record->container.pod) == 0) &&
	       (!selection->namespace || strcmp(selection->namespace, record->container.namespace) == 0);
}

/* An id comes back: the container that has it now is another one if its process is. */
static bool is_known(const struct kf_session *session, const struct kf_record *record)
{
	for (size_t i = 0; i < session->count; i++)
		if (strcmp(session->watched[i]->id, record->container.id) == 0 &&
		    session->watched[i]->process.pid == record->process.pid &&
		    session->watched[i]->process.start_time == record->process.start_time)
			return true;
	return false;
}

static int keep(struct kf_session *session, struct kf_watched *watched)
{
	struct kf_watched **list = reallocarray(session->watched, session->count + 1, sizeof(struct kf_watched *));

	if (!list)
		return -ENOMEM;
	session->watched = list;
	list[session->count] = malloc(sizeof(struct kf_watched));
	if (!list[session->count])
		return -ENOMEM;
	*list[session->count++] = *watched;
	*watched = KF_WATCHED_NONE;
	session->alive++;
	return 0;
}

static int watch_record(struct kf_session *session, const struct kf_record *record, struct kf_error *err)
{
	cleanup_watched struct kf_watched watched = KF_WATCHED_NONE;
	int r = kf_watched_open(record, &watched, err);

	if (r < 0)
		return r;
	if (keep(session, &watched) < 0)
		return kf_oom(err);
	return kf_watch_add(session->watch, session->watched[session->count - 1], (uint32_t)session->count - 1, err);
}

static int watch_id(struct kf_session *session, const char *prefix, struct kf_error *err)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	cleanup_free char *id = NULL;
	int r = kf_cli_records_find(session->state_dir, prefix, &id, err);

	if (r == 0)
		r = kf_record_read(session->state_dir, id, &saved, err);
	if (r < 0 || is_known(session, &saved.record))
		return r;
	return watch_record(session, &saved.record, err);
}

/* A container that cannot be watched is named once, and the others are watched. */
static int pass_over(struct kf_session *session, const char *id, const struct kf_error *problem)
{
	if (kf_list_has(&session->refused, id))
		return 0;
	if (problem->code != ESRCH)
		(void)kf_cli_fail(problem);
	return kf_list_add(&session->refused, id, strlen(id));
}

static int watch_if_meant(struct kf_session *session, const char *id)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error problem = { 0 };
	int r = kf_record_read(session->state_dir, id, &saved, &problem);

	if (r == -ENOENT) {
		session->pending = true;
		return 0;
	}
	if (r == 0 && (!is_meant(session->selection, &saved.record) || is_known(session, &saved.record)))
		return 0;
	if (r == 0)
		r = watch_record(session, &saved.record, &problem);
	return r < 0 ? pass_over(session, id, &problem) : 0;
}

static int watch_all(struct kf_session *session, struct kf_error *err)
{
	cleanup_list struct kf_list ids = { 0 };
	int r = kf_record_list(session->state_dir, &ids, err);

	session->pending = false;
	for (size_t i = 0; r == 0 && i < ids.count; i++)
		if (watch_if_meant(session, ids.items[i]) < 0)
			r = kf_oom(err);
	return r;
}

static int watch_selected(struct kf_session *session, struct kf_error *err)
{
	const struct kf_selection *selection = session->selection;
	int r = 0;

	if (selection->id_count == 0)
		return watch_all(session, err);
	for (size_t i = 0; r == 0 && i < selection->id_count; i++)
		r = watch_id(session, selection->ids[i], err);
	return r;
}

/* --- the beginning ------------------------------------------------------------------------------------------------ */

static int open_watch(struct kf_session *session, bool ptrace, struct kf_error *err)
{
	struct kf_error problem = { 0 };

	if (ptrace)
		return kf_watch_open_ptrace(on_event, session, &session->watch, err);
	if (kf_watch_open_bpf(on_event, session, &session->watch, &problem) == 0)
		return 0;
	if (session->selection->id_count != 1)
		return kf_fail(err, problem.code, "%s: name one container, which ptrace can watch", problem.message);
	(void)fprintf(stderr, "kubefence: %s: watching with ptrace, which slows the container down\n", problem.message);
	return kf_watch_open_ptrace(on_event, session, &session->watch, err);
}

static int open_signals(struct kf_session *session, struct kf_error *err)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t signals;

	(void)sigemptyset(&signals);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigaddset(&signals, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return kf_fail_errno(err, errno, "cannot block signals");
	session->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return session->signal_fd < 0 ? kf_fail_errno(err, errno, "cannot wait for signals") : 0;
}

/* The first container makes the directory where it is missing. Until then, new containers are found at the next tick.
 */
static void open_state_dir(struct kf_session *session)
{
	cleanup_close int fd = -1;
	struct kf_error unused;

	(void)kf_record_open_dir(session->state_dir, &fd, &unused);
	session->state_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (session->state_fd >= 0)
		(void)inotify_add_watch(session->state_fd, session->state_dir, IN_CREATE | IN_ONLYDIR);
}

int kf_session_open(const struct kf_cli *cli, const struct kf_selection *selection, bool ptrace,
		    struct kf_session *session, struct kf_error *err)
{
	cleanup_records struct kf_cli_records records = { 0 };
	int r;

	session->selection = selection;
	if (geteuid() != 0)
		return kf_fail(err, EPERM, "only root can watch the refusals of containers");
	r = kf_cli_records_load(cli, &records, err);
	if (r < 0)
		return r;
	session->state_dir = kf_steal_string(&records.state_dir);
	r = open_signals(session, err);
	if (r == 0)
		r = open_watch(session, ptrace, err);
	if (r < 0)
		return r;
	open_state_dir(session);
	r = watch_selected(session, err);
	if (r == 0)
		(void)fprintf(stderr, "kubefence: watching %zu container%s (end with Ctrl-C)\n", session->alive,
			      session->alive == 1 ? "" : "s");
	return r;
}

/* --- the look ----------------------------------------------------------------------------------------------------- */

/* The events from before its end are in the buffer: they are taken out before its descriptors are closed. */
static int see_ends(struct kf_session *session, struct kf_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < session->count; i++) {
		struct kf_watched *watched = session->watched[i];

		if (watched->ended || kf_process_id_alive(&watched->process))
			continue;
		r = kf_watch_take(session->watch, err);
		kf_watch_remove(session->watch, watched);
		watched->ended = true;
		session->alive--;
		kf_watched_close(watched);
	}
	return r;
}

static void drain(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof buf) > 0)
		;
}

/* Waits for something to do. Returns 1, 0 for the end, or -errno. */
static int wait_for_work(struct kf_session *session, struct kf_error *err)
{
	struct pollfd fds[] = {
		{ .fd = kf_watch_fd(session->watch), .events = POLLIN },
		{ .fd = session->signal_fd, .events = POLLIN },
		{ .fd = session->state_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* POLLERR: its reader has gone */
	};

	if (poll(fds, sizeof fds / sizeof *fds, session->pending ? PENDING_MSEC : TICK_MSEC) < 0 && errno != EINTR)
		return kf_fail_errno(err, errno, "cannot wait");
	if (fds[2].revents & POLLIN)
		drain(session->state_fd);
	return !(fds[1].revents & POLLIN) && !(fds[3].revents & (POLLERR | POLLNVAL));
}

static int look_once(struct kf_session *session, struct kf_error *err)
{
	int r = kf_watch_take(session->watch, err);

	if (r == 0 && session->selection->id_count == 0)
		r = watch_all(session, err);
	if (r == 0)
		r = see_ends(session, err);
	if (r == 0 && session->on_tick)
		session->on_tick(session, session->data);
	return r;
}

int kf_session_run(struct kf_session *session, struct kf_error *err)
{
	bool named = session->selection->id_count > 0;
	int r;

	do {
		r = wait_for_work(session, err);
		if (r < 0)
			return r;

		int look = look_once(session, err);

		if (look < 0)
			return look;
	} while (r > 0 && (!named || session->alive > 0));
	return kf_watch_take(session->watch, err);
}

void kf_session_done(struct kf_session *session)
{
	kf_watch_free(session->watch);
	for (size_t i = 0; i < session->count; i++) {
		kf_watched_done(session->watched[i]);
		free(session->watched[i]);
	}
	free(session->watched);
	free(session->state_dir);
	kf_list_clear(&session->refused);
	kf_fold_done(&session->fold);
	kf_close_fd(&session->signal_fd);
	kf_close_fd(&session->state_fd);
	*session = KF_SESSION_NONE;
}
