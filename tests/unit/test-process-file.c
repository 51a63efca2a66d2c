/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "runtime/process-file.h"

#define PROCESS                                                                                                        \
	"{'terminal':false,'args':['/bin/sh','-c','\\u00e4'],'env':['A=1'],'cwd':'/','big':18446744073709551615}"

static int load(const char *path, struct kf_process_file *file, struct kf_error *err)
{
	*err = (struct kf_error){ 0 };
	return kf_process_file_load(path, file, err);
}

static void a_process_file_is_copied_and_stays_as_it_is(void **state)
{
	struct scratch *scratch = *state;
	const char *path = in(scratch, "process.json");
	struct json_object *original = json_from(PROCESS);
	cleanup_process_file struct kf_process_file file = { 0 };
	struct kf_error err;
	struct stat st;
	char copy[64];
	int fd = -1;

	put_bytes(path, json_text(original), strlen(json_text(original)), 0640);
	assert_int_equal(chown(path, NOBODY, 12), 0);
	expect_success("load", load(path, &file, &err), &err);
	assert_int_equal(json_object_object_add(file.document, "cwd", json_object_new_string("/x")), 0);
	expect_success("copy", kf_process_file_copy(&file, &fd, &err), &err);
	(void)snprintf(copy, sizeof copy, "/proc/self/fd/%d", fd);
	expect_file("copy", copy, json_text(file.document));
	expect_file("original", path, json_text(original));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, 12);
	assert_int_equal(entries_of(scratch->path), 1);
	assert_int_equal(close(fd), 0);
	(void)json_object_put(original);
}

static void a_file_that_is_not_plain_is_refused_unopened(void **state)
{
	struct scratch *scratch = *state;
	static const struct {
		const char *name;
		int code;
	} rows[] = {
		{ "fifo", EINVAL }, { "dir", EINVAL },        { "link", EINVAL },
		{ "loop", EINVAL }, { "missing", ENOENT },    { "file/x", ENOTDIR },
		{ "", ENOENT },     { "/dev/null", EINVAL },  { "/proc/self/fd/0", EINVAL },
		{ "-", ENOENT },    { "/dev/stdin", EINVAL },
	};
	size_t before = open_descriptors();

	put_text(in(scratch, "file"), "{}");
	assert_int_equal(mkfifo(in(scratch, "fifo"), 0600), 0);
	assert_int_equal(mkdir(in(scratch, "dir"), 0700), 0);
	assert_int_equal(symlink("file", in(scratch, "link")), 0);
	assert_int_equal(symlink("loop", in(scratch, "loop")), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;
		bool inside = name[0] && name[0] != '/' && name[0] != '-';
		struct kf_process_file file = { 0 };
		struct kf_error err;

		expect_refusal(name, load(inside ? in(scratch, name) : name, &file, &err), rows[i].code, &err);
		expect(name, !file.document);
	}
	/* A reader that came and went would have let this writer in. */
	assert_int_equal(open(in(scratch, "fifo"), O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
	assert_int_equal(errno, ENXIO);
	assert_int_equal(open_descriptors(), before);
}

static void files_that_runtimes_read_differently_are_refused(void **state)
{
	struct scratch *scratch = *state;
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"null",
		"{}x",
		"{}{}",
		"{\"args\":[\"a\"],\"args\":[\"b\"]}",
		"{\"args\":[\"a\"],\"Args\":[\"b\"]}",
		"{\"ARGS\":[\"b\"]}",
		"{\"args\":[\"a\"],\"eNv\":[\"b\"]}",
		"{\"args\":[\"a\"],\"arg\xc5\xbf\":[\"b\"]}",
		"{\"args\":[\"a\n\"]}",
		"{\"args\":['a']}",
		"{\"args\":[\"\xff\"]}",
		"{\"x\":{\"a\":1,\"a\":1}}",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_process_file file = { 0 };
		struct kf_error err;

		put_text(in(scratch, "process.json"), rows[i]);
		expect_refusal(rows[i], load(in(scratch, "process.json"), &file, &err), EINVAL, &err);
		expect(rows[i], !file.document);
	}
}

static void there_is_a_limit(void **state)
{
	struct scratch *scratch = *state;
	const char *path = in(scratch, "process.json");
	struct kf_process_file file = { 0 };
	struct kf_error err;

	put_text(path, "{}");
	assert_int_equal(truncate(path, (off_t)KF_PROCESS_MAX + 1), 0);
	expect_refusal("huge", load(path, &file, &err), EFBIG, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_process_file_is_copied_and_stays_as_it_is),
		scratch_test(a_file_that_is_not_plain_is_refused_unopened),
		scratch_test(files_that_runtimes_read_differently_are_refused),
		scratch_test(there_is_a_limit),
	};

	return is_root() ? cmocka_run_group_tests_name("runtime/process-file", tests, NULL, NULL) : 0;
}
