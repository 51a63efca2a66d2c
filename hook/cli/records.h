/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_RECORDS_H
#define KF_CLI_RECORDS_H

#include "base/list.h"
#include "cli/command.h"
#include "policy/container.h"

/* The records of this node, for the commands about containers. Zeroed means empty. */
struct kf_cli_records {
	char *state_dir;
	struct kf_list ids; /* sorted */
};

/*
 * Finds the state directory and the records in it. A configuration that has broken since must not hide the records: it
 * costs one line on standard error, and the default directory is used. *RET is the caller's to clean up, also after a
 * failure. 0, -ENOMEM, or an error of kf_record_list().
 */
int kf_cli_records_load(const struct kf_cli *cli, struct kf_cli_records *ret, struct kf_error *err);

/*
 * Finds the record of the container that WORD names: its id; else, if it is the only one, the container whose id begins
 * with WORD, or that is called so: CONTAINER, POD, POD/CONTAINER, NAMESPACE/POD or NAMESPACE/POD/CONTAINER. *RET is the
 * id, the caller's to free. -ENOENT: there is no such container; -EINVAL: there are several, which the message lists;
 * or an error of kf_record_list().
 */
int kf_cli_records_find(const char *state_dir, const char *word, char **ret, struct kf_error *err);

/* Does WORD name this container: by the beginning of its id, or as kf_cli_records_find() says? Members may be NULL. */
bool kf_cli_is_called(const struct kf_container *container, const char *word);

/* A user sees the containers of that user alone: the words for messages about nothing that was found; "" for root. */
const char *kf_cli_rights_hint(void);

void kf_cli_records_done(struct kf_cli_records *records);

#define cleanup_records KF_CLEANUP(kf_cli_records_done)

#endif
