/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/when.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/records.h"
#include "cli/table.h"
#include "node/record.h"

static const char usage[] = "Usage: kubefence list [OPTION...]    (or: ps, ls)\n"
			    "\n"
			    "Lists the containers that were started sandboxed and were not removed. One is\n"
			    "\"stale\" if its process has gone without a poststop hook: kubefence gc removes its\n"
			    "record.\n"
			    "\n"
			    "  -F, --filter KEY=VALUE[,KEY=VALUE...]\n"
			    "                       only those that fit all: id (the beginning), status,\n"
			    "                       container, pod, namespace, profile, class\n"
			    "  -q, --quiet          only ids, one a line\n"
			    "  -a, --all            also the stale ones (the default)\n"
			    "  -o, --output FORMAT  short (the default); wide: whole ids and names, and more\n"
			    "                       columns; json: each record as an object on one line; yaml\n"
			    "  -j, --json           the same as --output json\n"
			    "  -h, --help           this text\n";

struct options {
	enum kf_output output;
	bool quiet, json;
	const char *filter;
};

static const char *status_of(const struct kf_record *record)
{
	if (!kf_record_may_live(record))
		return "stale";
	return record->process.pid > 0 ? "running" : "unknown";
}

static int print_document(const struct kf_saved_record *saved, enum kf_output output)
{
	if (kf_json_set_string(saved->document, "status", status_of(&saved->record)) < 0)
		return -ENOMEM;
	return kf_output_document(saved->document, output);
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

/* The columns of wide come last, so that the others are where they always are. */
static int add_row(struct kf_table *table, const struct kf_saved_record *saved, bool wide)
{
	const struct kf_record *record = &saved->record;
	const struct kf_container *container = &record->container;
	char id[13], age[16], pid[16];

	(void)snprintf(id, sizeof id, "%s", container->id);
	(void)snprintf(pid, sizeof pid, "%d", (int)record->process.pid);
	print_age(saved->timestamp, age, sizeof age);
	return kf_table_add(table,
			    (const char *const[]){ wide ? container->id : id, status_of(record), container->namespace,
						   container->pod, container->name, record->profile, record->handler,
						   age, pid, container->pod_uid, container->bundle });
}

static int add_head(struct kf_table *table)
{
	return kf_table_add(table, (const char *const[]){ "ID", "STATUS", "NAMESPACE", "POD", "CONTAINER", "PROFILE",
							  "CLASS", "AGE", "PID", "POD UID", "BUNDLE" });
}

/* --- which containers --------------------------------------------------------------------------------------------- */

/* The value of the filter KEY (LENGTH bytes) of this record; NULL: there is no such filter. */
static const char *filtered(const struct kf_record *record, const char *key, size_t length)
{
	const struct {
		const char *key, *value;
	} values[] = {
		{ "id", record->container.id },
		{ "status", status_of(record) },
		{ "container", record->container.name },
		{ "pod", record->container.pod },
		{ "namespace", record->container.namespace },
		{ "profile", record->profile },
		{ "class", record->handler },
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strlen(values[i].key) == length && strncmp(values[i].key, key, length) == 0)
			return values[i].value;
	return NULL;
}

static bool fits_one(const struct kf_record *record, const char *filter, size_t length)
{
	size_t key = strcspn(filter, "="), wanted = length - key - 1;
	const char *value = filtered(record, filter, key);

	if (!value)
		return false;
	if (strncmp(filter, "id=", 3) == 0)
		return strncmp(value, filter + key + 1, wanted) == 0;
	return strlen(value) == wanted && strncmp(value, filter + key + 1, wanted) == 0;
}

static bool fits(const struct kf_record *record, const char *filter)
{
	while (filter && *filter) {
		size_t length = strcspn(filter, ",");

		if (!fits_one(record, filter, length))
			return false;
		filter += length + (filter[length] == ',');
	}
	return true;
}

/* Every item has a known key and a value. */
static int check_filter(const char *filter)
{
	static const struct kf_record any = { .container = { "", "", "", "", "", "" }, .profile = "", .handler = "" };
	char quoted[KF_QUOTED_MAX];

	for (const char *item = filter; item; item = strchr(item, ',')) {
		item += item != filter;

		size_t key = strcspn(item, "=,");

		if (item[key] != '=' || !item[key + 1] || item[key + 1] == ',' || !filtered(&any, item, key))
			return kf_cli_misused("'%s' is not a filter: write KEY=VALUE with id, status, container, pod, "
					      "namespace, profile or class",
					      kf_quote(quoted, item));
	}
	return KF_CLI_GO_ON;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static int show(const struct kf_saved_record *saved, const struct options *options, struct kf_table *table)
{
	if (!fits(&saved->record, options->filter))
		return 0;
	if (options->quiet)
		return puts(saved->record.container.id) < 0 ? -EIO : 0;
	if (kf_output_is_document(options->output))
		return print_document(saved, options->output);
	return add_row(table, saved, options->output == KF_OUTPUT_WIDE);
}

static int list(const struct kf_cli_records *records, const struct options *options, struct kf_error *err)
{
	bool wide = options->output == KF_OUTPUT_WIDE;
	cleanup_table struct kf_table table = { .columns = wide ? 11 : 8, .whole = wide };
	bool fine = true;
	int r = add_head(&table);

	for (size_t i = 0; r == 0 && i < records->ids.count; i++) {
		cleanup_saved_record struct kf_saved_record saved = { 0 };
		struct kf_error problem = { 0 };

		r = kf_record_read(records->state_dir, records->ids.items[i], &saved, &problem);
		if (r == 0) {
			r = show(&saved, options, &table);
			continue;
		}
		/* -ENOENT: the container has gone since the list was made. */
		if (r != -ENOENT)
			fine = kf_cli_fail(&problem) == KF_CLI_OK;
		r = 0;
	}
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot print");
	if (!options->quiet && !kf_output_is_document(options->output))
		kf_table_print(&table);
	if (records->ids.count == 0 && kf_cli_rights_hint()[0])
		(void)fprintf(stderr, "kubefence: no records in %s%s\n", records->state_dir, kf_cli_rights_hint());
	return fine ? KF_CLI_OK : KF_CLI_PROBLEM;
}

/* Returns KF_CLI_GO_ON or an exit status. */
static int parse_options(int argc, char *argv[], struct options *ret)
{
	const char *output = NULL;
	bool all;
	const struct kf_cli_option options[] = {
		{ .name = "filter", .letter = 'F', .ret_value = &ret->filter },
		{ .name = "quiet", .letter = 'q', .ret_given = &ret->quiet },
		{ .name = "all", .letter = 'a', .ret_given = &all },
		{ .name = "output", .letter = 'o', .ret_value = &output },
		{ .name = "json", .letter = 'j', .ret_given = &ret->json },
		{ 0 },
	};
	struct kf_error err = { 0 };
	int r = kf_cli_parse(argc, argv, usage, options, false);

	if (r != KF_CLI_GO_ON)
		return r;
	if (kf_output_parse(output, &ret->output, &err) < 0)
		return kf_cli_misused("%s", err.message);
	if (ret->json && ret->output == KF_OUTPUT_SHORT)
		ret->output = KF_OUTPUT_JSON;
	return ret->filter ? check_filter(ret->filter) : KF_CLI_GO_ON;
}

int kf_cli_list(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_records struct kf_cli_records records = { 0 };
	struct options options = { 0 };
	struct kf_error err = { 0 };
	int r = parse_options(argc, argv, &options);

	if (r != KF_CLI_GO_ON)
		return r;
	if (kf_cli_records_load(cli, &records, &err) < 0)
		return kf_cli_fail(&err);
	r = list(&records, &options, &err);
	return r < 0 ? kf_cli_fail(&err) : r;
}
