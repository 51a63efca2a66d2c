/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_TESTS_UNIT_FIXTURES_H
#define KF_TESTS_UNIT_FIXTURES_H

/*
 * The helpers of the unit tests: a directory that goes away again, files in it, JSON from text, and assertions that
 * name the row of a table. Failing assertions leave a test by longjmp(3), so the tests keep cleanup to what they pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The number of runs of a race. KF_RACE_ROUNDS is the most, for a user who waits for the result. */
static inline int race_rounds(int all)
{
	const char *text = getenv("KF_RACE_ROUNDS");
	int most = text ? atoi(text) : 0;

	return most > 0 && most < all ? most : all;
}

/* A user who is not root; the number need not exist. */
#define NOBODY 65534

/* Fails the test and names the wrong row of its table. */
#define expect(row, condition)                                                                                         \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail_msg("%s: not true: %s", (row), #condition);                                               \
	} while (0)

static inline void expect_text(const char *row, const char *what, const char *actual, const char *wanted)
{
	if (!actual != !wanted || (actual && wanted && strcmp(actual, wanted) != 0))
		fail_msg("%s: %s is '%s' instead of '%s'", row, what, actual ? actual : "(null)",
			 wanted ? wanted : "(null)");
}

/* R is -CODE, the error object says the same, and its message is one line. */
static inline void expect_refusal(const char *row, int r, int code, const struct kf_error *err)
{
	if (r != -code || err->code != code)
		fail_msg("%s: returned %d with code %d instead of %d", row, r, err->code, -code);
	if (!err->message[0] || strpbrk(err->message, "\n\r\x1b"))
		fail_msg("%s: the message is no line: '%s'", row, err->message);
}

static inline void expect_success(const char *row, int r, const struct kf_error *err)
{
	if (r < 0)
		fail_msg("%s: refused (%d): %s", row, r, err->message);
}

/* In main(): many tests are about files of root, owners, modes and mount tables. */
static inline bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	(void)puts("1..0 # SKIP needs root");
	return false;
}

/* --- a directory of one's own ------------------------------------------------------------------------------------ */

struct scratch {
	char path[64];
	int fd;
};

static inline int scratch_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof *scratch);

	if (!scratch)
		return -1;
	(void)snprintf(scratch->path, sizeof scratch->path, "/tmp/kubefence-test.XXXXXX");
	if (!mkdtemp(scratch->path))
		return -1;
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	(void)umask(022);
	return scratch->fd < 0 ? -1 : 0;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static inline int scratch_teardown(void **state)
{
	struct scratch *scratch = *state;
	int r = nftw(scratch->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);

	(void)close(scratch->fd);
	free(scratch);
	return r;
}

#define scratch_test(function) cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

/* The path of NAME in the directory; the last 64 stay valid. */
static inline const char *in(const struct scratch *scratch, const char *name)
{
	static char paths[64][PATH_MAX];
	static size_t next;
	char *path = paths[next++ % COUNT(paths)];

	(void)snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name);
	return path;
}

static inline void put_bytes(const char *path, const void *bytes, size_t length, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		assert_true(n > 0);
		bytes = (const char *)bytes + n;
		length -= (size_t)n;
	}
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void put_text(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text), 0644);
}

/* The bytes of a file with a NUL after them, the caller's to free, or NULL. */
static inline char *get_bytes(const char *path, size_t *ret_length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	char *bytes;

	if (fd < 0)
		return NULL;
	assert_int_equal(fstat(fd, &st), 0);
	bytes = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(bytes);
	n = read(fd, bytes, (size_t)st.st_size);
	assert_int_equal(n, st.st_size);
	(void)close(fd);
	if (ret_length)
		*ret_length = (size_t)n;
	return bytes;
}

static inline void expect_file(const char *row, const char *path, const char *wanted)
{
	char *text = get_bytes(path, NULL);

	expect_text(row, path, text, wanted);
	free(text);
}

static inline size_t entries_of(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(dir);
	return count;
}

/* Open descriptors of this process; compare two of these to find a leak. */
static inline size_t open_descriptors(void)
{
	return entries_of("/proc/self/fd");
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

/* TEXT with ' for ", strictly parsed; the caller's to put. */
static inline struct json_object *json_from(const char *text)
{
	struct json_object *object = NULL;
	struct kf_error err = { 0 };
	char *quoted = strdup(text);

	assert_non_null(quoted);
	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (kf_json_parse(quoted, strlen(quoted), "fixture", KF_JSON_STRICT, &object, &err) < 0)
		fail_msg("the fixture is wrong: %s: %s", err.message, text);
	free(quoted);
	return object;
}

static inline const char *json_text(struct json_object *object)
{
	size_t length;

	return kf_json_text(object, &length);
}

/* Compares a document with TEXT, where ' stands for ". */
static inline void expect_json(const char *row, struct json_object *object, const char *text)
{
	struct json_object *wanted = json_from(text);

	expect_text(row, "the document", json_text(object), json_text(wanted));
	(void)json_object_put(wanted);
}

/* Takes the white space between the tokens of a JSON text away, in place: then it is what json-c prints. */
static inline void put_on_one_line(char *text)
{
	bool in_string = false;
	char *end = text;

	for (; *text; text++) {
		if (!in_string && strchr(" \n", *text))
			continue;
		if (*text == '"')
			in_string = !in_string;
		*end++ = *text;
		if (in_string && *text == '\\')
			*end++ = *++text;
	}
	*end = '\0';
}

/*
 * A config.json as CRI-O and Podman write them, on one line (data/config.json): numbers that do not fit a double, an
 * escaped quote, bytes beyond ASCII, unknown fields.
 */
static inline const char *realistic_spec(void)
{
	static char text[8192];

	if (!text[0]) {
		int fd = open(KF_TEST_DATA "/config.json", O_RDONLY | O_CLOEXEC);
		ssize_t length = read(fd, text, sizeof text - 1);

		assert_in_range(length, 1, sizeof text - 2);
		assert_int_equal(close(fd), 0);
		put_on_one_line(text);
	}
	return text;
}

#endif
