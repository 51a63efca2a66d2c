/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "launcher/search.h"

/* A directory of directories of programs, which is also the working directory. */
static int image_setup(void **state)
{
	struct scratch *scratch;

	if (scratch_setup(state) < 0)
		return -1;
	scratch = *state;
	for (const char *const *dir = (const char *const[]){ "a", "b", "nono", NULL }; *dir; dir++)
		if (mkdirat(scratch->fd, *dir, 0755) < 0)
			return -1;
	put_bytes(in(scratch, "nono/sh"), "launcher", 8, 0755);
	return fchmod(scratch->fd, 0755) < 0 || fchdir(scratch->fd) < 0 ? -1 : 0;
}

static int image_teardown(void **state)
{
	return chdir("/") < 0 ? -1 : scratch_teardown(state);
}

#define image_test(function) cmocka_unit_test_setup_teardown(function, image_setup, image_teardown)

static void put_program(const char *path, mode_t mode)
{
	put_bytes(path, "program", 7, mode);
}

/* All results of a search, with spaces between. */
static const char *found(const char *path, bool *ret_denied)
{
	static char all[4096];
	struct stat launcher;
	cleanup_search struct kf_search search = {
		.path = path, .name = "sh", .launchers = &launcher, .launcher_count = 1
	};

	assert_int_equal(stat("nono/sh", &launcher), 0);
	all[0] = '\0';
	assert_int_equal(kf_search_begin(&search), 0);
	while (kf_search_next(&search)) {
		assert_true(strlen(all) + strlen(search.program) + 2 < sizeof all);
		(void)strcat(strcat(all, all[0] ? " " : ""), search.program);
	}
	if (ret_denied)
		*ret_denied = search.denied;
	return all;
}

static void programs_are_found_in_order(void **state)
{
	static const struct {
		const char *path, *wanted;
	} rows[] = {
		{ "a:b", "a/sh b/sh" },  { "b:a", "b/sh a/sh" },
		{ "missing:b", "b/sh" }, { "a/:b//", "a//sh b///sh" },
		{ "./a", "./a/sh" },     { "a/sh:b", "b/sh" },
		{ "", "./sh" },          { ":a", "./sh a/sh" },
		{ "a:", "a/sh ./sh" },   { "a::b", "a/sh ./sh b/sh" },
		{ "nono:a", "a/sh" },    { "nono", "" },
	};

	(void)state;
	put_program("a/sh", 0755);
	put_program("b/sh", 0755);
	put_program("sh", 0755);
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_text(rows[i].path, "what is found", found(rows[i].path, NULL), rows[i].wanted);
}

static void a_file_that_cannot_be_executed_is_passed_by(void **state)
{
	bool denied;

	(void)state;
	put_program("b/sh", 0755);
	assert_int_equal(mkdir("a/sh", 0755), 0);
	expect_text("directory", "what is found", found("a:b", &denied), "b/sh");
	assert_false(denied);
	assert_int_equal(rmdir("a/sh"), 0);
	assert_int_equal(mkfifo("a/sh", 0755), 0);
	expect_text("FIFO", "what is found", found("a:b", &denied), "b/sh");
	assert_int_equal(unlink("a/sh"), 0);
	assert_int_equal(symlink("sh", "a/sh"), 0);
	expect_text("a link to itself", "what is found", found("a:b", &denied), "b/sh");
	assert_int_equal(unlink("a/sh"), 0);
	assert_int_equal(symlink("nowhere", "a/sh"), 0);
	expect_text("a dead link", "what is found", found("a:b", &denied), "b/sh");
	assert_false(denied);
	assert_int_equal(unlink("a/sh"), 0);
	put_program("a/sh", 0644);
	expect_text("mode 0644", "what is found", found("a:b", &denied), "b/sh");
	assert_true(denied);
}

static void the_launcher_is_not_found_under_any_name(void **state)
{
	(void)state;
	assert_int_equal(symlink("../nono/sh", "a/sh"), 0);
	assert_int_equal(link("nono/sh", "b/sh"), 0);
	expect_text("links", "what is found", found("a:b:nono:./nono:nono/../nono", NULL), "");
}

static void no_path_is_too_long(void **state)
{
	enum { MANY = 10000 };
	char *path = malloc(MANY * 2 + PATH_MAX + 16), *end;

	(void)state;
	assert_non_null(path);
	put_program("a/sh", 0755);
	/* A component that no path can have, ten thousand that are not there, and one that is. */
	memset(path, 'x', PATH_MAX);
	end = path + PATH_MAX;
	for (int i = 0; i < MANY; i++, end += 2)
		memcpy(end, ":x", 2);
	(void)strcpy(end, ":a");
	expect_text("long", "what is found", found(path, NULL), "a/sh");
	/* With "/sh" and the NUL one byte too long, and then not: the kernel does not take it, but we must not break.
	 */
	memset(path, '/', PATH_MAX);
	(void)strcpy(path + PATH_MAX - 3, ":a");
	expect_text("PATH_MAX", "what is found", found(path, NULL), "a/sh");
	free(path);
}

static void the_directory_leaves_the_path(void **state)
{
	static const struct {
		const char *path, *wanted;
	} rows[] = {
		{ "nono:a:b", "a:b" },
		{ "a:nono:b", "a:b" },
		{ "a:b:nono", "a:b" },
		{ "nono:nono:a:nono", "a" },
		{ "nono/:./nono:.//nono/.:a/../nono:link:a", "a" },
		{ "a:b", "a:b" },
		{ "nono2:a/nono:no", "nono2:a/nono:no" },
		{ "nono/sh:a", "nono/sh:a" },
		{ "nono:", "" },
		{ ":nono:", ":" },
		{ "", "" },
		/* An empty PATH would be the working directory. */
		{ "nono", "nono" },
		{ "nono:nono/", "nono:nono/" },
	};
	struct stat dir;

	(void)state;
	assert_int_equal(symlink("nono", "link"), 0);
	assert_int_equal(stat("nono", &dir), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *path = strdup(rows[i].path);

		assert_non_null(path);
		kf_path_remove_dir(path, &dir);
		expect_text(rows[i].path, "PATH", path, rows[i].wanted);
		free(path);
	}
}

static void the_working_directory_leaves_the_path_too(void **state)
{
	char path[] = ":a:.:../a:";
	struct stat dir;

	(void)state;
	assert_int_equal(chdir("nono"), 0);
	assert_int_equal(stat(".", &dir), 0);
	kf_path_remove_dir(path, &dir);
	expect_text("in nono", "PATH", path, "a:../a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		image_test(programs_are_found_in_order),
		image_test(a_file_that_cannot_be_executed_is_passed_by),
		image_test(the_launcher_is_not_found_under_any_name),
		image_test(no_path_is_too_long),
		image_test(the_directory_leaves_the_path),
		image_test(the_working_directory_leaves_the_path_too),
	};

	return cmocka_run_group_tests_name("launcher/search", tests, NULL, NULL);
}
