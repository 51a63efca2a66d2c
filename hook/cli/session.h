/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_SESSION_H
#define KF_CLI_SESSION_H

#include <signal.h>
#include <stdbool.h>

#include "base/list.h"
#include "cli/command.h"
#include "denials/fold.h"
#include "denials/watch.h"
#include "denials/watched.h"

struct kf_error;

/* The containers that are meant. Zeroed: all, also those that start meanwhile. */
struct kf_selection {
	const char *pod, *namespace; /* NULL: any. Containers of the pod that start meanwhile, too */
	char *const *ids;            /* ids or their beginnings */
	size_t id_count;
};

/*
 * A look at the denials of containers, for the commands denials and learn. KF_SESSION_NONE is the start; the address
 * must not change while it is open.
 */
struct kf_session {
	const struct kf_selection *selection;
	char *state_dir;
	struct kf_watch *watch;
	struct kf_watched **watched; /* each container's number is its index */
	size_t count, alive;
	struct kf_list refused; /* ids of containers that cannot be watched: they are named once */
	struct kf_fold fold;
	int signal_fd, state_fd; /* the end is asked for; something happens in the directory of records */
	bool pending;            /* a record is not complete yet */
	void (*on_denial)(struct kf_session *session, struct kf_folded *folded, void *data); /* the first of its kind */
	void (*on_tick)(struct kf_session *session, void *data); /* several times a second */
	void *data;
};

#define KF_SESSION_NONE ((struct kf_session){ .signal_fd = -1, .state_fd = -1 })

/*
 * Begins to look at the containers of SELECTION that are there, and says so in one line on standard error. By BPF; with
 * PTRACE, or where BPF is not to be had, by ptrace(2), which takes one container that is named. Blocks SIGINT, SIGTERM
 * and SIGHUP for this process, which end the look. -ENOENT for an id without a record, or an error of
 * denials/watch.h.
 */
int kf_session_open(const struct kf_cli *cli, const struct kf_selection *selection, bool ptrace,
		    struct kf_session *session, struct kf_error *err);

/*
 * Looks until a signal comes, standard output has no reader any more, or the containers that were named have ended.
 * 0 or -errno.
 */
int kf_session_run(struct kf_session *session, struct kf_error *err);

void kf_session_done(struct kf_session *session);

#define cleanup_session KF_CLEANUP(kf_session_done)

#endif
