/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_CALL_H
#define KF_STAGE_CALL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "node/record.h"
#include "policy/config.h"
#include "policy/container.h"
#include "policy/decision.h"

/*
 * One call of one of our programs, about one container, from its command line to its journal entry. All stages go the
 * same way with it:
 *
 *   read     the configuration, and the container in the stage's own way
 *   decide   kf_call_decide(), or kf_decide_exec()
 *   act      the stage's own steps, for KF_INJECT; each returns a negative errno and a denial if it fails
 *   log      kf_call_answer(), which makes a step that failed the denial that the journal names,
 *   answer   and returns the stage's result
 */
struct kf_call {
	/* How the program was called, and how the node is configured. All borrowed. */
	const char *stage;       /* for NONO_STAGE: "create-runtime", "rewrite", "start", "exec", "kata", "poststop" */
	const char *config_path; /* the configuration it was told to use; NULL: the default files */
	const char *handler; /* imposed by the node: the name it was called by, or --runtime-class; NULL: no handler */
	bool vm;             /* Kata's shim was called */
	bool image_unseen;   /* the container's root file system cannot be looked at, not even later */
	bool exec;           /* it starts a further process in a container that runs */
	bool logs_skip, logs_inject;        /* is that decision an entry of the journal? A denial always is */
	uint64_t start_usec;                /* CLOCK_MONOTONIC when the process started its work */
	const struct kf_config *config;     /* NULL: unusable */
	const struct kf_error *config_flaw; /* why CONFIG is NULL */

	/* The findings of the steps. All borrowed. */
	struct kf_container container; /* the id is known from the start, where it is known at all */
	struct kf_decision decision;
	int landlock_abi;    /* of the kernel; 0: not asked */
	const char *command; /* of an exec: the name of its program, printable; else NULL */
	const char *warning; /* about a container that starts all the same; NULL: none */
};

/*
 * Decides about the container that has ANNOTATIONS (may be NULL), and fills CALL->container from them; CALL borrows
 * from them. 0 for KF_SKIP and KF_INJECT. A negative errno, and ERR, for a denial.
 */
int kf_call_decide(struct kf_call *call, struct json_object *annotations, struct kf_error *err);

/* Makes the decision a denial under CALL's handler, where nothing is left to decide. */
void kf_call_deny(struct kf_call *call);

/* Makes the decision a denial, for the reason in ERR, if R, the result of the steps, is negative. Returns R. */
int kf_call_settle(struct kf_call *call, int r, const struct kf_error *err);

/*
 * Ends the call: kf_call_settle(), and the decision goes to the journal. A journal that does not take the entry changes
 * nothing. Returns R.
 */
int kf_call_answer(struct kf_call *call, int r, const struct kf_error *err);

/* The record of the container of CALL. It borrows from CALL. */
struct kf_record kf_call_record(const struct kf_call *call);

/*
 * Removes the record of the container of CALL, whose id is valid and whose process is PID (0: not known); its bundle
 * counts, too, if CALL has one (kf_record_remove_of()). The directory of records is the one in CONFIG, which
 * may be salvaged, or NULL for the default. Returns 1 if there was a record, 0 if not, or a negative errno.
 */
int kf_call_remove_record(const struct kf_call *call, const struct kf_config *config, pid_t pid, struct kf_error *err);

/* Writes to the journal that the record was removed; DECISION.handler is the container's handler. */
void kf_call_log_removal(const struct kf_call *call);

#endif
