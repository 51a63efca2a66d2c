/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/when.h"
#include "cli/command.h"
#include "node/journal-read.h"

static const char usage[] = "Usage: kubefence logs [OPTION...]\n"
			    "\n"
			    "Prints kubefence's decisions from the journal, the oldest first.\n"
			    "\n"
			    "  -f, --follow         go on with what is decided from now on\n"
			    "  -p, --pod POD        only about this pod\n"
			    "  -N, --namespace NS   only about pods of this namespace\n"
			    "  -S, --since TIME     10m, 2h, 1d, 2026-01-31, 2026-01-31T12:00:00Z, @UNIX\n"
			    "  -n, --lines N        only the newest N\n"
			    "  -o, --output FORMAT  short (the default) or json: one object a line\n"
			    "  -D, --directory DIR  the journal files in DIR, of another machine or the host\n"
			    "  -h, --help           this text\n";

struct options {
	struct kf_journal_query query;
	bool follow, json;
};

static const char *level_of(int priority)
{
	if (priority <= LOG_ERR)
		return "error";
	return priority == LOG_WARNING ? "warning" : "info";
}

static const char *time_of(const struct kf_journal_line *line, char buf[static KF_TIMESTAMP_MAX])
{
	return kf_clock_format((time_t)(line->time_usec / 1000000), buf);
}

/* Leaves a missing value out. Values come from pods: one that is not plain text is escaped before json-c sees it. */
static int set(struct json_object *object, const char *key, const char *value)
{
	char quoted[KF_QUOTED_MAX];

	if (!value)
		return 0;
	return kf_json_set_string(object, key, kf_is_plain(value) ? value : kf_quote(quoted, value));
}

static int print_json(const struct kf_journal_line *line)
{
	cleanup_json struct json_object *object = json_object_new_object();
	char timestamp[KF_TIMESTAMP_MAX];
	size_t length;

	if (!object || set(object, "time", time_of(line, timestamp)) < 0 ||
	    set(object, "level", level_of(line->priority)) < 0 || set(object, "msg", line->message) < 0 ||
	    set(object, "decision", line->decision) < 0 || set(object, "container_id", line->container_id) < 0 ||
	    set(object, "namespace", line->namespace) < 0 || set(object, "pod", line->pod) < 0 ||
	    set(object, "container", line->container_name) < 0 || set(object, "profile", line->profile) < 0 ||
	    set(object, "profile_asked", line->asked) < 0 || set(object, "runtime_handler", line->handler) < 0 ||
	    set(object, "reason", line->reason) < 0 || set(object, "stage", line->stage) < 0 ||
	    set(object, "command", line->command) < 0 || set(object, "warning", line->warning) < 0 ||
	    set(object, "error", line->error) < 0)
		return -ENOMEM;

	const char *text = kf_json_text(object, &length);

	return text && puts(text) >= 0 ? 0 : -EIO;
}

static void print_pair(const char *name, const char *value)
{
	char quoted[KF_QUOTED_MAX];

	if (value && value[0])
		(void)printf("  %s=%s", name, kf_quote(quoted, value));
}

static int print_short(const struct kf_journal_line *line)
{
	char timestamp[KF_TIMESTAMP_MAX], quoted[KF_QUOTED_MAX], short_id[13];

	(void)snprintf(short_id, sizeof short_id, "%s", line->container_id ? line->container_id : "");
	(void)printf("%s %-17s", time_of(line, timestamp), kf_quote(quoted, line->message));
	print_pair("pod", line->pod);
	print_pair("container", line->container_name ? line->container_name : short_id);
	print_pair("exec", line->command);
	print_pair("profile", line->profile);
	print_pair("asked", line->asked);
	print_pair("class", line->handler);
	print_pair("reason", line->reason);
	if (line->error || line->warning)
		(void)printf(": %s", line->error ? line->error : line->warning);
	return puts("") >= 0 ? 0 : -EIO;
}

static int print_all(struct kf_journal_reader *reader, const struct options *options, struct kf_error *err)
{
	for (;;) {
		cleanup_journal_line struct kf_journal_line line = { 0 };
		int r = kf_journal_next(reader, &line, err);

		if (r <= 0)
			return r;
		r = options->json ? print_json(&line) : print_short(&line);
		if (r < 0)
			return kf_fail_errno(err, -r, "cannot print");
	}
}

static int print_logs(const struct options *options, struct kf_error *err)
{
	cleanup_journal_reader struct kf_journal_reader *reader = NULL;
	int r = kf_journal_open(&options->query, &reader, err);

	if (r < 0)
		return r;
	do {
		r = print_all(reader, options, err);
		/* The reader of a pipe gets the last line at once, too. */
		if (r == 0 && fflush(stdout) != 0)
			r = kf_fail_errno(err, errno, "cannot print");
		if (r == 0 && options->follow)
			r = kf_journal_wait(reader, STDOUT_FILENO, err);
	} while (r > 0);
	return r;
}

static int parse_lines(const char *text, size_t *ret, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX], *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*end || end == text || text[0] == '-' || number == 0 || number > 1000000000)
		return kf_fail(err, EINVAL, "'%s' is not a number of lines", kf_quote(quoted, text));
	*ret = number;
	return 0;
}

static int parse_format(const char *text, bool *ret_json, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (strcmp(text, "json") != 0 && strcmp(text, "short") != 0)
		return kf_fail(err, EINVAL, "'%s' is not an output format: there are short and json",
			       kf_quote(quoted, text));
	*ret_json = strcmp(text, "json") == 0;
	return 0;
}

/* The options whose text has a meaning of its own; NULL: not given. */
struct texts {
	const char *since, *lines, *output;
};

static int read_texts(const struct texts *texts, struct options *ret, struct kf_error *err)
{
	int r = 0;

	if (texts->since)
		r = kf_when_parse(texts->since, (uint64_t)time(NULL) * 1000000, &ret->query.since_usec, err);
	if (r == 0 && texts->lines)
		r = parse_lines(texts->lines, &ret->query.last, err);
	if (r == 0 && texts->output)
		r = parse_format(texts->output, &ret->json, err);
	if (r == 0 && texts->lines && texts->since)
		r = kf_fail(err, EINVAL, "--lines and --since exclude each other");
	return r;
}

/* Returns KF_CLI_GO_ON or an exit status. */
static int parse_options(int argc, char *argv[], struct options *ret)
{
	struct texts texts = { 0 };
	const struct kf_cli_option options[] = {
		{ .name = "follow", .letter = 'f', .ret_given = &ret->follow },
		{ .name = "pod", .letter = 'p', .ret_value = &ret->query.pod },
		{ .name = "namespace", .letter = 'N', .ret_value = &ret->query.namespace },
		{ .name = "since", .letter = 'S', .ret_value = &texts.since },
		{ .name = "lines", .letter = 'n', .ret_value = &texts.lines },
		{ .name = "output", .letter = 'o', .ret_value = &texts.output },
		{ .name = "directory", .letter = 'D', .ret_value = &ret->query.directory },
		{ 0 },
	};
	struct kf_error err = { 0 };
	int r = kf_cli_parse(argc, argv, usage, options, true);

	if (r != KF_CLI_GO_ON)
		return r;
	if (optind < argc)
		return kf_cli_misused("logs takes only options (see kubefence logs --help)");
	return read_texts(&texts, ret, &err) < 0 ? kf_cli_misused("%s", err.message) : KF_CLI_GO_ON;
}

int kf_cli_logs(const struct kf_cli *cli, int argc, char *argv[])
{
	struct options options = { 0 };
	struct kf_error err = { 0 };
	int r = parse_options(argc, argv, &options);

	(void)cli;
	if (r != KF_CLI_GO_ON)
		return r;
	return print_logs(&options, &err) < 0 ? kf_cli_fail(&err) : KF_CLI_OK;
}
