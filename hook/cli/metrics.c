/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/path.h"
#include "cli/check-report.h"
#include "cli/command.h"
#include "cli/exposition.h"
#include "cli/records.h"
#include "node/journal-read.h"
#include "node/landlock.h"
#include "node/record.h"

static const char usage[] = "Usage: kubefence metrics [--output FILE]\n"
			    "\n"
			    "Prints numbers of this node as text for Prometheus: decisions and execs, from the\n"
			    "journal; containers, by state; the rows of kubefence check; the version.\n"
			    "\n"
			    "  -o, --output FILE  replace FILE, for node_exporter's textfile collector\n"
			    "  -h, --help         this text\n";

/* --- the journal -------------------------------------------------------------------------------------------------- */

static bool is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

/* One entry. An exec has a command; a container that was removed is no decision. */
static int count_line(struct kf_exposition *exposition, const struct kf_journal_line *line)
{
	const struct kf_label labels[] = { { "decision", line->decision },
					   { "handler", line->handler },
					   { "profile", line->profile },
					   { "reason", line->reason },
					   { 0 } };

	if (!line->decision || is(line->message, "container-removed"))
		return 0;
	return kf_exposition_add(exposition, line->command ? KF_METRIC_EXECS : KF_METRIC_DECISIONS, labels, 1);
}

static int count_journal(struct kf_exposition *exposition, struct kf_error *err)
{
	cleanup_journal_reader struct kf_journal_reader *reader = NULL;
	const struct kf_journal_query all = { 0 };
	int r = kf_journal_open(&all, &reader, err);

	while (r >= 0) {
		cleanup_journal_line struct kf_journal_line line = { 0 };

		r = kf_journal_next(reader, &line, err);
		if (r <= 0)
			return r;
		r = count_line(exposition, &line);
		if (r < 0)
			return kf_oom(err);
	}
	return r;
}

/* --- the records -------------------------------------------------------------------------------------------------- */

static const char *state_of(const struct kf_record *record)
{
	if (!kf_record_may_live(record))
		return "stale";
	return record->process.pid > 0 ? "running" : "unknown";
}

static int count_record(struct kf_exposition *exposition, const struct kf_record *record)
{
	const struct kf_label labels[] = {
		{ "state", state_of(record) }, { "handler", record->handler }, { "profile", record->profile }, { 0 }
	};

	return kf_exposition_add(exposition, KF_METRIC_CONTAINERS, labels, 1);
}

/* A record that cannot be read has a state of its own, so that an alert can ask for it. */
static int count_records(struct kf_exposition *exposition, const struct kf_cli *cli, struct kf_error *err)
{
	cleanup_records struct kf_cli_records records = { 0 };
	const struct kf_label broken[] = { { "state", "unreadable" }, { 0 } };
	int r = kf_cli_records_load(cli, &records, err);

	for (size_t i = 0; r == 0 && i < records.ids.count; i++) {
		cleanup_saved_record struct kf_saved_record saved = { 0 };
		struct kf_error problem = { 0 };

		r = kf_record_read(records.state_dir, records.ids.items[i], &saved, &problem);
		if (r == 0)
			r = count_record(exposition, &saved.record);
		else if (r == -ENOENT)
			r = 0;
		else
			r = kf_exposition_add(exposition, KF_METRIC_CONTAINERS, broken, 1);
		if (r < 0)
			return kf_oom(err);
	}
	return r;
}

/* --- the check ---------------------------------------------------------------------------------------------------- */

struct checking {
	struct kf_exposition *exposition;
	int r;
};

static void count_row(void *data, const char *status, const struct kf_finding *finding)
{
	struct checking *checking = data;
	const struct kf_label labels[] = {
		{ "check", finding->check }, { "subject", finding->subject }, { "status", status }, { 0 }
	};

	if (checking->r == 0)
		checking->r = kf_exposition_add(checking->exposition, KF_METRIC_CHECK, labels, 1);
}

static int count_checks(struct kf_exposition *exposition, const struct kf_cli *cli, struct kf_error *err)
{
	struct checking checking = { .exposition = exposition };
	struct kf_check check = { .config_path = cli->config_path };

	check.rows.take = count_row;
	check.rows.data = &checking;
	kf_check_all(&check);
	return checking.r < 0 ? kf_oom(err) : 0;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static int collect(struct kf_exposition *exposition, const struct kf_cli *cli, struct kf_error *err)
{
	const struct kf_label version[] = { { "version", KF_VERSION }, { 0 } };
	int abi = kf_landlock_abi(err);
	int r = kf_exposition_add(exposition, KF_METRIC_BUILD_INFO, version, 1);

	if (r == 0)
		r = kf_exposition_add(exposition, KF_METRIC_LANDLOCK, (const struct kf_label[]){ { 0 } },
				      abi > 0 ? (uint64_t)abi : 0);
	if (r < 0)
		return kf_oom(err);
	r = count_journal(exposition, err);
	if (r == 0)
		r = count_records(exposition, cli, err);
	return r < 0 ? r : count_checks(exposition, cli, err);
}

static int write_file(const char *path, const char *text, struct kf_error *err)
{
	static const struct stat like = { .st_mode = 0644 };
	cleanup_free char *dir = NULL;
	const char *slash = strrchr(path, '/');
	int r;

	if (path[0] != '/' || !slash[1])
		return kf_fail(err, EINVAL, "--output takes the absolute path of a file");
	r = kf_parent_dir(path, &dir, err);
	if (r < 0)
		return r;

	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot open %s", dir);
	return kf_replace_file_at(fd, slash + 1, text, strlen(text), &like, err);
}

int kf_cli_metrics(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_exposition struct kf_exposition exposition = { 0 };
	cleanup_free char *text = NULL;
	const char *output = NULL;
	const struct kf_cli_option options[] = { { .name = "output", .letter = 'o', .ret_value = &output }, { 0 } };
	struct kf_error err = { 0 };
	int r = kf_cli_parse(argc, argv, usage, options, false);

	if (r != KF_CLI_GO_ON)
		return r;
	r = collect(&exposition, cli, &err);
	if (r == 0 && kf_exposition_text(&exposition, &text) < 0)
		r = kf_oom(&err);
	if (r == 0 && output)
		r = write_file(output, text, &err);
	else if (r == 0 && fputs(text, stdout) < 0)
		r = kf_fail_errno(&err, errno, "cannot print");
	return r < 0 ? kf_cli_fail(&err) : KF_CLI_OK;
}
