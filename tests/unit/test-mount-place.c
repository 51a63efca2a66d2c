/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <sys/mount.h>

#include "fixtures.h"
#include "node/mount-place.h"

static struct kf_mount_place place_of(const char *path)
{
	struct kf_mount_places places = { 0 };
	struct kf_mount_place place = { 0 };
	struct kf_error err = { 0 };
	int fd = open(path, O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	expect_success(path, kf_mount_place(&places, fd, &place, &err), &err);
	kf_mount_places_done(&places);
	assert_int_equal(close(fd), 0);
	return place;
}

static void expect_within(const char *inner, const char *outer, bool strictly, bool wanted)
{
	cleanup_mount_place struct kf_mount_place a = place_of(inner), b = place_of(outer);

	expect(inner, kf_mount_place_within(&a, &b, strictly) == wanted);
}

static void a_place_is_where_a_file_really_is(void **state)
{
	const struct scratch *scratch = *state;
	static const char *const dirs[] = { "real", "real/a b", "real/a b/\\x\n", "real2", "seen", "disk" };

	for (size_t i = 0; i < COUNT(dirs); i++)
		assert_int_equal(mkdirat(scratch->fd, dirs[i], 0755), 0);
	assert_int_equal(mount(in(scratch, "real/a b/\\x\n"), in(scratch, "seen"), "none", MS_BIND, NULL), 0);
	assert_int_equal(mount("tmpfs", in(scratch, "disk"), "tmpfs", 0, NULL), 0);
	expect_within(in(scratch, "seen"), in(scratch, "real"), true, true);
	expect_within(in(scratch, "seen"), in(scratch, "real/a b/\\x\n"), false, true);
	expect_within(in(scratch, "seen"), in(scratch, "real/a b/\\x\n"), true, false);
	expect_within(in(scratch, "real"), in(scratch, "seen"), false, false);
	expect_within(in(scratch, "real2"), in(scratch, "real"), false, false);
	expect_within(in(scratch, "seen"), "/", false, true);
	/* The same path in another file system. */
	expect_within(in(scratch, "disk"), in(scratch, "disk"), false, true);
	expect_within(in(scratch, "disk"), "/", false, false);
	assert_int_equal(umount2(in(scratch, "seen"), MNT_DETACH), 0);
	assert_int_equal(umount2(in(scratch, "disk"), MNT_DETACH), 0);
}

static void a_deleted_file_is_nowhere(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_mount_places places = { 0 };
	struct kf_mount_place place = { 0 };
	struct kf_error err = { 0 };
	int fd;

	put_text(in(scratch, "f"), "");
	fd = open(in(scratch, "f"), O_PATH | O_CLOEXEC);
	assert_int_equal(unlink(in(scratch, "f")), 0);
	expect_refusal("deleted", kf_mount_place(&places, fd, &place, &err), ENOENT, &err);
	assert_null(place.path);
	assert_int_equal(close(fd), 0);
	expect_refusal("closed", kf_mount_place(&places, fd, &place, &err), EBADF, &err);
	kf_mount_places_done(&places);
}

/* A mount that has come after the table was read is not guessed at. */
static void a_mount_that_is_not_in_the_table_is_nowhere(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_mount_places places = { 0 };
	struct kf_mount_place place = { 0 };
	struct kf_error err = { 0 };
	int fd;

	expect_success("before", kf_mount_place(&places, scratch->fd, &place, &err), &err);
	kf_mount_place_done(&place);
	assert_int_equal(mkdirat(scratch->fd, "late", 0755), 0);
	assert_int_equal(mount("tmpfs", in(scratch, "late"), "tmpfs", 0, NULL), 0);
	fd = open(in(scratch, "late"), O_PATH | O_CLOEXEC);
	expect_refusal("after", kf_mount_place(&places, fd, &place, &err), ENOENT, &err);
	assert_int_equal(close(fd), 0);
	kf_mount_places_done(&places);
	assert_int_equal(umount2(in(scratch, "late"), MNT_DETACH), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_place_is_where_a_file_really_is),
		scratch_test(a_deleted_file_is_nowhere),
		scratch_test(a_mount_that_is_not_in_the_table_is_nowhere),
	};

	if (!is_root())
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
		(void)puts("1..0 # SKIP needs a mount namespace");
		return 0;
	}
	return cmocka_run_group_tests_name("node/mount-place", tests, NULL, NULL);
}
