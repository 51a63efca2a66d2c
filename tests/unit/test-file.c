/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/file.h"
#include "fixtures.h"

static int pipe_with(const char *text, size_t length)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], text, length), length);
	(void)close(ends[1]);
	return ends[0];
}

static void read_all_gives_exact_bytes(void **state)
{
	static const char bytes[] = "a\0b\nc";
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length = 0;
	int fd = pipe_with(bytes, sizeof bytes - 1);

	(void)state;
	expect_success("pipe", kf_read_all(fd, "it", 100, &text, &length, &err), &err);
	assert_int_equal(length, sizeof bytes - 1);
	assert_memory_equal(text, bytes, sizeof bytes);
	free(text);
	(void)close(fd);
}

static void read_all_of_nothing_is_an_empty_string(void **state)
{
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length = 99;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	expect_success("/dev/null", kf_read_all(fd, "it", 0, &text, &length, &err), &err);
	assert_int_equal(length, 0);
	assert_string_equal(text, "");
	free(text);
	(void)close(fd);
}

/* Around the limit, and around the sizes at which its buffer grows. */
static void read_all_keeps_its_limit(void **state)
{
	static const size_t sizes[] = { 1, 2, 100, 16382, 16383, 16384, 16385, 32767, 32768, 65535, 65536, 100000 };
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "file");
	struct kf_error err = { 0 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *bytes = malloc(sizes[i]), *text = NULL;
		size_t length = 0;
		int fd;

		assert_non_null(bytes);
		memset(bytes, 'x', sizes[i]);
		put_bytes(path, bytes, sizes[i], 0644);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		expect_success("at the limit", kf_read_all(fd, "it", sizes[i], &text, &length, &err), &err);
		assert_int_equal(length, sizes[i]);
		assert_int_equal(strlen(text), sizes[i]);
		free(text);
		text = NULL;
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		expect_refusal("over it", kf_read_all(fd, "it", sizes[i] - 1, &text, &length, &err), EFBIG, &err);
		assert_null(text);
		assert_non_null(strstr(err.message, "it is larger than"));
		(void)close(fd);
		free(bytes);
	}
}

/* The writer at the other end of a pipe gets rid of all its bytes, or it would die of SIGPIPE or wait for ever. */
static void read_all_drains_a_pipe_that_is_too_long(void **state)
{
	enum { LENGTH = 1024 * 1024 };
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length = 0;
	int ends[2], status = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		static char chunk[LENGTH];

		(void)signal(SIGPIPE, SIG_DFL);
		(void)close(ends[0]);
		_exit(kf_write_all(ends[1], chunk, sizeof chunk) == 0 ? 0 : 1);
	}
	(void)close(ends[1]);
	expect_refusal("pipe", kf_read_all(ends[0], "the state", 10, &text, &length, &err), EFBIG, &err);
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void read_all_reports_read_errors(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length = 0;

	expect_refusal("directory", kf_read_all(scratch->fd, "it", 10, &text, &length, &err), EISDIR, &err);
	expect_refusal("no descriptor", kf_read_all(-1, "it", 10, &text, &length, &err), EBADF, &err);
	assert_null(text);
}

static void only_regular_files_are_read_by_path(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length = 0;

	put_text(in(scratch, "file"), "text");
	assert_int_equal(symlink("file", in(scratch, "link")), 0);
	expect_success("link", kf_read_file(in(scratch, "link"), 4, &text, &length, &err), &err);
	assert_string_equal(text, "text");
	free(text);
	expect_refusal("large", kf_read_file(in(scratch, "file"), 3, &text, &length, &err), EFBIG, &err);
	/* Opened the usual way, it would wait for a writer for ever. */
	assert_int_equal(mkfifo(in(scratch, "fifo"), 0600), 0);
	expect_refusal("FIFO", kf_read_file(in(scratch, "fifo"), 4, &text, &length, &err), EINVAL, &err);
	expect_refusal("directory", kf_read_file(scratch->path, 4, &text, &length, &err), EINVAL, &err);
	expect_refusal("device", kf_read_file("/dev/zero", 4, &text, &length, &err), EINVAL, &err);
	expect_refusal("missing", kf_read_file(in(scratch, "a\x1b[2Jb"), 4, &text, &length, &err), ENOENT, &err);
}

static void write_all_writes_all_or_says_why(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "file");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(kf_write_all(fd, "abc", 3), 0);
	assert_int_equal(kf_write_all(fd, "", 0), 0);
	assert_int_equal(kf_write_all(fd, "d\0e", 3), 0);
	(void)close(fd);

	size_t length = 0;
	char *bytes = get_bytes(path, &length);

	assert_int_equal(length, 6);
	assert_memory_equal(bytes, "abcd\0e", 6);
	free(bytes);
	assert_int_equal(kf_write_all(-1, "x", 1), -EBADF);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(kf_write_all(fd, "x", 1), -ENOSPC);
	(void)close(fd);
}

static void replace_keeps_owner_and_mode(void **state)
{
	static const struct {
		mode_t mode;
		uid_t uid;
		gid_t gid;
	} rows[] = { { 0600, 0, 0 }, { 0640, 1000, 2000 }, { 0444, NOBODY, NOBODY },
		     { 0777, 0, 5 }, { 0000, 7, 0 },       { 04755, 0, 0 } };
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "config.json");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stat like = { .st_mode = S_IFREG | rows[i].mode, .st_uid = rows[i].uid, .st_gid = rows[i].gid };
		struct kf_error err = { 0 };
		struct stat st;

		put_text(path, "old");
		/* A strict mask must not make the file smaller than it was. */
		(void)umask(077);
		expect_success("replace", kf_replace_file_at(scratch->fd, "config.json", "new\0!", 5, &like, &err),
			       &err);
		(void)umask(022);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | rows[i].mode);
		assert_int_equal(st.st_uid, rows[i].uid);
		assert_int_equal(st.st_gid, rows[i].gid);
		assert_int_equal(st.st_size, 5);
		assert_int_equal(entries_of(scratch->path), 1);
	}
}

/* A reader that has the old file open keeps reading the old bytes. */
static void replace_is_a_rename(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "f");
	struct stat before, after;
	struct kf_error err = { 0 };
	char buf[8] = { 0 };

	put_text(path, "old");
	assert_int_equal(stat(path, &before), 0);

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	expect_success("replace", kf_replace_file_at(scratch->fd, "f", "newer", 5, &before, &err), &err);
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(read(fd, buf, sizeof buf), 3);
	assert_string_equal(buf, "old");
	expect_file("new", path, "newer");
	(void)close(fd);
}

static void replace_takes_the_place_of_a_symlink(void **state)
{
	const struct scratch *scratch = *state;
	const struct stat like = { .st_mode = 0600 };
	struct kf_error err = { 0 };
	struct stat st;

	put_text(in(scratch, "target"), "mine");
	assert_int_equal(symlinkat("target", scratch->fd, "link"), 0);
	expect_success("replace", kf_replace_file_at(scratch->fd, "link", "new", 3, &like, &err), &err);
	expect_file("target", in(scratch, "target"), "mine");
	assert_int_equal(lstat(in(scratch, "link"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void a_failed_replace_leaves_everything_as_it_was(void **state)
{
	const struct scratch *scratch = *state;
	const struct stat like = { .st_mode = 0600 };
	struct kf_error err = { 0 };
	char name[300];

	/* Onto a directory: known only at the rename. */
	assert_int_equal(mkdirat(scratch->fd, "dir", 0755), 0);
	expect_refusal("directory", kf_replace_file_at(scratch->fd, "dir", "x", 1, &like, &err), EISDIR, &err);
	assert_int_equal(entries_of(scratch->path), 1);

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	expect_refusal("long name", kf_replace_file_at(scratch->fd, name, "x", 1, &like, &err), ENAMETOOLONG, &err);
	name[NAME_MAX] = '\0';
	expect_refusal("long name", kf_replace_file_at(scratch->fd, name, "x", 1, &like, &err), ENAMETOOLONG, &err);
	assert_int_equal(entries_of(scratch->path), 1);

	expect_refusal("no directory", kf_replace_file_at(-1, "f", "x", 1, &like, &err), EBADF, &err);

	/* A directory that is gone. */
	int gone = openat(scratch->fd, "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(unlinkat(scratch->fd, "dir", AT_REMOVEDIR), 0);
	expect_refusal("gone", kf_replace_file_at(gone, "f", "x", 1, &like, &err), ENOENT, &err);
	(void)close(gone);
	assert_int_equal(entries_of(scratch->path), 0);
}

/* /proc is a file system on which no file can be created. */
static void a_directory_that_cannot_be_written_is_an_error(void **state)
{
	const struct stat like = { .st_mode = 0600 };
	struct kf_error err = { 0 };
	int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = kf_replace_file_at(fd, "f", "x", 1, &like, &err);

	(void)state;
	assert_true(r == -ENOENT || r == -EACCES || r == -EPERM);
	assert_int_equal(err.code, -r);
	(void)close(fd);
}

/* The disk is full half way: RLIMIT_FSIZE fails a write just like that. */
static void a_write_that_fails_half_way_leaves_no_temporary_file(void **state)
{
	const struct scratch *scratch = *state;
	const struct stat like = { .st_mode = 0600 };
	static const char bytes[8192];
	int status = 0;
	pid_t child;

	put_text(in(scratch, "f"), "old");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit limit = { 4096, 4096 };
		struct kf_error err = { 0 };

		if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
			_exit(2);
		_exit(kf_replace_file_at(scratch->fd, "f", bytes, sizeof bytes, &like, &err) == -EFBIG ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	expect_file("f", in(scratch, "f"), "old");
	assert_int_equal(entries_of(scratch->path), 1);
}

/* A writer that was killed has left one: with any bytes, as ours or with the owner and mode of the file already.
 */
static void replace_takes_over_a_killed_writer_s_file(void **state)
{
	static const struct {
		uid_t uid;
		mode_t mode;
	} rows[] = { { 0, 0600 }, { NOBODY, 0600 }, { NOBODY, 0444 }, { NOBODY, 0000 } };
	const struct stat like = { .st_mode = 0640, .st_uid = NOBODY, .st_gid = NOBODY };
	const struct scratch *scratch = *state;
	struct stat st;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		put_text(in(scratch, ".f.kubefence"), "much longer than the new text");
		assert_int_equal(chown(in(scratch, ".f.kubefence"), rows[i].uid, 0), 0);
		assert_int_equal(chmod(in(scratch, ".f.kubefence"), rows[i].mode), 0);
		expect_success("replace", kf_replace_file_at(scratch->fd, "f", "new", 3, &like, &err), &err);
		expect_file("f", in(scratch, "f"), "new");
		assert_int_equal(stat(in(scratch, "f"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
		assert_int_equal(st.st_uid, NOBODY);
		assert_int_equal(entries_of(scratch->path), 1);
	}
}

static void expect_no_takeover(const struct scratch *scratch, const char *what, int code)
{
	const struct stat like = { .st_mode = 0600 };
	struct kf_error err = { 0 };

	expect_refusal(what, kf_replace_file_at(scratch->fd, "f", "new", 3, &like, &err), code, &err);
	assert_non_null(strstr(err.message, ".f.kubefence"));
	assert_int_equal(access(in(scratch, "f"), F_OK), -1);
	expect_file("of another user", in(scratch, "theirs"), "theirs");
	assert_int_equal(remove(in(scratch, ".f.kubefence")), 0);
}

static void a_file_that_no_writer_left_is_not_written_into(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "theirs"), *temporary = in(scratch, ".f.kubefence");

	put_text(path, "theirs");
	assert_int_equal(symlink("theirs", temporary), 0);
	expect_no_takeover(scratch, "symlink", ELOOP);
	assert_int_equal(symlink("nowhere", temporary), 0);
	expect_no_takeover(scratch, "symlink to nowhere", ELOOP);
	assert_int_equal(link(path, temporary), 0);
	expect_no_takeover(scratch, "second name", EPERM);
	assert_int_equal(mkdir(temporary, 0755), 0);
	expect_no_takeover(scratch, "directory", EISDIR);
	assert_int_equal(mkfifo(temporary, 0600), 0);
	expect_no_takeover(scratch, "FIFO", ENXIO);
	assert_int_equal(mknod(temporary, S_IFCHR | 0600, makedev(1, 3)), 0);
	expect_no_takeover(scratch, "device", EPERM);
	put_text(temporary, "theirs");
	assert_int_equal(chown(temporary, NOBODY, NOBODY), 0);
	expect_no_takeover(scratch, "another user's", EPERM);
}

static void replace_for_ever(int dirfd, char letter)
{
	const struct stat like = { .st_mode = 0600 };
	char text[4096];
	struct kf_error err = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(text, letter, sizeof text);
	while (kf_replace_file_at(dirfd, "f", text, sizeof text, &like, &err) == 0)
		;
	(void)fprintf(stderr, "%s\n", err.message);
	_exit(1);
}

/* Each of them has the temporary file for itself until it has renamed it: no reader sees bytes of two. */
static void writers_take_turns(void **state)
{
	const struct stat like = { .st_mode = 0600 };
	const struct scratch *scratch = *state;
	pid_t writers[3];
	int status;

	put_text(in(scratch, "f"), "");
	for (size_t i = 0; i < COUNT(writers); i++) {
		writers[i] = fork();
		assert_true(writers[i] >= 0);
		if (writers[i] == 0)
			replace_for_ever(scratch->fd, (char)('a' + i));
	}
	for (int i = race_rounds(1000); i > 0; i--) {
		struct kf_error err = { 0 };
		size_t length = 0;
		char *bytes;

		expect_success("ours", kf_replace_file_at(scratch->fd, "f", "", 0, &like, &err), &err);
		bytes = get_bytes(in(scratch, "f"), &length);
		assert_true(length == 0 || length == 4096);
		for (size_t at = 1; at < length; at++)
			assert_int_equal(bytes[at], bytes[0]);
		free(bytes);
	}
	for (size_t i = 0; i < COUNT(writers); i++) {
		assert_int_equal(kill(writers[i], SIGKILL), 0);
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		assert_true(WIFSIGNALED(status));
	}
	assert_true(entries_of(scratch->path) <= 2);
}

static void a_lock_says_whether_the_name_is_still_the_file_s(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "f");
	size_t before = open_descriptors();
	struct stat st;

	put_text(path, "f");

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(kf_lock_named_at(scratch->fd, "f", fd, &st), 1);
	assert_int_equal(st.st_size, 1);

	int other = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(close(other), 0);
	put_text(in(scratch, "g"), "gg");
	assert_int_equal(rename(in(scratch, "g"), path), 0);
	assert_int_equal(kf_lock_named_at(scratch->fd, "f", fd, &st), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kf_lock_named_at(scratch->fd, "f", fd, &st), 0);
	put_text(path, "f");
	assert_int_equal(kf_lock_named_at(scratch->fd, "f/g", fd, &st), -ENOTDIR);
	assert_int_equal(close(fd), 0);
	assert_int_equal(kf_lock_named_at(scratch->fd, "f", fd, &st), -EBADF);
	assert_int_equal(open_descriptors(), before);
}

static void the_temporary_file_is_removed_where_there_is_one(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	put_text(in(scratch, "f"), "f");
	assert_int_equal(kf_remove_temporary_at(scratch->fd, "f", &err), 0);
	put_text(in(scratch, ".f.kubefence"), "left");
	assert_int_equal(kf_remove_temporary_at(scratch->fd, "f", &err), 1);
	assert_int_equal(mkdir(in(scratch, ".f.kubefence"), 0755), 0);
	expect_refusal("directory", kf_remove_temporary_at(scratch->fd, "f", &err), EISDIR, &err);
	expect_file("f", in(scratch, "f"), "f");
}

static void replace_leaks_no_descriptor(void **state)
{
	const struct scratch *scratch = *state;
	const struct stat like = { .st_mode = 0600 };
	struct kf_error err = { 0 };
	size_t before = open_descriptors();

	assert_int_equal(mkdirat(scratch->fd, "dir", 0755), 0);
	(void)kf_replace_file_at(scratch->fd, "dir", "x", 1, &like, &err);
	(void)kf_replace_file_at(scratch->fd, "f", "x", 1, &like, &err);
	assert_int_equal(open_descriptors(), before);
}

/* It cannot be changed, has no name, outlives execve(2), and has the owner and permissions of the original. */
static void a_sealed_copy_is_private_and_final(void **state)
{
	static const struct stat like = { .st_mode = S_IFREG | 04751, .st_uid = NOBODY, .st_gid = 12 };
	size_t before = open_descriptors();
	struct kf_error err = { 0 };
	char path[64], text[16] = "";
	struct stat st;
	int fd = -1;

	(void)state;
	expect_success("copy", kf_sealed_copy("a file", "a\0b", 3, &like, &fd, &err), &err);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, 12);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(read(fd, text, sizeof text), 3);
	assert_memory_equal(text, "a\0b", 3);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_true(fd >= 100);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	expect_file("by its path", path, "a");
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_descriptors(), before);
}

static void a_sealed_copy_takes_a_lower_number_if_it_must(void **state)
{
	static const struct stat like = { .st_mode = S_IFREG | 0600 };
	const struct rlimit few = { 64, 4096 };
	struct kf_error err = { 0 };
	struct rlimit all;
	int fd = -1;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ few.rlim_cur, all.rlim_max }), 0);
	expect_success("copy", kf_sealed_copy("a file", "", 0, &like, &fd, &err), &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
	assert_true(fd >= 0 && fd < 64);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_all_gives_exact_bytes),
		cmocka_unit_test(read_all_of_nothing_is_an_empty_string),
		scratch_test(read_all_keeps_its_limit),
		cmocka_unit_test(read_all_drains_a_pipe_that_is_too_long),
		scratch_test(read_all_reports_read_errors),
		scratch_test(only_regular_files_are_read_by_path),
		scratch_test(write_all_writes_all_or_says_why),
		scratch_test(replace_keeps_owner_and_mode),
		scratch_test(replace_is_a_rename),
		scratch_test(replace_takes_the_place_of_a_symlink),
		scratch_test(a_failed_replace_leaves_everything_as_it_was),
		cmocka_unit_test(a_directory_that_cannot_be_written_is_an_error),
		scratch_test(a_write_that_fails_half_way_leaves_no_temporary_file),
		scratch_test(replace_takes_over_a_killed_writer_s_file),
		scratch_test(a_file_that_no_writer_left_is_not_written_into),
		scratch_test(writers_take_turns),
		scratch_test(a_lock_says_whether_the_name_is_still_the_file_s),
		scratch_test(the_temporary_file_is_removed_where_there_is_one),
		scratch_test(replace_leaks_no_descriptor),
		cmocka_unit_test(a_sealed_copy_is_private_and_final),
		cmocka_unit_test(a_sealed_copy_takes_a_lower_number_if_it_must),
	};

	return is_root() ? cmocka_run_group_tests_name("base/file", tests, NULL, NULL) : 0;
}
