/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "launcher/environment.h"

static void the_profile_comes_from_the_nearest_source(void **state)
{
	static const char with[] = "HOME=/\0MY_NONO_PROFILE=no\0NONO_PROFILE=first\0NONO_PROFILE=second";
	static const char without[] = "HOME=/\0NONO_PROFILES=no\0XNONO_PROFILE=no";
	static const struct {
		const char *row, *own, *first;
		size_t length;
		const char *wanted;
	} rows[] = {
		{ "own", "own", with, sizeof with, "own" },
		{ "the first process's", NULL, with, sizeof with, "first" },
		{ "not set", NULL, without, sizeof without, "default" },
		{ "an empty environment", NULL, "", 0, "default" },
		{ "without a NUL at the end", NULL, "NONO_PROFILE=short", 18, "short" },
		{ "longest", "a23456789012345678901234567890123456789012345678901234567890-_64", with, 0,
		  "a23456789012345678901234567890123456789012345678901234567890-_64" },
		{ "too long", "a23456789012345678901234567890123456789012345678901234567890-_645", with, 0, NULL },
		{ "empty", "", with, sizeof with, NULL },
		{ "a path", "../../x", with, sizeof with, NULL },
		{ "a file", "default.json", with, sizeof with, NULL },
		{ "an option", "-default", with, sizeof with, NULL },
		{ "a line", "default\n", with, sizeof with, NULL },
		{ "the first process's is a path", NULL, "NONO_PROFILE=/tmp/x", 19, NULL },
		{ "the first process's is empty", NULL, "NONO_PROFILE=", 13, NULL },
	};
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();

	for (size_t i = 0; i < COUNT(rows); i++) {
		char profile[KF_PROFILE_SIZE] = "untouched";

		put_bytes(in(scratch, "environ"), rows[i].first, rows[i].length, 0444);

		int r = kf_container_profile(rows[i].own, in(scratch, "environ"), profile);

		expect(rows[i].row, r == (rows[i].wanted ? 0 : -EINVAL));
		expect_text(rows[i].row, "the profile", profile, rows[i].wanted ? rows[i].wanted : "untouched");
		assert_int_equal(unlink(in(scratch, "environ")), 0);
	}
	assert_int_equal(open_descriptors(), before);
}

static void an_environment_that_cannot_be_read_says_nothing(void **state)
{
	const struct scratch *scratch = *state;
	char profile[KF_PROFILE_SIZE];

	(void)alarm(10);
	assert_int_equal(kf_container_profile(NULL, in(scratch, "missing"), profile), 0);
	expect_text("missing", "the profile", profile, "default");
	assert_int_equal(kf_container_profile(NULL, scratch->path, profile), 0);
	expect_text("a directory", "the profile", profile, "default");
	assert_int_equal(mkfifo(in(scratch, "fifo"), 0600), 0);
	assert_int_equal(kf_container_profile(NULL, in(scratch, "fifo"), profile), 0);
	expect_text("a FIFO", "the profile", profile, "default");
	(void)alarm(0);
}

/*
 * A process can make its own as large as it likes: a variable too far from its start is not found, and nothing breaks.
 */
static void a_huge_environment_is_read_in_part(void **state)
{
	enum { SIZE = 3 * 1024 * 1024 };
	static const char entry[] = "\0NONO_PROFILE=far";
	const struct scratch *scratch = *state;
	char *block = malloc(SIZE), profile[KF_PROFILE_SIZE];

	assert_non_null(block);
	memset(block, 'x', SIZE);
	memcpy(block + SIZE - sizeof entry, entry, sizeof entry);
	put_bytes(in(scratch, "environ"), block, SIZE, 0644);
	assert_int_equal(kf_container_profile(NULL, in(scratch, "environ"), profile), 0);
	expect_text("behind", "the profile", profile, "default");
	memcpy(block + 1000000, entry, sizeof entry);
	put_bytes(in(scratch, "environ"), block, SIZE, 0644);
	assert_int_equal(kf_container_profile(NULL, in(scratch, "environ"), profile), 0);
	expect_text("within", "the profile", profile, "far");
	free(block);
}

static void expect_environment(const char *row, const char **environment, const char *wanted)
{
	char all[1024] = "";

	for (; *environment; environment++)
		(void)strcat(strcat(all, *environment), " ");
	expect_text(row, "the environment", all, wanted);
}

static void every_path_is_left(void **state)
{
	const struct scratch *scratch = *state;
	char first[256], second[256], other[] = "MANPATH=/nono:/x";
	const char *environment[] = { first, other, second, NULL };
	char wanted[1024];
	struct stat dir;

	(void)snprintf(first, sizeof first, "PATH=%s:/bin", scratch->path);
	(void)snprintf(second, sizeof second, "PATH=/bin:%s/:/usr/bin", scratch->path);
	assert_int_equal(fstat(scratch->fd, &dir), 0);
	kf_environment_leave_dir((char **)environment, &dir);
	(void)snprintf(wanted, sizeof wanted, "PATH=/bin %s PATH=/bin:/usr/bin ", other);
	expect_environment("twice", environment, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(the_profile_comes_from_the_nearest_source),
		scratch_test(an_environment_that_cannot_be_read_says_nothing),
		scratch_test(a_huge_environment_is_read_in_part),
		scratch_test(every_path_is_left),
	};

	return cmocka_run_group_tests_name("launcher/environment", tests, NULL, NULL);
}
