/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"
#include "fixtures.h"

static void within_goes_by_components(void **state)
{
	static const struct {
		const char *path, *dir;
		bool within;
	} rows[] = {
		{ "/a", "/a", true },        { "/a/b", "/a", true },  { "/a/", "/a", true },
		{ "/a/b/c", "/a/b/", true }, { "/a", "/", true },     { "/", "/", true },
		{ "/ab", "/a", false },      { "/a", "/a/b", false }, { "/b", "/a", false },
		{ "/a/b", "/a/b//", true },  { "", "/", false },      { "a", "/", false },
		{ "/a", "", false },         { "/a", "a", false },    { "/a/bc", "/a/b", false },
		{ "/", "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].path, kf_path_within(rows[i].path, rows[i].dir) == rows[i].within);
}

static void only_a_whole_component_goes_up(void **state)
{
	static const struct {
		const char *path;
		bool up;
	} rows[] = {
		{ "..", true },    { "/..", true },     { "/../", true }, { "/a/../b", true }, { "../a", true },
		{ "/a/..", true }, { "", false },       { "/", false },   { "/..a", false },   { "/a..", false },
		{ "/...", false }, { "/a../b", false }, { "/.", false },  { "/..a/..", true }, { "/..../b", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].path, kf_path_goes_up(rows[i].path) == rows[i].up);
}

static void a_normal_path_has_one_spelling(void **state)
{
	static const char *const rows[][2] = {
		{ "", "/" },
		{ "/", "/" },
		{ "//", "/" },
		{ "..", "/" },
		{ "a", "/a" },
		{ "/a/", "/a" },
		{ "//a//b//", "/a/b" },
		{ "/./a/.", "/a" },
		{ "/a/../b", "/b" },
		{ "/../a", "/a" },
		{ "/a/b/../../c", "/c" },
		{ "/a/..b", "/a/..b" },
		{ "/a\n/ b", "/a\n/ b" },
		{ "a/../..", "/" },
	};
	char normal[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(normal, 'x', sizeof normal);
		kf_path_normalize(rows[i][0], normal);
		expect_text(rows[i][0], "the path", normal, rows[i][1]);
		/* No byte beyond the room that is promised. */
		expect(rows[i][0], normal[strlen(rows[i][0]) + 2] == 'x');
	}
}

static void the_parent_directory_is_all_but_the_name(void **state)
{
	static const struct {
		const char *path, *dir;
	} rows[] = { { "/opt/nono-nri/nono", "/opt/nono-nri" }, { "/a/b/c/d", "/a/b/c" }, { "/nono", "/" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char *dir = NULL;

		expect_success(rows[i].path, kf_parent_dir(rows[i].path, &dir, &err), &err);
		assert_string_equal(dir, rows[i].dir);
		free(dir);
	}
}

/* A component holds 255 bytes, so the target needs many of them to be longer than the first guess at its length. */
static void a_link_is_read_whole(void **state)
{
	const struct scratch *scratch = *state;
	char target[1024], link[PATH_MAX];
	char *read = NULL;

	for (size_t length = 1; length < sizeof target; length += 85) {
		memset(target, 'a', length);
		target[length] = '\0';
		(void)snprintf(link, sizeof link, "%s/link%zu", scratch->path, length);
		assert_int_equal(symlink(target, link), 0);
		assert_int_equal(kf_read_link(link, &read), 0);
		assert_string_equal(read, target);
		free(read);
	}
}

static void no_link_leaves_the_result_alone(void **state)
{
	char untouched[] = "untouched", *read = untouched;

	(void)state;
	assert_int_equal(kf_read_link("/proc/self/nothing", &read), -ENOENT);
	assert_int_equal(kf_read_link("/proc", &read), -EINVAL);
	assert_ptr_equal(read, untouched);
}

static void a_descriptor_has_a_path(void **state)
{
	char path[KF_FD_PATH_MAX];
	struct stat by_fd, by_path, root;
	int fd = open("/proc", O_PATH | O_CLOEXEC);

	(void)state;
	assert_string_equal(kf_fd_path(2147483647, path), "/proc/self/fd/2147483647");
	assert_int_equal(fstat(fd, &by_fd), 0);
	assert_int_equal(stat(kf_fd_path(fd, path), &by_path), 0);
	assert_int_equal(stat("/", &root), 0);
	assert_true(kf_same_file(&by_fd, &by_path));
	assert_false(kf_same_file(&by_fd, &root));
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_goes_by_components),
		cmocka_unit_test(the_parent_directory_is_all_but_the_name),
		scratch_test(a_link_is_read_whole),
		cmocka_unit_test(no_link_leaves_the_result_alone),
		cmocka_unit_test(a_descriptor_has_a_path),
		cmocka_unit_test(only_a_whole_component_goes_up),
		cmocka_unit_test(a_normal_path_has_one_spelling),
	};

	return cmocka_run_group_tests_name("base/path", tests, NULL, NULL);
}
