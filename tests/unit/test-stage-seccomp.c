/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "stage/seccomp.h"

static int load(const char *path, struct json_object **ret, struct kf_error *err)
{
	const struct kf_class_settings class = { .name = (char *)"nono-runc", .seccomp_profile = (char *)path };

	return kf_stage_seccomp(&class, ret, err);
}

static void make_usual(const struct scratch *scratch)
{
	assert_int_equal(mkdirat(scratch->fd, "d", 0755), 0);
	put_text(in(scratch, "d/p.json"), "{\"defaultAction\":\"SCMP_ACT_LOG\"}");
}

static void without_a_profile_the_filter_stays(void **state)
{
	static const char *const rows[] = { NULL, "" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *profile = (void *)-1;
		struct kf_error err = { 0 };

		expect_success("none", load(rows[i], &profile, &err), &err);
		assert_null(profile);
	}
}

static void a_file_of_root_is_read(void **state)
{
	const struct scratch *scratch = *state;
	struct json_object *profile = NULL;
	struct kf_error err = { 0 };
	size_t before = open_descriptors();

	make_usual(scratch);
	expect_success("file", load(in(scratch, "d/p.json"), &profile, &err), &err);
	expect_json("file", profile, "{'defaultAction':'SCMP_ACT_LOG'}");
	assert_int_equal(open_descriptors(), before);
	(void)json_object_put(profile);
}

static void second_architectures_are_those_of_the_class(void **state)
{
	const struct scratch *scratch = *state;
	char *items[] = { (char *)"x32", NULL };
	struct kf_class_settings class = { .name = (char *)"nono-runc",
					   .seccomp_architectures = { .items = items, .count = 1 } };
	struct json_object *profile = NULL;
	struct kf_error err = { 0 };

	make_usual(scratch);
	put_text(in(scratch, "d/p.json"),
		 "{\"defaultAction\":\"SCMP_ACT_LOG\",\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\","
		 "\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]}]}");
	class.seccomp_profile = (char *)in(scratch, "d/p.json");
	expect_success("file", kf_stage_seccomp(&class, &profile, &err), &err);
	expect_json("file", profile,
		    "{'defaultAction':'SCMP_ACT_LOG','archMap':[{'architecture':'SCMP_ARCH_X86_64',"
		    "'subArchitectures':['SCMP_ARCH_X32']}]}");
	(void)json_object_put(profile);
}

static void make_large(const struct scratch *scratch)
{
	int fd = open(in(scratch, "d/p.json"), O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 300 * 1024), 0);
	(void)close(fd);
}

static void make_fifo(const struct scratch *scratch)
{
	assert_int_equal(unlinkat(scratch->fd, "d/p.json", 0), 0);
	assert_int_equal(mkfifoat(scratch->fd, "d/p.json", 0644), 0);
}

static void make_link(const struct scratch *scratch)
{
	assert_int_equal(renameat(scratch->fd, "d/p.json", scratch->fd, "d/q.json"), 0);
	assert_int_equal(symlinkat("q.json", scratch->fd, "d/p.json"), 0);
}

static void make_dir_link(const struct scratch *scratch)
{
	assert_int_equal(renameat(scratch->fd, "d", scratch->fd, "e"), 0);
	assert_int_equal(symlinkat("e", scratch->fd, "d"), 0);
}

static void make_missing(const struct scratch *scratch)
{
	assert_int_equal(unlinkat(scratch->fd, "d/p.json", 0), 0);
}

static void make_dir(const struct scratch *scratch)
{
	make_missing(scratch);
	assert_int_equal(mkdirat(scratch->fd, "d/p.json", 0755), 0);
}

static void make_foreign(const struct scratch *scratch)
{
	assert_int_equal(fchownat(scratch->fd, "d/p.json", NOBODY, NOBODY, 0), 0);
}

static void make_writable(const struct scratch *scratch)
{
	assert_int_equal(fchmodat(scratch->fd, "d/p.json", 0666, 0), 0);
}

static void make_dir_writable(const struct scratch *scratch)
{
	assert_int_equal(fchmodat(scratch->fd, "d", 0777, 0), 0);
}

static void make_bad(const struct scratch *scratch)
{
	put_text(in(scratch, "d/p.json"), "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}");
}

static void files_that_others_could_have_written_are_refused(void **state)
{
	static const struct {
		const char *name, *message;
		void (*make)(const struct scratch *);
		int code;
	} rows[] = {
		{ "large", "larger than", make_large, EFBIG },
		{ "fifo", "not a regular file", make_fifo, EINVAL },
		{ "symlink", "is a symlink", make_link, ELOOP },
		{ "directory is a symlink", "symlink", make_dir_link, ENOTDIR },
		{ "missing", "No such file", make_missing, ENOENT },
		{ "directory", "not a regular file", make_dir, EINVAL },
		{ "foreign", "chown it to root", make_foreign, EPERM },
		{ "writable", "chmod go-w", make_writable, EPERM },
		{ "directory writable", "chmod go-w", make_dir_writable, EPERM },
		{ "bad", "is not an action", make_bad, EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *profile = NULL;
		struct kf_error err = { 0 };
		void *own = NULL;

		assert_int_equal(scratch_setup(&own), 0);

		const struct scratch *scratch = own;
		size_t before = open_descriptors();

		make_usual(scratch);
		rows[i].make(scratch);
		expect_refusal(rows[i].name, load(in(scratch, "d/p.json"), &profile, &err), rows[i].code, &err);
		if (!strstr(err.message, rows[i].message) ||
		    strncmp(err.message, "seccomp_profile of class nono-runc: ", 36) != 0)
			fail_msg("%s: the message is '%s'", rows[i].name, err.message);
		expect(rows[i].name, profile == NULL);
		expect(rows[i].name, open_descriptors() == before);
		assert_int_equal(scratch_teardown(&own), 0);
	}
}

/* Ours are found by name; the test does not depend on their installation. */
static void names_are_files_of_ours(void **state)
{
	struct json_object *profile = NULL;
	struct kf_error err = { 0 };

	(void)state;
	if (load("restricted", &profile, &err) < 0)
		assert_non_null(strstr(err.message, KF_DATADIR "/seccomp"));
	else
		assert_non_null(profile);
	(void)json_object_put(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_profile_the_filter_stays),
		scratch_test(a_file_of_root_is_read),
		scratch_test(second_architectures_are_those_of_the_class),
		cmocka_unit_test(files_that_others_could_have_written_are_refused),
		cmocka_unit_test(names_are_files_of_ours),
	};

	if (!is_root())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
