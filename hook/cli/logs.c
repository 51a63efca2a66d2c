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
#include "cli/output.h"
#include "cli/records.h"
#include "node/journal-read.h"

static const char usage[] = "Usage: kubefence logs [OPTION...] [CONTAINER]\n"
			    "\n"
			    "Prints kubefence's decisions from the journal, the oldest first. CONTAINER is\n"
			    "the beginning of an id, a container's name, a pod's, or POD/CONTAINER: all that\n"
			    "fit, also those that are gone.\n"
			    "\n"
			    "  -f, --follow         go on with new decisions\n"
			    "  -p, --pod POD        only about this pod\n"
			    "  -N, --namespace NS   only about pods of this namespace\n"
			    "  -d, --denied         only what was refused\n"
			    "  -S, --since TIME     10m, 2h, \"1 day ago\", today, yesterday, 2026-01-31,\n"
			    "                       2026-01-31T12:00:00Z, @UNIX\n"
			    "  -n, --lines N        only the newest N\n"
			    "  -o, --output FORMAT  short (the default); wide: with namespace, id and stage;\n"
			    "                       json: one object a line; yaml\n"
			    "  -D, --directory DIR  the journal files in DIR, of another machine or the host\n"
			    "  -h, --help           this text\n";

struct options {
	struct kf_journal_query query;
	const char *word; /* the container; NULL: all */
	bool follow;
	enum kf_output output;
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

static int print_document(const struct kf_journal_line *line, enum kf_output output)
{
	cleanup_json struct json_object *object = json_object_new_object();
	char timestamp[KF_TIMESTAMP_MAX];

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

	return kf_output_document(object, output);
}

static void print_pair(const char *name, const char *value)
{
	char quoted[KF_QUOTED_MAX];

	if (value && value[0])
		(void)printf("  %s=%s", name, kf_quote(quoted, value));
}

static int print_line(const struct kf_journal_line *line, bool wide)
{
	char timestamp[KF_TIMESTAMP_MAX], quoted[KF_QUOTED_MAX], short_id[13];

	(void)snprintf(short_id, sizeof short_id, "%s", line->container_id ? line->container_id : "");
	(void)printf("%s %-17s", time_of(line, timestamp), kf_quote(quoted, line->message));
	if (wide)
		print_pair("namespace", line->namespace);
	print_pair("pod", line->pod);
	print_pair("container", line->container_name ? line->container_name : short_id);
	if (wide) {
		print_pair("id", line->container_id);
		print_pair("stage", line->stage);
	}
	print_pair("exec", line->command);
	print_pair("profile", line->profile);
	print_pair("asked", line->asked);
	print_pair("class", line->handler);
	print_pair("reason", line->reason);
	if (line->error || line->warning)
		(void)printf(": %s", line->error ? line->error : line->warning);
	return puts("") >= 0 ? 0 : -EIO;
}

static bool is_meant(const struct kf_journal_line *line, const char *word)
{
	const struct kf_container container = {
		.id = line->container_id, .pod = line->pod, .namespace = line->namespace, .name = line->container_name
	};

	return !word || kf_cli_is_called(&container, word);
}

/* *PRINTED becomes true if there was a line. */
static int print_all(struct kf_journal_reader *reader, const struct options *options, bool *printed,
		     struct kf_error *err)
{
	for (;;) {
		cleanup_journal_line struct kf_journal_line line = { 0 };
		int r = kf_journal_next(reader, &line, err);

		if (r <= 0)
			return r;
		if (!is_meant(&line, options->word))
			continue;
		*printed = true;
		r = kf_output_is_document(options->output) ? print_document(&line, options->output)
							   : print_line(&line, options->output == KF_OUTPUT_WIDE);
		if (r < 0)
			return kf_fail_errno(err, -r, "cannot print");
	}
}

static int print_logs(const struct options *options, struct kf_error *err)
{
	cleanup_journal_reader struct kf_journal_reader *reader = NULL;
	int r = kf_journal_open(&options->query, &reader, err);
	bool printed = false;

	if (r < 0)
		return r;
	do {
		r = print_all(reader, options, &printed, err);
		/* The reader of a pipe gets the last line at once, too. */
		if (r == 0 && fflush(stdout) != 0)
			r = kf_fail_errno(err, errno, "cannot print");
		if (r == 0 && options->follow)
			r = kf_journal_wait(reader, STDOUT_FILENO, err);
	} while (r > 0);
	if (r == 0 && !printed && geteuid() != 0)
		(void)fputs("kubefence: no entry that this user may read: all of the node as root (sudo), or in the "
			    "group systemd-journal\n",
			    stderr);
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
	if (r == 0)
		r = kf_output_parse(texts->output, &ret->output, err);
	if (r == 0 && texts->lines && texts->since)
		r = kf_fail(err, EINVAL, "--lines and --since exclude each other");
	if (r == 0 && texts->lines && ret->word)
		r = kf_fail(err, EINVAL, "--lines counts all containers: leave it out with CONTAINER, or use --pod");
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
		{ .name = "denied", .letter = 'd', .ret_given = &ret->query.denied },
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
	if (optind < argc - 1 || (optind < argc && !argv[optind][0]))
		return kf_cli_misused("logs takes one container at most (see kubefence logs --help)");
	ret->word = argv[optind];
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
