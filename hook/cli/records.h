/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_RECORDS_H
#define KF_CLI_RECORDS_H

#include "base/list.h"
#include "cli/command.h"

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
 * Finds the record of the container whose id is PREFIX or, if it is the only one, begins with it. *RET is the id, the
 * caller's to free. -ENOENT: no id begins so; -EINVAL: several do; or an error of kf_record_list().
 */
int kf_cli_records_find(const char *state_dir, const char *prefix, char **ret, struct kf_error *err);

void kf_cli_records_done(struct kf_cli_records *records);

#define cleanup_records KF_CLEANUP(kf_cli_records_done)

#endif
