/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/state-dir.h"
#include "policy/config-files.h"
#include "policy/config-keys.h"
#include "policy/config-trace.h"

/*
 * inih cuts lines at its compiled-in limit (200 bytes with line end and NUL) and goes on with the rest as if it were
 * a line of its own. So nothing that long ever reaches it.
 */
enum { LINE_MAX_BYTES = 196, SECTION_MAX = 80, KEY_MAX = 64 };

/* One file on its way through inih, which reads lines from us and hands back pairs. */
struct reading {
	const char *path;
	const char *next; /* the rest of the text */
	int line;
	bool indented;             /* is the current line indented? */
	char section[SECTION_MAX]; /* inih's own copy is cut at 50 bytes */
	char last_key[KEY_MAX];
	struct kf_config *config;
	struct kf_config_trace *trace; /* NULL: the origin of values is not wanted */
	struct kf_error *err;          /* NULL: bad lines are passed over */
	int status;
};

static int fail_at_line(struct reading *reading, int code, const char *message)
{
	if (reading->status == 0 && reading->err)
		reading->status = kf_fail(reading->err, code, "%s:%d: %s", reading->path, reading->line, message);
	return reading->status;
}

/* Only blanks or a comment up to END? */
static bool nothing_behind(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t' || *text == '\r'))
		text++;
	return text == end || *text == ';' || *text == '#';
}

/* Control characters other than tab and the line end of Windows: inih takes some of them for blanks. */
static bool has_control_character(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t' && !(line[i] == '\r' && i == length - 1)) ||
		    line[i] == 0x7f)
			return true;
	return false;
}

/* inih does not report a section without keys, and so not a misspelt one either. */
static void enter_section(struct reading *reading, const char *line, size_t length)
{
	const char *end = memchr(line, ']', length);
	size_t size = end ? (size_t)(end - line) - 1 : 0;

	reading->last_key[0] = '\0';
	reading->section[0] = '\0';
	if (!end || size >= sizeof reading->section || !nothing_behind(end + 1, line + length)) {
		(void)fail_at_line(reading, EINVAL, "a section is [kubefence] or [class NAME]");
		return;
	}
	memcpy(reading->section, line + 1, size);
	reading->section[size] = '\0';
	if (kf_config_section_valid(reading->section))
		return;
	reading->section[0] = '\0';
	(void)fail_at_line(reading, EINVAL, "unknown section: there are [kubefence] and [class NAME]");
}

/* inih's ini_reader: the next line into BUF, as fgets(3) would. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reading *reading = stream;
	const char *line = reading->next;

	if (reading->status < 0 || *line == '\0')
		return NULL;

	size_t length = strcspn(line, "\n");

	reading->line++;
	if (length > LINE_MAX_BYTES || (int)length + 2 > size) {
		(void)fail_at_line(reading, EINVAL, "the line is too long: go on with a list on an indented line");
		return NULL;
	}
	if (has_control_character(line, length)) {
		(void)fail_at_line(reading, EINVAL, "a control character: write plain text");
		return NULL;
	}
	reading->next = line + length + (line[length] == '\n');
	reading->indented = line[0] == ' ' || line[0] == '\t';

	size_t blank = strspn(line, " \t");

	if (blank < length && line[blank] == '[' && !(reading->indented && reading->last_key[0]))
		enter_section(reading, line + blank, length - blank);
	memcpy(buf, line, length);
	memcpy(buf + length, "\n", sizeof "\n");
	return reading->status < 0 ? NULL : buf;
}

static int note(const struct reading *reading, const char *key, const char *value, bool continued)
{
	cleanup_free char *origin = NULL;

	if (!reading->trace)
		return 0;
	if (!continued && kf_format(&origin, "%s:%d", reading->path, reading->line) < 0)
		return -ENOMEM;
	return kf_config_trace_add(reading->trace, reading->section, key, value, origin);
}

/* inih's ini_handler: 1 goes on. */
static int take_pair(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	bool continued = reading->indented && strcmp(key, reading->last_key) == 0;
	struct kf_error problem;

	(void)section;
	if (!reading->section[0])
		return fail_at_line(reading, EINVAL, "a key before the first section: write [kubefence] above it") == 0;
	(void)snprintf(reading->last_key, sizeof reading->last_key, "%s", key);

	int r = kf_config_set(reading->config, reading->section, key, value ? value : "", continued, &problem);

	if (r == 0 && note(reading, key, value ? value : "", continued) < 0)
		r = kf_oom(&problem);
	if (r < 0)
		(void)fail_at_line(reading, -r, problem.message);
	return r == 0;
}

/* ERR is for the file itself, LINES_ERR for its lines (NULL: bad lines are passed over). */
static int read_file(struct kf_config *config, const char *path, struct kf_config_trace *trace,
		     struct kf_error *lines_err, struct kf_error *err)
{
	cleanup_free char *text = NULL;
	int r = kf_config_read_file(path, &text, err);

	if (r < 0)
		return r;

	const char *start = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text; /* a byte order mark */
	struct reading reading = { .path = path, .next = start, .config = config, .trace = trace, .err = lines_err };
	int bad_line = ini_parse_stream(next_line, &reading, take_pair, &reading);

	if (reading.status == 0 && bad_line != 0) {
		reading.line = bad_line > 0 ? bad_line : reading.line;
		(void)fail_at_line(&reading, EINVAL, "neither a section, nor key = value, nor a comment");
	}
	return reading.status;
}

int kf_config_load_traced(const char *path, struct kf_config_trace *trace, struct kf_config **ret, struct kf_error *err)
{
	cleanup_config struct kf_config *config = calloc(1, sizeof *config);
	struct kf_list files = { 0 };

	if (!config)
		return kf_oom(err);

	int r = kf_config_files(path, &files, err);

	for (size_t i = 0; r == 0 && i < files.count; i++)
		r = read_file(config, files.items[i], trace, err, err);
	if (r == 0)
		r = kf_config_complete(config, err);
	kf_list_clear(&files);
	if (r < 0)
		return r;
	*ret = config;
	config = NULL;
	return 0;
}

int kf_config_load(const char *path, struct kf_config **ret, struct kf_error *err)
{
	return kf_config_load_traced(path, NULL, ret, err);
}

struct kf_config *kf_config_salvage(const char *path)
{
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_list files = { 0 };
	struct kf_error unused;

	if (!config)
		return NULL;
	(void)kf_config_files(path, &files, &unused);
	for (size_t i = 0; i < files.count; i++)
		(void)read_file(config, files.items[i], NULL, NULL, &unused);
	kf_list_clear(&files);
	return config;
}

int kf_config_state_dir(const struct kf_config *config, char **ret, struct kf_error *err)
{
	char *copy;

	/* A salvaged configuration may have no state_dir. */
	if (!config || !config->state_dir)
		return kf_default_state_dir(ret, err);
	copy = strdup(config->state_dir);
	if (!copy)
		return kf_oom(err);
	*ret = copy;
	return 0;
}
