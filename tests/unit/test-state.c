/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>

#include "fixtures.h"
#include "oci/state.h"

static int read_state(const char *text, size_t length, struct kf_state *ret, struct kf_error *err)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	int r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	r = kf_state_read(fd, ret, err);
	/* Always to its end, also when the state is nonsense: the runtime may still be writing. */
	expect(text, lseek(fd, 0, SEEK_CUR) == (off_t)length);
	(void)close(fd);
	return r;
}

static void every_runtime_is_understood(void **state)
{
	static const struct {
		const char *row, *text;
		const char *id, *bundle, *status;
		pid_t pid;
		bool annotated, usable;
	} rows[] = {
		{ "runc",
		  "{\"ociVersion\":\"1.2.0\",\"id\":\"abc\",\"status\":\"creating\",\"pid\":4711,\"bundle\":\"/run/b\","
		  "\"annotations\":{\"a\":\"b\"}}",
		  "abc", "/run/b", "creating", 4711, true, true },
		{ "crun",
		  "{\"ociVersion\":\"1.0\",\"id\":\"abc\",\"pid\":4711,\"root\":\"rootfs\",\"bundle\":\"/run/b\","
		  "\"status\":\"created\",\"annotations\":{}}",
		  "abc", "/run/b", "created", 4711, true, true },
		{ "crun 1.28",
		  "{\n  \"ociVersion\": \"1.0\",\n  \"id\": \"abc\",\n  \"pid\": 4711,\n  \"bundle\": "
		  "\"\\/run\\/b\"\n}\n",
		  "abc", "/run/b", NULL, 4711, false, true },
		{ "Kata",
		  "{\"ociVersion\":\"\",\"id\":\"abc\",\"status\":\"\",\"pid\":4711,\"bundle\":\"/run/"
		  "b\",\"annotations\":{}}",
		  "abc", "/run/b", "", 4711, true, true },
		{ "poststop", "{\"ociVersion\":\"1.2.0\",\"id\":\"abc\",\"status\":\"stopped\",\"bundle\":\"/run/b\"}",
		  "abc", "/run/b", "stopped", 0, false, false },
		{ "poststop of crun", "{\"id\":\"abc\",\"pid\":0,\"bundle\":\"/run/b\",\"status\":\"stopped\"}", "abc",
		  "/run/b", "stopped", 0, false, false },
		{ "no annotations", "{\"id\":\"abc\",\"pid\":9,\"bundle\":\"/b\",\"annotations\":null}", "abc", "/b",
		  NULL, 9, false, true },
		{ "nothing", "{}", NULL, NULL, NULL, 0, false, false },
		{ "nothing right", "{\"id\":1,\"bundle\":[],\"status\":{},\"pid\":\"12\",\"annotations\":\"x\"}", NULL,
		  NULL, NULL, 0, false, false },
		/* Odd, but not enough to refuse a container that did not opt in. */
		{ "twice the same key", "{\"id\":\"abc\",\"id\":\"def\",\"pid\":9,\"bundle\":\"/b\"}", "def", "/b",
		  NULL, 9, false, false },
		{ "no UTF-8", "{\"id\":\"abc\",\"pid\":9,\"bundle\":\"/b\",\"x\":\"\xff\"}", "abc", "/b", NULL, 9,
		  false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_state container = { 0 };
		struct kf_error err = { 0 };

		expect_success(rows[i].row, read_state(rows[i].text, strlen(rows[i].text), &container, &err), &err);
		expect_text(rows[i].row, "the id", container.id, rows[i].id);
		expect_text(rows[i].row, "the bundle", container.bundle, rows[i].bundle);
		expect_text(rows[i].row, "the status", container.status, rows[i].status);
		expect(rows[i].row, container.pid == rows[i].pid);
		expect(rows[i].row, (container.annotations != NULL) == rows[i].annotated);
		expect(rows[i].row, (kf_state_check(&container, &err) == 0) == rows[i].usable);
		kf_state_done(&container);
	}
}

static void a_pid_is_a_process_that_is_not_init(void **state)
{
	static const struct {
		const char *pid;
		pid_t number;
		bool usable;
	} rows[] = {
		{ "2", 2, true },
		{ "4194304", 4194304, true },
		{ "2147483647", INT_MAX, true },
		{ "1", 1, false },
		{ "0", 0, false },
		{ "-0", 0, false },
		{ "-1", 0, false },
		{ "-2", 0, false },
		{ "2147483648", 0, false },
		{ "4294967296", 0, false },
		{ "4294967298", 0, false },
		{ "-4294967294", 0, false },
		{ "9223372036854775807", 0, false },
		{ "-9223372036854775808", 0, false },
		{ "18446744073709551615", 0, false },
		{ "18446744073709551616", 0, false },
		{ "18446744073709551618", 0, false },
		{ "99999999999999999999999999", 0, false },
		{ "12.0", 0, false },
		{ "1e2", 0, false },
		{ "\"12\"", 0, false },
		{ "null", 0, false },
		{ "true", 0, false },
		{ "[12]", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_state container = { 0 };
		struct kf_error err = { 0 };
		char text[128];

		(void)snprintf(text, sizeof text, "{\"id\":\"abc\",\"bundle\":\"/b\",\"pid\":%s}", rows[i].pid);
		expect_success(rows[i].pid, read_state(text, strlen(text), &container, &err), &err);
		expect(rows[i].pid, container.pid == rows[i].number);
		expect_success(rows[i].pid, kf_state_check_id(&container, &err), &err);
		if (rows[i].usable)
			expect_success(rows[i].pid, kf_state_check(&container, &err), &err);
		else
			expect_refusal(rows[i].pid, kf_state_check(&container, &err), EINVAL, &err);
		kf_state_done(&container);
	}
}

static void id_and_bundle_are_checked(void **state)
{
	static const struct {
		const char *id, *bundle;
		bool usable;
	} rows[] = {
		{ "abc", "/b", true },
		{ "k8s_x.y-z+1", "/", true },
		{ NULL, "/b", false },
		{ "", "/b", false },
		{ ".", "/b", false },
		{ "..", "/b", false },
		{ "a/b", "/b", false },
		{ "../../etc", "/b", false },
		{ "/abc", "/b", false },
		{ "a b", "/b", false },
		{ "a\nMESSAGE=x", "/b", false },
		{ "\xff", "/b", false },
		{ "abc", NULL, false },
		{ "abc", "", false },
		{ "abc", "b", false },
		{ "abc", "./b", false },
	};
	char id[301];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_state container = { .id = rows[i].id, .bundle = rows[i].bundle, .pid = 12 };
		const char *row = rows[i].id ? rows[i].id : "(no id)";
		struct kf_error err = { 0 };

		int r = kf_state_check(&container, &err);

		if (rows[i].usable)
			expect_success(row, r, &err);
		else
			expect_refusal(row, r, EINVAL, &err);
	}
	memset(id, 'a', sizeof id - 1);
	id[300] = '\0';

	const struct kf_state container = { .id = id, .bundle = "/b", .pid = 12 };
	struct kf_error err = { 0 };

	expect_refusal("300 bytes", kf_state_check(&container, &err), EINVAL, &err);
	id[256] = '\0';
	expect_refusal("256 bytes", kf_state_check(&container, &err), EINVAL, &err);
	id[255] = '\0';
	expect_success("255 bytes", kf_state_check(&container, &err), &err);
}

static void text_that_is_not_a_state_is_refused(void **state)
{
	static const char *const rows[] = { "",
					    "\n",
					    "null",
					    "[]",
					    "\"abc\"",
					    "12",
					    "{",
					    "{\"id\":\"abc\"",
					    "{\"id\":\"abc\"}{}",
					    "{\"id\":\"abc\"}x",
					    "id=abc",
					    "\177ELF" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_state container = { .pid = 42 };
		struct kf_error err = { 0 };

		expect_refusal(rows[i], read_state(rows[i], strlen(rows[i]), &container, &err), EINVAL, &err);
		expect(rows[i], container.document == NULL && container.pid == 42);
	}
}

/* Larger than what is kept; BESIDE is in the middle of it. */
static int read_giant(const char *beside, size_t at, struct kf_state *ret, struct kf_error *err)
{
	size_t length = KF_STATE_MAX * 2;
	char *text = malloc(length);
	int r;

	assert_non_null(text);
	memset(text, ' ', length);
	memcpy(text, "{\"id\":\"abc\"}", 12);
	memcpy(text + at, beside, strlen(beside));
	r = read_state(text, length, ret, err);
	free(text);
	return r;
}

/* A container that did not opt in starts with any annotations; one that could have opted in does not. */
static void a_giant_is_ours_only_with_our_key(void **state)
{
	static const struct {
		const char *beside;
		bool ours;
	} rows[] = {
		{ "", false },
		{ "\"nono.sh/profile\":\"x\"", false },
		{ "nono.sh/runtime-clas", false },
		{ "nono.sh/runtime-clazs", false },
		{ "\"nono.sh\\\\/runtime-class\"", false },
		{ "\"nono.sh/runtime-class\":\"nono-runc\"", true },
		{ "\"nono.sh/runtime-class/app\":\"nono-runc\"", true },
		{ "nonono.sh/runtime-class", true },
		{ "\"nono.sh\\/runtime-class\"", true },
		{ "\"\\u006eono.sh\\u002Fruntime-class\"", true },
		{ "\"\\u006e\\u006F\\u006e\\u006f.sh/runtime\\u002dclass\"", true },
	};
	static const size_t places[] = { 100, KF_STATE_MAX - 10, KF_STATE_MAX + 1, KF_STATE_MAX + 4090 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t p = 0; p < COUNT(places); p++) {
			struct kf_state container = { .pid = 42 };
			struct kf_error err = { 0 };
			int r = read_giant(rows[i].beside, places[p], &container, &err);

			if (rows[i].ours) {
				expect_refusal(rows[i].beside, r, EFBIG, &err);
				continue;
			}
			expect_success(rows[i].beside, r, &err);
			expect(rows[i].beside, !container.id && !container.annotations && container.pid == 0);
			/* A class that the node imposes still denies it. */
			expect_refusal(rows[i].beside, kf_state_check(&container, &err), EFBIG, &err);
			kf_state_done(&container);
		}
}

static void at_the_limit_a_state_is_read(void **state)
{
	size_t length = KF_STATE_MAX;
	char *text = malloc(length);
	struct kf_state container = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, ' ', length);
	memcpy(text, "{\"id\":\"abc\"}", 12);
	expect_success("at the limit", read_state(text, KF_STATE_MAX, &container, &err), &err);
	assert_string_equal(container.id, "abc");
	kf_state_done(&container);
	free(text);
}

static void a_quarter_megabyte_of_annotations_is_fine(void **state)
{
	size_t size = 256 * 1024 + 128, used;
	char *text = malloc(size);
	struct kf_state container = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(text);
	used = (size_t)snprintf(text, size, "{\"id\":\"abc\",\"annotations\":{\"x\":\"");
	memset(text + used, 'y', 256 * 1024);
	used += 256 * 1024;
	used += (size_t)snprintf(text + used, size - used, "\"}}");
	expect_success("annotations", read_state(text, used, &container, &err), &err);
	assert_int_equal(strlen(kf_json_string(container.annotations, "x")), 256 * 1024);
	kf_state_done(&container);
	free(text);
}

static void a_closed_standard_input_is_an_error(void **state)
{
	struct kf_state container = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	expect_refusal("closed", kf_state_read(-1, &container, &err), EBADF, &err);
}

/* The members that poststop needs: a record must go despite any other flaw. */
static void an_id_alone_is_enough_to_remove_a_record(void **state)
{
	static const struct {
		const char *text;
		bool usable;
	} rows[] = {
		{ "{\"id\":\"abc\"}", true },
		{ "{\"id\":\"abc\",\"pid\":0,\"bundle\":\"b\",\"annotations\":[]}", true },
		{ "{\"id\":\"abc\",\"x\":1,\"x\":2}", true },
		{ "{}", false },
		{ "{\"id\":\"..\"}", false },
		{ "{\"id\":\"a/b\"}", false },
		{ "{\"id\":1}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_state container = { 0 };
		struct kf_error err = { 0 };

		expect_success(rows[i].text, read_state(rows[i].text, strlen(rows[i].text), &container, &err), &err);
		if (rows[i].usable)
			expect_success(rows[i].text, kf_state_check_id(&container, &err), &err);
		else
			expect_refusal(rows[i].text, kf_state_check_id(&container, &err), EINVAL, &err);
		kf_state_done(&container);
	}
}

/* Readers differ about these, so no container is sandboxed on their word. */
static void a_flawed_state_sandboxes_nothing(void **state)
{
	static const struct {
		const char *more;
		bool usable;
	} rows[] = {
		{ "", true },
		{ ",\"annotations\":null", true },
		{ ",\"annotations\":{}", true },
		{ ",\"annotations\":[]", false },
		{ ",\"annotations\":\"x\"", false },
		{ ",\"pid\":13", false },
		{ ",\"annotations\":{\"a\":\"1\",\"a\":\"2\"}", false },
		{ ",\"annotations\":{\"a\\u0000b\":\"1\"}", false },
		{ ",\"x\":NaN", false },
		{ ",\"x\":\"\xff\"", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_state container = { 0 };
		struct kf_error err = { 0 };
		char text[256];

		(void)snprintf(text, sizeof text, "{\"id\":\"abc\",\"bundle\":\"/b\",\"pid\":12%s}", rows[i].more);
		expect_success(text, read_state(text, strlen(text), &container, &err), &err);
		if (rows[i].usable)
			expect_success(text, kf_state_check(&container, &err), &err);
		else
			expect_refusal(text, kf_state_check(&container, &err), EINVAL, &err);
		kf_state_done(&container);
	}
}

static void an_id_with_a_nul_is_refused(void **state)
{
	static const char text[] = "{\"id\":\"abc\\u0000/../x\",\"bundle\":\"/b\\u0000c\",\"pid\":12}";
	struct kf_state container = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	expect_success("NUL", read_state(text, sizeof text - 1, &container, &err), &err);
	assert_null(container.id);
	assert_null(container.bundle);
	kf_state_done(&container);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_runtime_is_understood),
		cmocka_unit_test(a_pid_is_a_process_that_is_not_init),
		cmocka_unit_test(id_and_bundle_are_checked),
		cmocka_unit_test(text_that_is_not_a_state_is_refused),
		cmocka_unit_test(a_giant_is_ours_only_with_our_key),
		cmocka_unit_test(at_the_limit_a_state_is_read),
		cmocka_unit_test(a_quarter_megabyte_of_annotations_is_fine),
		cmocka_unit_test(a_closed_standard_input_is_an_error),
		cmocka_unit_test(an_id_alone_is_enough_to_remove_a_record),
		cmocka_unit_test(a_flawed_state_sandboxes_nothing),
		cmocka_unit_test(an_id_with_a_nul_is_refused),
	};

	return cmocka_run_group_tests_name("oci/state", tests, NULL, NULL);
}
