/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/when.h"
#include "cli/command.h"
#include "cli/records.h"
#include "cli/table.h"
#include "node/record.h"

static const char usage[] = "Usage: kubefence list [--json]\n"
			    "\n"
			    "Lists the containers that were started sandboxed and were not removed. \"stale\" is\n"
			    "one whose process has gone without a poststop hook: kubefence gc removes its\n"
			    "record. --json: each record as an object on one line.\n";

static const char *status_of(const struct kf_record *record)
{
	if (!kf_record_may_live(record))
		return "stale";
	return record->process.pid > 0 ? "running" : "unknown";
}

static int print_json(const struct kf_saved_record *saved)
{
	size_t length;
	const char *text;

	if (kf_json_set_string(saved->document, "status", status_of(&saved->record)) < 0)
		return -ENOMEM;
	text = kf_json_text(saved->document, &length);
	return text && puts(text) >= 0 ? 0 : -EIO;
}

/* Writes the age in the largest unit of which it has at least one, as kubectl does. */
static void print_age(const char *timestamp, char *buf, size_t size)
{
	static const struct {
		unsigned long long seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	unsigned long long now = (unsigned long long)time(NULL), age;
	struct kf_error unused;
	uint64_t usec;
	size_t i = 0;

	(void)snprintf(buf, size, "-");
	if (kf_when_parse(timestamp, 0, &usec, &unused) < 0)
		return;
	age = now > usec / 1000000 ? now - usec / 1000000 : 0;
	while (units[i].seconds > 1 && age < units[i].seconds)
		i++;
	(void)snprintf(buf, size, "%llu%c", age / units[i].seconds, units[i].letter);
}

static int add_row(struct kf_table *table, const struct kf_saved_record *saved)
{
	const struct kf_record *record = &saved->record;
	char id[13], age[16];

	(void)snprintf(id, sizeof id, "%s", record->container.id);
	print_age(saved->timestamp, age, sizeof age);
	return kf_table_add(table,
			    (const char *const[]){ id, status_of(record), record->container.namespace,
						   record->container.pod, record->profile, record->handler, age });
}

static int list(const struct kf_cli_records *records, bool json, struct kf_error *err)
{
	cleanup_table struct kf_table table = { .columns = 7 };
	bool fine = true;
	int r = kf_table_add(
		&table, (const char *const[]){ "CONTAINER", "STATUS", "NAMESPACE", "POD", "PROFILE", "CLASS", "AGE" });

	for (size_t i = 0; r == 0 && i < records->ids.count; i++) {
		cleanup_saved_record struct kf_saved_record saved = { 0 };
		struct kf_error problem = { 0 };

		r = kf_record_read(records->state_dir, records->ids.items[i], &saved, &problem);
		if (r == 0) {
			r = json ? print_json(&saved) : add_row(&table, &saved);
			continue;
		}
		/* -ENOENT: the container has gone since the list was made. */
		if (r != -ENOENT)
			fine = kf_cli_fail(&problem) == KF_CLI_OK;
		r = 0;
	}
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot print");
	if (!json)
		kf_table_print(&table);
	return fine ? KF_CLI_OK : KF_CLI_PROBLEM;
}

int kf_cli_list(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_records struct kf_cli_records records = { 0 };
	struct kf_error err = { 0 };
	bool json = false;
	const struct kf_cli_option options[] = { { .name = "json", .letter = 'j', .ret_given = &json }, { 0 } };
	int r = kf_cli_parse(argc, argv, usage, options, false);

	if (r != KF_CLI_GO_ON)
		return r;
	if (kf_cli_records_load(cli, &records, &err) < 0)
		return kf_cli_fail(&err);
	r = list(&records, json, &err);
	return r < 0 ? kf_cli_fail(&err) : r;
}
