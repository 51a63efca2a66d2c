/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/spec.h"

static int load(const char *bundle, struct kf_error *err)
{
	struct kf_spec spec = KF_SPEC_NONE;
	int r = kf_spec_load(bundle, &spec, err);

	if (r < 0)
		assert_true(spec.bundle_fd == -1 && !spec.document);
	kf_spec_done(&spec);
	return r;
}

static void a_spec_is_loaded_and_saved(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "config.json");
	struct kf_spec spec = KF_SPEC_NONE;
	struct kf_error err = { 0 };
	struct stat st;

	put_text(path, realistic_spec());
	assert_int_equal(chown(path, 1000, 2000), 0);
	assert_int_equal(chmod(path, 0640), 0);
	expect_success("load", kf_spec_load(scratch->path, &spec, &err), &err);
	assert_string_equal(kf_json_string(kf_spec_annotations(spec.document), "io.container.manager"), "cri-o");
	expect_success("save", kf_spec_save(&spec, &err), &err);
	expect_file("unchanged", path, realistic_spec());
	assert_int_equal(kf_json_set_string(spec.document, "hostname", "edited"), 0);
	expect_success("save", kf_spec_save(&spec, &err), &err);
	kf_spec_done(&spec);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_uid, 1000);
	assert_int_equal(st.st_gid, 2000);
	assert_int_equal(entries_of(scratch->path), 1);

	char *text = get_bytes(path, NULL);

	assert_non_null(strstr(text, "\"hostname\":\"edited\""));
	free(text);
}

static void a_file_that_is_not_regular_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "config.json");
	struct kf_error err = { 0 };

	(void)alarm(10);
	expect_refusal("missing", load(scratch->path, &err), ENOENT, &err);
	put_text(in(scratch, "real.json"), "{}");
	assert_int_equal(symlink("real.json", path), 0);
	expect_refusal("symlink", load(scratch->path, &err), ELOOP, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refusal("FIFO", load(scratch->path, &err), EINVAL, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	expect_refusal("directory", load(scratch->path, &err), EINVAL, &err);
	(void)alarm(0);
}

static void a_path_that_is_not_a_bundle_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	put_text(in(scratch, "file"), "{}");
	expect_refusal("missing", load(in(scratch, "missing"), &err), ENOENT, &err);
	expect_refusal("file", load(in(scratch, "file"), &err), ENOTDIR, &err);
	expect_refusal("empty", load("", &err), ENOENT, &err);
	/* The caller of the runtime chose the name. */
	expect_refusal("control bytes", load("/no\nsuch\x1b[2J", &err), ENOENT, &err);
	assert_non_null(strstr(err.message, "/no\\x0asuch\\x1b[2J"));
}

static void text_that_is_not_strict_json_is_refused(void **state)
{
	static const char *const rows[] = { "",
					    " ",
					    "null",
					    "[]",
					    "{",
					    "{}x",
					    "{'a':1}",
					    "{\"a\":NaN}",
					    "{\"process\":{},\"process\":{}}",
					    "{\"a\":\"\xff\"}",
					    "\x1f\x8b\x08" };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		put_text(in(scratch, "config.json"), rows[i]);
		expect_refusal(rows[i], load(scratch->path, &err), EINVAL, &err);
		expect(rows[i], strstr(err.message, "config.json") != NULL);
	}
}

static void a_huge_file_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "config.json");
	struct kf_error err = { 0 };

	put_text(path, "{}");
	assert_int_equal(truncate(path, (off_t)KF_SPEC_MAX + 1), 0);
	expect_refusal("huge", load(scratch->path, &err), EFBIG, &err);
}

/* The bundle is held open: an exchange of the directory does not redirect the write. */
static void saving_goes_where_loading_was(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_spec spec = KF_SPEC_NONE;
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "bundle", 0755), 0);
	put_text(in(scratch, "bundle/config.json"), "{\"a\":1}");
	expect_success("load", kf_spec_load(in(scratch, "bundle"), &spec, &err), &err);
	assert_int_equal(renameat(scratch->fd, "bundle", scratch->fd, "moved"), 0);
	assert_int_equal(mkdirat(scratch->fd, "bundle", 0755), 0);
	assert_int_equal(kf_json_set_string(spec.document, "b", "c"), 0);
	expect_success("save", kf_spec_save(&spec, &err), &err);
	expect_file("moved", in(scratch, "moved/config.json"), "{\"a\":1,\"b\":\"c\"}");
	assert_int_equal(entries_of(in(scratch, "bundle")), 0);
	kf_spec_done(&spec);
}

static void a_failed_save_leaves_the_file(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_spec spec = KF_SPEC_NONE;
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "bundle", 0755), 0);
	put_text(in(scratch, "bundle/config.json"), "{}");
	expect_success("load", kf_spec_load(in(scratch, "bundle"), &spec, &err), &err);
	assert_int_equal(unlinkat(scratch->fd, "bundle/config.json", 0), 0);
	assert_int_equal(mkdirat(scratch->fd, "bundle/config.json", 0755), 0);
	expect_refusal("directory", kf_spec_save(&spec, &err), EISDIR, &err);
	assert_int_equal(entries_of(in(scratch, "bundle")), 1);
	kf_spec_done(&spec);
}

static void the_rootfs_may_be_relative_to_the_bundle(void **state)
{
	static const struct {
		const char *document, *rootfs; /* NULL: refused */
	} rows[] = {
		{ "{'root':{'path':'/var/lib/x'}}", "/var/lib/x" },
		{ "{'root':{'path':'rootfs','readonly':true}}", "/bundle/rootfs" },
		{ "{'root':{'path':'../x'}}", "/bundle/../x" },
		{ "{'root':{'path':'/'}}", "/" },
		{ "{'root':{'path':''}}", NULL },
		{ "{'root':{'path':null}}", NULL },
		{ "{'root':{'path':['x']}}", NULL },
		{ "{'root':{'path':'a\\u0000b'}}", NULL },
		{ "{'root':{}}", NULL },
		{ "{'root':'rootfs'}", NULL },
		{ "{'root':null}", NULL },
		{ "{}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_spec spec = { .bundle = strdup("/bundle"),
					.bundle_fd = -1,
					.document = json_from(rows[i].document) };
		struct kf_error err = { 0 };
		char *rootfs = NULL;
		int r = kf_spec_rootfs(&spec, &rootfs, &err);

		if (rows[i].rootfs)
			expect_success(rows[i].document, r, &err);
		else
			expect_refusal(rows[i].document, r, EINVAL, &err);
		expect_text(rows[i].document, "the rootfs", rootfs, rows[i].rootfs);
		free(rootfs);
		kf_spec_done(&spec);
	}
}

static void annotations_are_an_object_or_nothing(void **state)
{
	static const char *const none[] = { "{}", "{'annotations':null}", "{'annotations':[]}", "{'annotations':'x'}" };

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		struct kf_spec spec = { .bundle_fd = -1, .document = json_from(none[i]) };

		expect(none[i], kf_spec_annotations(spec.document) == NULL);
		kf_spec_done(&spec);
	}

	const struct kf_spec nothing = KF_SPEC_NONE;

	assert_null(kf_spec_annotations(nothing.document));
}

static void failures_leak_no_descriptor(void **state)
{
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();
	struct kf_error err = { 0 };

	assert_true(load(scratch->path, &err) < 0);
	put_text(in(scratch, "config.json"), "{");
	assert_true(load(scratch->path, &err) < 0);
	put_text(in(scratch, "config.json"), "{}");
	assert_int_equal(load(scratch->path, &err), 0);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_spec_is_loaded_and_saved),
		scratch_test(a_file_that_is_not_regular_is_refused),
		scratch_test(a_path_that_is_not_a_bundle_is_refused),
		scratch_test(text_that_is_not_strict_json_is_refused),
		scratch_test(a_huge_file_is_refused),
		scratch_test(saving_goes_where_loading_was),
		scratch_test(a_failed_save_leaves_the_file),
		cmocka_unit_test(the_rootfs_may_be_relative_to_the_bundle),
		cmocka_unit_test(annotations_are_an_object_or_nothing),
		scratch_test(failures_leak_no_descriptor),
	};

	return is_root() ? cmocka_run_group_tests_name("oci/spec", tests, NULL, NULL) : 0;
}
