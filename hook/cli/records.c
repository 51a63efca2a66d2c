/* SPDX-License-Identifier: Apache-2.0 */
/* list and gc: what is recorded of containers. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/when.h"
#include "cli/command.h"
#include "cli/table.h"
#include "node/record.h"
#include "policy/config.h"
#include "policy/state-dir.h"

/* What a command about records starts with. */
struct records {
	char *state_dir;
	struct kf_list ids;
};

static void records_done(struct records *records)
{
	free(records->state_dir);
	kf_list_clear(&records->ids);
}

#define cleanup_records KF_CLEANUP(records_done)

static int fail(const struct kf_error *err)
{
	(void)fprintf(stderr, "kubefence: %s\n", err->message);
	return KF_CLI_PROBLEM;
}

/* A configuration that has broken since must not hide the records. */
static int load(const struct kf_cli *cli, struct records *ret, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	struct kf_error problem;

	(void)kf_config_load(cli->config_path, &config, &problem);

	int r = kf_state_dir(config, &ret->state_dir, err);

	if (r == 0 && !config)
		(void)fprintf(stderr, "kubefence: %s: looking at %s\n", problem.message, ret->state_dir);
	return r < 0 ? r : kf_record_list(ret->state_dir, &ret->ids, err);
}

/* FLAG is the letter of the one option that takes no value. Returns a negative number to go on. */
static int parse_flag(int argc, char *argv[], const char *name, char letter, const char *usage, bool *ret)
{
	const struct option options[] = { { name, no_argument, NULL, letter },
					  { "help", no_argument, NULL, 'h' },
					  { 0 } };
	const char letters[] = { letter, 'h', '\0' };
	int option;

	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (option == 'h')
			return fputs(usage, stdout) < 0 ? KF_CLI_PROBLEM : KF_CLI_OK;
		if (option != letter)
			return KF_CLI_USAGE;
		*ret = true;
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "kubefence: %s takes no arguments (see kubefence %s --help)\n", argv[0], argv[0]);
	return KF_CLI_USAGE;
}

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

/* In the largest unit of which there is at least one, as kubectl does. */
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
	return kf_table_add(table, (const char *const[]){ id, status_of(record), record->container.namespace,
							  record->container.pod, record->profile,
							  record->runtime_handler, age });
}

static int list(const struct records *records, bool json, struct kf_error *err)
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
		/* Gone since the list was made. */
		if (r != -ENOENT)
			fine = fail(&problem) == KF_CLI_OK;
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
	static const char usage[] =
		"Usage: kubefence list [--json]\n"
		"\n"
		"Lists the containers that were started sandboxed and were not removed. \"stale\" is\n"
		"one whose process has gone without a poststop hook: kubefence gc removes its\n"
		"record. --json: each record as an object on one line.\n";
	cleanup_records struct records records = { 0 };
	struct kf_error err = { 0 };
	bool json = false;
	int r = parse_flag(argc, argv, "json", 'j', usage, &json);

	if (r >= 0)
		return r;
	if (load(cli, &records, &err) < 0)
		return fail(&err);
	r = list(&records, json, &err);
	return r < 0 ? fail(&err) : r;
}

static bool is_stale(const struct records *records, const char *id)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error unused;

	return kf_record_read(records->state_dir, id, &saved, &unused) == 0 && !kf_record_may_live(&saved.record);
}

int kf_cli_gc(const struct kf_cli *cli, int argc, char *argv[])
{
	static const char usage[] = "Usage: kubefence gc [--dry-run]\n"
				    "\n"
				    "Removes the records of containers whose process has gone, and prints their ids.\n";
	cleanup_records struct records records = { 0 };
	struct kf_error err = { 0 };
	int code = KF_CLI_OK;
	bool dry_run = false;
	int r = parse_flag(argc, argv, "dry-run", 'n', usage, &dry_run);

	if (r >= 0)
		return r;
	if (load(cli, &records, &err) < 0)
		return fail(&err);
	for (size_t i = 0; i < records.ids.count; i++) {
		const char *id = records.ids.items[i];

		r = dry_run ? is_stale(&records, id) : kf_record_collect(records.state_dir, id, &err);
		if (r < 0)
			code = fail(&err);
		else if (r > 0)
			(void)puts(id);
	}
	return code;
}
