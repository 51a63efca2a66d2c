/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "fixtures.h"
#include "runtime/log.h"

/* One line of the log, parsed; the caller's to put. */
static struct json_object *line_from(const char *text, size_t length)
{
	struct json_object *line = NULL;
	struct kf_error err = { 0 };

	expect_success(text, kf_json_parse(text, length, "the line", KF_JSON_STRICT, &line, &err), &err);
	return line;
}

static void expect_message(const char *path, const char *message)
{
	char *text = get_bytes(path, NULL);

	assert_non_null(text);

	size_t length = strlen(text);

	assert_true(length > 0 && text[length - 1] == '\n');
	expect(text, strchr(text, '\n') == text + length - 1);

	char *exact = strndup(text, length - 1);
	struct json_object *line = line_from(exact, length - 1);
	struct tm time = { 0 };

	assert_int_equal(json_object_object_length(line), 3);
	expect_text(text, "the level", kf_json_string(line, "level"), "error");
	expect_text(text, "the message", kf_json_string(line, "msg"), message);
	/* Go's time.RFC3339, or containerd does not take the line. */
	const char *end = strptime(kf_json_string(line, "time"), "%Y-%m-%dT%H:%M:%SZ", &time);

	expect(text, end && *end == '\0');
	(void)json_object_put(line);
	free(exact);
	free(text);
}

static void one_line_is_appended(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "log.json");
	time_t before = time(NULL);
	struct stat st;

	kf_runtime_log_append(path, "no profile");
	expect_message(path, "no profile");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0133, 0);
	assert_true(st.st_mtime >= before - 1);
}

static void lines_that_were_there_stay(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "log.json");
	static const char first[] = "{\"level\":\"info\",\"msg\":\"runc was here\"}\n";

	put_text(path, first);
	kf_runtime_log_append(path, "one");
	kf_runtime_log_append(path, "two");

	char *text = get_bytes(path, NULL);
	size_t lines = 0;

	assert_memory_equal(text, first, sizeof first - 1);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 3);
	free(text);
}

static void no_message_breaks_out_of_its_line(void **state)
{
	static const char *const messages[] = {
		"",     "a\nb", "\"},{\"level\":\"info", "\\", "tab\there\r\n\x1b[2J\x01\x7f", "/a/b", "h\xc3\xa4llo",
		"%s%n",
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(messages); i++) {
		const char *path = in(scratch, "log.json");

		(void)unlink(path);
		kf_runtime_log_append(path, messages[i]);
		expect_message(path, messages[i]);
	}
}

static void prefixes_of_crun_are_understood(void **state)
{
	const struct scratch *scratch = *state;
	char target[128];
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)snprintf(target, sizeof target, "file:%s/f", scratch->path);
	kf_runtime_log_append(target, "x");
	expect_message(in(scratch, "f"), "x");
	assert_int_equal(fchdir(scratch->fd), 0);
	kf_runtime_log_append("journald:abc", "x");
	kf_runtime_log_append("journald:", "x");
	kf_runtime_log_append("syslog:abc", "x");
	kf_runtime_log_append("file:", "x");
	kf_runtime_log_append("", "x");
	assert_int_equal(entries_of(scratch->path), 1);
	/* A relative path, and a name that only looks like a prefix. */
	kf_runtime_log_append("journald", "x");
	assert_int_equal(fchdir(here), 0);
	(void)close(here);
	expect_message(in(scratch, "journald"), "x");
}

static void a_log_that_cannot_be_written_changes_nothing(void **state)
{
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();

	(void)alarm(10);
	kf_runtime_log_append(scratch->path, "x");
	kf_runtime_log_append(in(scratch, "missing/log"), "x");
	kf_runtime_log_append("/dev/full", "x");
	/* A FIFO without a reader, and one whose reader does not read. */
	assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
	kf_runtime_log_append(in(scratch, "fifo"), "x");

	int reader = open(in(scratch, "fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *message = calloc(1, 200 * 1000);

	assert_non_null(message);
	memset(message, 'x', 200 * 1000 - 1);
	kf_runtime_log_append(in(scratch, "fifo"), message);
	(void)close(reader);
	free(message);
	(void)alarm(0);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(entries_of(scratch->path), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(one_line_is_appended),
		scratch_test(lines_that_were_there_stay),
		scratch_test(no_message_breaks_out_of_its_line),
		scratch_test(prefixes_of_crun_are_understood),
		scratch_test(a_log_that_cannot_be_written_changes_nothing),
	};

	return cmocka_run_group_tests_name("runtime/log", tests, NULL, NULL);
}
