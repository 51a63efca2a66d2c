/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>
#include <sys/un.h>

#include "fixtures.h"
#include "policy/config-files.h"
#include "policy/config.h"

#define MINIMUM "[kubefence]\nruntime_classes = a\ndefault_profile = main\n"

static void put_drop_in(const struct scratch *scratch, const char *name, const char *text)
{
	char path[300];

	(void)mkdirat(scratch->fd, "kf.conf.d", 0755);
	(void)snprintf(path, sizeof path, "kf.conf.d/%s", name);
	put_text(in(scratch, path), text);
}

static int load(const struct scratch *scratch, char *profile, size_t size, struct kf_error *err)
{
	struct kf_config *config = NULL;
	int r = kf_config_load(in(scratch, "kf.conf"), &config, err);

	(void)snprintf(profile, size, "%s", r == 0 ? config->default_profile : "");
	kf_config_free(config);
	return r;
}

static void expect_profile(const char *row, const struct scratch *scratch, const char *wanted)
{
	struct kf_error err = { 0 };
	char profile[80];

	expect_success(row, load(scratch, profile, sizeof profile, &err), &err);
	expect_text(row, "the profile", profile, wanted);
}

static void expect_load_error(const char *row, const struct scratch *scratch, int code, const char *part)
{
	struct kf_error err = { 0 };
	char profile[80];

	expect_refusal(row, load(scratch, profile, sizeof profile, &err), code, &err);
	if (!strstr(err.message, part))
		fail_msg("%s: the message is '%s'", row, err.message);
}

static void drop_ins_come_in_the_order_of_their_names(void **state)
{
	const struct scratch *scratch = *state;
	static const char *const names[] = { "zz.conf", "10-a.conf", "9.conf", "Z.conf", "50.conf" };
	static const char *const sorted[] = { "10-a.conf", "50.conf", "9.conf", "Z.conf", "zz.conf" };
	struct kf_list files = { 0 };
	struct kf_error err = { 0 };

	put_text(in(scratch, "kf.conf"), MINIMUM);
	for (size_t i = 0; i < COUNT(names); i++)
		put_drop_in(scratch, names[i], "");
	expect_success("files", kf_config_files(in(scratch, "kf.conf"), &files, &err), &err);
	assert_int_equal(files.count, 1 + COUNT(sorted));
	assert_string_equal(files.items[0], in(scratch, "kf.conf"));
	for (size_t i = 0; i < COUNT(sorted); i++)
		assert_string_equal(strrchr(files.items[i + 1], '/') + 1, sorted[i]);
	kf_list_clear(&files);
}

static void a_later_drop_in_wins(void **state)
{
	const struct scratch *scratch = *state;

	put_text(in(scratch, "kf.conf"), MINIMUM);
	expect_profile("no directory", scratch, "main");
	put_drop_in(scratch, "50.conf", "[kubefence]\ndefault_profile = fifty\n");
	expect_profile("one", scratch, "fifty");
	put_drop_in(scratch, "10.conf", "[kubefence]\ndefault_profile = ten\n");
	expect_profile("an earlier one", scratch, "fifty");
	put_drop_in(scratch, "90.conf", "# nothing here\n[class a]\nexec = deny\n");
	expect_profile("one about something else", scratch, "fifty");
}

static void other_names_are_no_drop_ins(void **state)
{
	static const char *const names[] = { ".conf",  ".hidden.conf", "a.conf~", "a.conf.rpmsave",
					     "README", "a.CONF",       "conf" };
	const struct scratch *scratch = *state;

	put_text(in(scratch, "kf.conf"), MINIMUM);
	for (size_t i = 0; i < COUNT(names); i++)
		put_drop_in(scratch, names[i], "this is no configuration");
	expect_profile("others", scratch, "main");
}

static void each_file_starts_without_a_section(void **state)
{
	const struct scratch *scratch = *state;

	put_text(in(scratch, "kf.conf"), MINIMUM);
	put_drop_in(scratch, "10.conf", "default_profile = ten\n");
	expect_load_error("no section", scratch, EINVAL, "kf.conf.d/10.conf:1: a key before the first section");
	put_drop_in(scratch, "10.conf", "[kubefence]\n\n  delivery = sideways\n");
	expect_load_error("line", scratch, EINVAL, "kf.conf.d/10.conf:3: delivery = 'sideways'");
	/* A list does not go on in the next file. */
	put_text(in(scratch, "kf.conf"), "[kubefence]\ndefault_profile = main\nruntime_classes = a\n");
	put_drop_in(scratch, "10.conf", "  b\n");
	expect_load_error("continued", scratch, EINVAL, "kf.conf.d/10.conf:1: ");
}

static void a_drop_in_replaces_a_list(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };

	put_text(in(scratch, "kf.conf"), MINIMUM);
	put_drop_in(scratch, "10.conf", "[kubefence]\nruntime_classes = b c\n");
	expect_success("list", kf_config_load(in(scratch, "kf.conf"), &config, &err), &err);
	assert_int_equal(config->runtime_classes.count, 2);
	assert_false(kf_config_has_class(config, "a"));
	assert_true(kf_config_has_class(config, "c"));
	kf_config_free(config);
}

static void the_null_device_and_an_empty_file_mask(void **state)
{
	const struct scratch *scratch = *state;

	put_text(in(scratch, "kf.conf"), MINIMUM);
	put_drop_in(scratch, "10.conf", "");
	expect_profile("empty", scratch, "main");
	assert_int_equal(symlinkat("/dev/null", scratch->fd, "kf.conf.d/20.conf"), 0);
	expect_profile("null", scratch, "main");
	/* The main file too: everything is in the drop-ins then. */
	assert_int_equal(unlinkat(scratch->fd, "kf.conf", 0), 0);
	assert_int_equal(symlinkat("/dev/null", scratch->fd, "kf.conf"), 0);
	put_drop_in(scratch, "30.conf", "[kubefence]\nruntime_classes = b\ndefault_profile = thirty\n");
	expect_profile("masked main file", scratch, "thirty");
}

static void a_missing_file_is_an_error(void **state)
{
	const struct scratch *scratch = *state;

	expect_load_error("missing", scratch, ENOENT, "kf.conf: No such file or directory");
	/* Also when drop-ins are there: the user named the file. */
	put_drop_in(scratch, "10.conf", MINIMUM);
	expect_load_error("missing", scratch, ENOENT, "kf.conf: No such file or directory");
	assert_int_equal(symlinkat("nowhere", scratch->fd, "kf.conf"), 0);
	expect_load_error("dangling", scratch, ENOENT, "kf.conf");
}

static void only_files_of_root_are_read(void **state)
{
	static const struct {
		const char *row;
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool fine;
	} rows[] = {
		{ "plain", 0, 0, 0644, true },
		{ "private", 0, 0, 0600, true },
		{ "group of another", 0, 5, 0640, true },
		{ "foreign", 1000, 0, 0644, false },
		{ "another user's", NOBODY, 0, 0600, false },
		{ "group-writable", 0, 0, 0664, false },
		{ "world-writable", 0, 0, 0646, false },
		{ "open", 0, 0, 0777, false },
	};
	static const char *const files[] = { "kf.conf", "kf.conf.d/10.conf" };
	const struct scratch *scratch = *state;

	put_text(in(scratch, "kf.conf"), MINIMUM);
	put_drop_in(scratch, "10.conf", "[kubefence]\n");
	for (size_t f = 0; f < COUNT(files); f++) {
		const char *path = in(scratch, files[f]);

		for (size_t i = 0; i < COUNT(rows); i++) {
			assert_int_equal(chown(path, rows[i].uid, rows[i].gid), 0);
			assert_int_equal(chmod(path, rows[i].mode), 0);
			if (rows[i].fine)
				expect_profile(rows[i].row, scratch, "main");
			else
				expect_load_error(rows[i].row, scratch, EPERM, files[f]);
		}
		assert_int_equal(chown(path, 0, 0), 0);
		assert_int_equal(chmod(path, 0644), 0);
	}
}

static void only_directories_of_root_have_drop_ins(void **state)
{
	const struct scratch *scratch = *state;
	const char *dir = in(scratch, "kf.conf.d");

	put_text(in(scratch, "kf.conf"), MINIMUM);
	put_drop_in(scratch, "10.conf", "");
	assert_int_equal(chmod(dir, 0777), 0);
	expect_load_error("writable", scratch, EPERM, "kf.conf.d is writable by group or others");
	assert_int_equal(chmod(dir, 0775), 0);
	expect_load_error("group", scratch, EPERM, "kf.conf.d");
	assert_int_equal(chmod(dir, 01777), 0);
	expect_load_error("sticky", scratch, EPERM, "kf.conf.d");
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chown(dir, 1000, 0), 0);
	expect_load_error("foreign", scratch, EPERM, "kf.conf.d belongs to uid 1000");
	assert_int_equal(unlinkat(scratch->fd, "kf.conf.d/10.conf", 0), 0);
	assert_int_equal(unlinkat(scratch->fd, "kf.conf.d", AT_REMOVEDIR), 0);
	put_text(dir, "");
	expect_load_error("a file", scratch, ENOTDIR, "cannot open");
}

/* No such file may be read, and above all not be waited for. */
static void only_regular_files_are_read(void **state)
{
	static const char *const files[] = { "kf.conf", "kf.conf.d/10.conf" };
	const struct scratch *scratch = *state;

	for (size_t f = 0; f < COUNT(files); f++) {
		put_text(in(scratch, "kf.conf"), MINIMUM);
		put_drop_in(scratch, "10.conf", "");

		const char *path = in(scratch, files[f]);
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		int fd;

		(void)alarm(10);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
		expect_load_error("FIFO", scratch, EINVAL, "is not a regular file");
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0755), 0);
		expect_load_error("directory", scratch, EINVAL, "is not a regular file");
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(symlink("/dev/zero", path), 0);
		expect_load_error("zero", scratch, EINVAL, "is not a regular file");
		assert_int_equal(unlink(path), 0);
		(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
		expect_load_error("socket", scratch, ENXIO, files[f]);
		(void)close(fd);
		assert_int_equal(unlink(path), 0);
		(void)alarm(0);
	}
}

static void sizes_and_numbers_are_limited(void **state)
{
	enum { MAX = 256 * 1024 };
	const struct scratch *scratch = *state;
	char *text = malloc(MAX + 1);
	struct kf_error err = { 0 };
	char profile[80];

	assert_non_null(text);
	memset(text, '\n', MAX + 1);
	memcpy(text, MINIMUM, sizeof MINIMUM - 1);
	put_bytes(in(scratch, "kf.conf"), text, MAX, 0644);
	expect_success("at the limit", load(scratch, profile, sizeof profile, &err), &err);
	put_bytes(in(scratch, "kf.conf"), text, MAX + 1, 0644);
	expect_load_error("over it", scratch, EFBIG, "is larger than 262144 bytes");
	free(text);

	put_text(in(scratch, "kf.conf"), MINIMUM);
	for (int i = 0; i < 256; i++) {
		char name[32];

		(void)snprintf(name, sizeof name, "%03d.conf", i);
		put_drop_in(scratch, name, "");
	}
	expect_success("256", load(scratch, profile, sizeof profile, &err), &err);
	put_drop_in(scratch, "more.conf", "");
	expect_load_error("257", scratch, E2BIG, "more than 256 drop-ins");
}

static void a_path_that_is_too_long_is_an_error(void **state)
{
	struct kf_list files = { 0 };
	struct kf_error err = { 0 };
	char path[PATH_MAX + 16];

	(void)state;
	memset(path, '/', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	expect_refusal("long", kf_config_files(path, &files, &err), ENAMETOOLONG, &err);
	kf_list_clear(&files);
	path[PATH_MAX - 2] = '\0';
	expect_refusal("long with .d", kf_config_files(path, &files, &err), ENAMETOOLONG, &err);
	kf_list_clear(&files);
}

static void a_file_is_read_to_the_byte(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *text = NULL;

	put_text(in(scratch, "f"), " a\r\n\tb\n\n");
	expect_success("f", kf_config_read_file(in(scratch, "f"), &text, &err), &err);
	assert_string_equal(text, " a\r\n\tb\n\n");
	free(text);
	text = NULL;
	expect_success("null", kf_config_read_file("/dev/null", &text, &err), &err);
	assert_string_equal(text, "");
	free(text);
}

/* The result of a failure is the caller's as it was: freeing it must not free anything a second time. */
static void a_nul_byte_leaves_the_result_alone(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char *text = NULL;

	put_bytes(in(scratch, "f"), "a\0b", 3, 0644);
	expect_refusal("NUL", kf_config_read_file(in(scratch, "f"), &text, &err), EINVAL, &err);
	assert_null(text);
}

static void failures_leak_no_descriptor(void **state)
{
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();
	struct kf_error err = { 0 };
	char profile[80];

	put_text(in(scratch, "kf.conf"), MINIMUM);
	put_drop_in(scratch, "10.conf", "");
	assert_int_equal(chmod(in(scratch, "kf.conf.d/10.conf"), 0666), 0);
	assert_true(load(scratch, profile, sizeof profile, &err) < 0);
	assert_int_equal(chmod(in(scratch, "kf.conf.d"), 0777), 0);
	assert_true(load(scratch, profile, sizeof profile, &err) < 0);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(drop_ins_come_in_the_order_of_their_names),
		scratch_test(a_later_drop_in_wins),
		scratch_test(other_names_are_no_drop_ins),
		scratch_test(each_file_starts_without_a_section),
		scratch_test(a_drop_in_replaces_a_list),
		scratch_test(the_null_device_and_an_empty_file_mask),
		scratch_test(a_missing_file_is_an_error),
		scratch_test(only_files_of_root_are_read),
		scratch_test(only_directories_of_root_have_drop_ins),
		scratch_test(only_regular_files_are_read),
		scratch_test(sizes_and_numbers_are_limited),
		cmocka_unit_test(a_path_that_is_too_long_is_an_error),
		scratch_test(a_file_is_read_to_the_byte),
		scratch_test(a_nul_byte_leaves_the_result_alone),
		scratch_test(failures_leak_no_descriptor),
	};

	return is_root() ? cmocka_run_group_tests_name("policy/config-files", tests, NULL, NULL) : 0;
}
