/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/policy-file.h"

#define TEXT "{\"meta\":{}}"

static int find(const struct scratch *scratch, const char *text, struct kf_file_id *ret, struct kf_error *err)
{
	return kf_policy_file_find(scratch->path, text, text ? strlen(text) : 0, ret, err);
}

static void a_written_policy_is_found(void **state)
{
	const struct scratch *scratch = *state;
	cleanup_free char *path = NULL;
	struct kf_file_id id = { 0 };
	struct kf_error err = { 0 };
	struct stat st;

	expect_success("path", kf_policy_file_path(scratch->path, &path, &err), &err);
	expect_success("none", find(scratch, NULL, &id, &err), &err);
	assert_false(kf_file_id_known(&id));
	for (int round = 0; round < 2; round++) {
		expect_success("write", kf_policy_file_write(scratch->path, TEXT, strlen(TEXT), &err), &err);
		expect_file("text", path, TEXT);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0444);
		expect_success("find", find(scratch, TEXT, &id, &err), &err);
		assert_true(kf_is_file(&id, &st));
	}
	kf_policy_file_remove(scratch->path);
	assert_int_equal(entries_of(scratch->path), 0);
	kf_policy_file_remove(scratch->path);
	kf_policy_file_remove("/no/such/bundle");
}

static void another_file_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "kubefence-policy.json");
	struct kf_file_id id = { 0 };
	struct kf_error err = { 0 };

	expect_refusal("missing", find(scratch, TEXT, &id, &err), ENOENT, &err);
	expect_success("write", kf_policy_file_write(scratch->path, TEXT, strlen(TEXT), &err), &err);
	expect_refusal("text", find(scratch, "{}", &id, &err), EPERM, &err);
	expect_refusal("longer", find(scratch, TEXT " ", &id, &err), EPERM, &err);
	assert_int_equal(chmod(path, 0646), 0);
	expect_refusal("writable", find(scratch, NULL, &id, &err), EPERM, &err);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	expect_refusal("owner", find(scratch, NULL, &id, &err), EPERM, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	expect_refusal("symlink", find(scratch, NULL, &id, &err), ELOOP, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0444), 0);
	expect_refusal("fifo", find(scratch, NULL, &id, &err), EINVAL, &err);
}

static void a_bundle_that_is_not_there_is_named(void **state)
{
	struct kf_file_id id = { 0 };
	cleanup_free char *path = NULL;
	struct kf_error err = { 0 };

	(void)state;
	expect_refusal("path", kf_policy_file_path("/no/such", &path, &err), ENOENT, &err);
	expect_refusal("write", kf_policy_file_write("/no/such", TEXT, 1, &err), ENOENT, &err);
	expect_refusal("find", kf_policy_file_find("/no/such", NULL, 0, &id, &err), ENOENT, &err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(a_written_policy_is_found),
		scratch_test(another_file_is_refused),
		cmocka_unit_test(a_bundle_that_is_not_there_is_named),
	};

	return is_root() ? cmocka_run_group_tests_name("oci/policy-file", tests, NULL, NULL) : 0;
}
