/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lookup.h"
#include "fixtures.h"

static void expect_trusted(const char *path)
{
	struct kf_error err = { 0 };
	struct stat named, opened;
	int fd = -1;

	expect_success(path, kf_open_trusted_dir(path, &fd, &err), &err);
	assert_int_equal(stat(path, &named), 0);
	assert_int_equal(fstat(fd, &opened), 0);
	expect(path, named.st_ino == opened.st_ino && named.st_dev == opened.st_dev);
	expect(path, fcntl(fd, F_GETFD) & FD_CLOEXEC);
	expect(path, fcntl(fd, F_GETFL) & O_PATH);
	(void)close(fd);
}

static void expect_untrusted(const char *path, int code)
{
	struct kf_error err = { 0 };
	int fd = -42;

	expect_refusal(path, kf_open_trusted_dir(path, &fd, &err), code, &err);
	expect(path, fd == -42);
}

static void make_dir(const struct scratch *scratch, const char *name, mode_t mode)
{
	assert_int_equal(mkdirat(scratch->fd, name, 0755), 0);
	assert_int_equal(fchmodat(scratch->fd, name, mode, 0), 0);
}

static void plain_directories_of_root_are_trusted(void **state)
{
	const struct scratch *scratch = *state;

	make_dir(scratch, "a", 0755);
	make_dir(scratch, "a/b", 0700);
	make_dir(scratch, "a/b/c", 0555);
	expect_trusted("/");
	expect_trusted("///");
	expect_trusted(scratch->path);
	expect_trusted(in(scratch, "a/b/c"));
	expect_trusted(in(scratch, "a//b///c//"));
	expect_trusted(in(scratch, "./a/./b/c/."));
}

static void only_absolute_paths_are_trusted(void **state)
{
	(void)state;
	expect_untrusted("", EINVAL);
	expect_untrusted(".", EINVAL);
	expect_untrusted("tmp", EINVAL);
	expect_untrusted("./tmp", EINVAL);
}

static void no_symlink_on_the_way(void **state)
{
	const struct scratch *scratch = *state;

	make_dir(scratch, "real", 0755);
	make_dir(scratch, "real/sub", 0755);
	assert_int_equal(symlinkat("real", scratch->fd, "link"), 0);
	assert_int_equal(symlinkat("sub", scratch->fd, "real/sublink"), 0);
	assert_int_equal(symlinkat("/", scratch->fd, "root"), 0);
	assert_int_equal(symlinkat("nowhere", scratch->fd, "dangling"), 0);
	assert_int_equal(symlinkat("loop", scratch->fd, "loop"), 0);
	expect_untrusted(in(scratch, "link"), ENOTDIR);
	expect_untrusted(in(scratch, "link/"), ENOTDIR);
	expect_untrusted(in(scratch, "link/sub"), ENOTDIR);
	expect_untrusted(in(scratch, "real/sublink"), ENOTDIR);
	expect_untrusted(in(scratch, "root"), ENOTDIR);
	expect_untrusted(in(scratch, "root/tmp"), ENOTDIR);
	expect_untrusted(in(scratch, "dangling"), ENOTDIR);
	expect_untrusted(in(scratch, "loop"), ENOTDIR);
	/* A magic link of the kernel is one too. */
	expect_untrusted("/proc/self/root", ENOTDIR);
	expect_untrusted("/proc/self/cwd/tmp", ENOTDIR);
}

static void no_dot_dot(void **state)
{
	const struct scratch *scratch = *state;

	make_dir(scratch, "a", 0755);
	make_dir(scratch, "..a", 0755);
	make_dir(scratch, "a..", 0755);
	expect_untrusted("/..", EINVAL);
	expect_untrusted(in(scratch, "a/.."), EINVAL);
	expect_untrusted(in(scratch, "a/../a"), EINVAL);
	expect_untrusted(in(scratch, "a//..//a"), EINVAL);
	/* Names that only look so. */
	expect_trusted(in(scratch, "..a"));
	expect_trusted(in(scratch, "a.."));
}

static void a_path_that_is_not_a_directory_is_refused(void **state)
{
	const struct scratch *scratch = *state;

	put_text(in(scratch, "file"), "");
	assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
	expect_untrusted(in(scratch, "file"), ENOTDIR);
	expect_untrusted(in(scratch, "file/x"), ENOTDIR);
	expect_untrusted(in(scratch, "fifo"), ENOTDIR);
	expect_untrusted(in(scratch, "missing"), ENOENT);
	expect_untrusted(in(scratch, "missing/deeper"), ENOENT);
}

static void root_alone_may_own_or_write_it(void **state)
{
	static const struct {
		uid_t uid;
		mode_t mode;
		bool as_last, as_parent;
	} rows[] = {
		{ 0, 0755, true, true },
		{ 0, 0711, true, true },
		/* The sticky bit keeps others from renaming its entries, but not from adding some. */
		{ 0, 01777, false, true },
		{ 0, 01775, false, true },
		{ 0, 0777, false, false },
		{ 0, 0775, false, false },
		{ 0, 0757, false, false },
		{ 0, 0722, false, false },
		{ 1000, 0755, false, false },
		{ 1000, 01755, false, false },
		{ NOBODY, 0700, false, false },
	};
	const struct scratch *scratch = *state;

	make_dir(scratch, "d", 0755);
	make_dir(scratch, "d/sub", 0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *last = in(scratch, "d"), *below = in(scratch, "d/sub");

		assert_int_equal(chown(last, rows[i].uid, 0), 0);
		assert_int_equal(chmod(last, rows[i].mode), 0);
		if (rows[i].as_last)
			expect_trusted(last);
		else
			expect_untrusted(last, EPERM);
		if (rows[i].as_parent)
			expect_trusted(below);
		else
			expect_untrusted(below, EPERM);
	}
}

static void no_descriptor_is_left_open(void **state)
{
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();

	make_dir(scratch, "a", 0777);
	make_dir(scratch, "a/b", 0755);
	expect_untrusted(in(scratch, "a/b"), EPERM);
	expect_untrusted(in(scratch, "missing"), ENOENT);
	expect_untrusted("relative", EINVAL);
	expect_untrusted(in(scratch, "a/.."), EINVAL);
	expect_trusted(scratch->path);
	assert_int_equal(open_descriptors(), before);
}

/* Only what IN_ROOTFS promises; the same rows for all three policies. */
static void policies_keep_their_promise(void **state)
{
	static const struct {
		const char *path;
		int in_rootfs, over_mounts, trusted;
	} rows[] = {
		{ "dir", 0, 0, 0 },
		{ "dir/../dir/file", 0, 0, 0 },
		{ "dir/file", 0, 0, 0 },
		{ ".", 0, 0, 0 },
		{ "..", -EXDEV, -EXDEV, -EXDEV },
		{ "dir/../..", -EXDEV, -EXDEV, -EXDEV },
		{ "/", -EXDEV, -EXDEV, -EXDEV },
		{ "/etc", -EXDEV, -EXDEV, -EXDEV },
		{ "link", -ELOOP, -ELOOP, -ELOOP },
		{ "link/file", -ELOOP, -ELOOP, -ELOOP },
		{ "outside", -ELOOP, -ELOOP, -ELOOP },
		{ "missing", -ENOENT, -ENOENT, -ENOENT },
		{ "dir/file/x", -ENOTDIR, -ENOTDIR, -ENOTDIR },
	};
	const struct scratch *scratch = *state;

	make_dir(scratch, "dir", 0755);
	put_text(in(scratch, "dir/file"), "");
	assert_int_equal(symlinkat("dir", scratch->fd, "link"), 0);
	assert_int_equal(symlinkat("/etc/passwd", scratch->fd, "outside"), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct {
			uint64_t policy;
			int wanted;
		} policies[] = {
			{ KF_LOOKUP_IN_ROOTFS, rows[i].in_rootfs },
			{ KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS, rows[i].over_mounts },
			{ KF_LOOKUP_TRUSTED, rows[i].trusted },
		};

		for (size_t p = 0; p < COUNT(policies); p++) {
			int fd = kf_openat2(scratch->fd, rows[i].path, O_PATH, policies[p].policy);

			expect(rows[i].path, fd < 0 ? fd == policies[p].wanted : policies[p].wanted == 0);
			expect(rows[i].path, fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC));
			if (fd >= 0)
				(void)close(fd);
		}
	}
}

/* The last component too: O_PATH|O_NOFOLLOW alone would open the symlink itself. */
static void a_symlink_at_the_end_can_be_held_but_not_followed(void **state)
{
	const struct scratch *scratch = *state;

	assert_int_equal(symlinkat("/etc", scratch->fd, "nono"), 0);
	assert_int_equal(kf_openat2(scratch->fd, "nono", O_PATH | O_DIRECTORY | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS),
			 -ENOTDIR);
	assert_int_equal(kf_openat2(scratch->fd, "nono", O_RDONLY | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS), -ELOOP);
}

/* /proc is always a mount of its own. */
static void mounts_are_crossed_only_where_the_policy_says_so(void **state)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(kf_openat2(root, "proc/version", O_PATH, KF_LOOKUP_IN_ROOTFS), -EXDEV);

	int fd = kf_openat2(root, "proc/version", O_PATH, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(kf_openat2(root, "proc/self/root", O_PATH, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS), -ELOOP);
	(void)close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(plain_directories_of_root_are_trusted),
		cmocka_unit_test(only_absolute_paths_are_trusted),
		scratch_test(no_symlink_on_the_way),
		scratch_test(no_dot_dot),
		scratch_test(a_path_that_is_not_a_directory_is_refused),
		scratch_test(root_alone_may_own_or_write_it),
		scratch_test(no_descriptor_is_left_open),
		scratch_test(policies_keep_their_promise),
		scratch_test(a_symlink_at_the_end_can_be_held_but_not_followed),
		cmocka_unit_test(mounts_are_crossed_only_where_the_policy_says_so),
	};

	return is_root() ? cmocka_run_group_tests_name("base/lookup", tests, NULL, NULL) : 0;
}
