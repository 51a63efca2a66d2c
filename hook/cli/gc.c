/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/records.h"
#include "node/journal.h"
#include "node/record.h"

static const char usage[] = "Usage: kubefence gc [--dry-run]\n"
			    "\n"
			    "Removes the records of containers whose process has gone, and prints their ids.\n";

static bool is_stale(const struct kf_cli_records *records, const char *id)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error unused;

	return kf_record_read(records->state_dir, id, &saved, &unused) == 0 && !kf_record_may_live(&saved.record);
}

/* A poststop hook that runs too late finds no record and says nothing: the journal would end with the start. */
static int collect_one(const struct kf_cli_records *records, const char *id, struct kf_error *err)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error unused;
	int known = kf_record_read(records->state_dir, id, &saved, &unused);
	int r = kf_record_collect(records->state_dir, id, err);
	const struct kf_journal_entry entry = { .event = KF_EVENT_REMOVED,
						.stage = "gc",
						.profile = saved.record.profile,
						.handler = saved.record.handler,
						.container = saved.record.container };

	if (r > 0 && known == 0)
		(void)kf_journal_send(&entry);
	return r;
}

static int collect(const struct kf_cli_records *records, bool dry_run)
{
	int code = KF_CLI_OK;

	for (size_t i = 0; i < records->ids.count; i++) {
		const char *id = records->ids.items[i];
		struct kf_error err = { 0 };
		int r = dry_run ? is_stale(records, id) : collect_one(records, id, &err);

		if (r < 0)
			code = kf_cli_fail(&err);
		else if (r > 0)
			(void)puts(id);
	}
	return code;
}

int kf_cli_gc(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_records struct kf_cli_records records = { 0 };
	struct kf_error err = { 0 };
	bool dry_run = false;
	const struct kf_cli_option options[] = { { .name = "dry-run", .letter = 'n', .ret_given = &dry_run }, { 0 } };
	int r = kf_cli_parse(argc, argv, usage, options, false);

	if (r != KF_CLI_GO_ON)
		return r;
	return kf_cli_records_load(cli, &records, &err) < 0 ? kf_cli_fail(&err) : collect(&records, dry_run);
}
