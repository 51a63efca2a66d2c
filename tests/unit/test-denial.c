/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "denials/denial.h"
#include "denials/fold.h"
#include "fixtures.h"

/* An event and the text that follows it. */
struct report {
	struct kf_event event;
	char text[KF_EVENT_TEXT];
	size_t used;
};

static void put(struct report *report, enum kf_event_part part, const char *bytes, size_t length)
{
	memcpy(report->text + report->used, bytes, length);
	report->used += length;
	report->event.lengths[part] = (__u32)length;
}

/* LITERAL with the NUL at its end. */
#define PUT(report, part, literal) put(report, part, literal, sizeof(literal))

static struct report *new_report(int number)
{
	struct report *report = calloc(1, sizeof *report);

	assert_non_null(report);
	report->event.number = number;
	report->event.error = EACCES;
	report->event.inner_pid = 7;
	return report;
}

static struct kf_denial make(struct report *report)
{
	struct kf_denial denial;

	assert_int_equal(kf_denial_make(&report->event, report->text, &denial), 0);
	free(report);
	return denial;
}

static void paths_are_absolute(void **state)
{
	static const struct {
		const char *directory;
		size_t directory_length;
		const char *path, *result;
	} rows[] = {
		{ "below\0dir", sizeof "below\0dir", "file", "/dir/below/file" },
		{ "below\0dir", sizeof "below\0dir", "./x//file/", "/dir/below/x/file" },
		{ "below\0dir", sizeof "below\0dir", "/etc//passwd", "/etc/passwd" },
		{ "below\0dir", sizeof "below\0dir", "../other", "/dir/below/../other" },
		{ "below\0dir", sizeof "below\0dir", "", "/dir/below" },
		{ "", 0, "file", "/file" },
		{ "", 0, "/", "/" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct report *report = new_report(SYS_openat);
		struct kf_denial denial;

		put(report, KF_PART_DIRECTORY, rows[i].directory, rows[i].directory_length);
		PUT(report, KF_PART_PROGRAM, "cat\0bin");
		put(report, KF_PART_PATH, rows[i].path, strlen(rows[i].path) + 1);
		denial = make(report);
		assert_string_equal(denial.path, rows[i].result);
		assert_string_equal(denial.program, "/bin/cat");
		assert_null(denial.new_path);
		assert_null(denial.target);
		assert_int_equal(denial.pid, 7);
		kf_denial_done(&denial);
	}
}

static void flags_tell_how_a_file_was_opened(void **state)
{
	static const struct {
		unsigned int flags;
		enum kf_operation operation;
	} rows[] = {
		{ O_RDONLY | O_CLOEXEC, KF_OP_READ },
		{ O_WRONLY, KF_OP_WRITE },
		{ O_RDWR, KF_OP_WRITE },
		{ O_RDONLY | O_TRUNC, KF_OP_WRITE },
		{ O_WRONLY | O_CREAT, KF_OP_CREATE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct report *report = new_report(SYS_openat), *other = new_report(SYS_openat2);
		struct kf_denial denial;

		report->event.args[2] = rows[i].flags;
		other->event.how_flags = rows[i].flags;
		denial = make(report);
		expect("openat", denial.operation == rows[i].operation);
		kf_denial_done(&denial);
		denial = make(other);
		expect("openat2", denial.operation == rows[i].operation);
		kf_denial_done(&denial);
	}
}

static void two_paths_have_two_directories(void **state)
{
	struct report *report = new_report(SYS_renameat2);
	struct kf_denial denial;

	(void)state;
	PUT(report, KF_PART_DIRECTORY, "one");
	PUT(report, KF_PART_NEW_DIRECTORY, "two");
	PUT(report, KF_PART_PROGRAM, "mv");
	PUT(report, KF_PART_PATH, "a");
	PUT(report, KF_PART_NEW_PATH, "b");
	denial = make(report);
	assert_string_equal(denial.path, "/one/a");
	assert_string_equal(denial.new_path, "/two/b");
	assert_int_equal(denial.operation, KF_OP_RENAME);
	kf_denial_done(&denial);
}

static void removing_a_directory_is_rmdir(void **state)
{
	struct report *report = new_report(SYS_unlinkat);
	struct kf_denial denial;

	(void)state;
	report->event.args[2] = AT_REMOVEDIR;
	denial = make(report);
	assert_int_equal(denial.operation, KF_OP_RMDIR);
	kf_denial_done(&denial);
}

static void check_address(const void *address, size_t length, const char *expected)
{
	struct report *report = new_report(SYS_connect);
	struct kf_denial denial;

	put(report, KF_PART_ADDRESS, address, length);
	denial = make(report);
	if (expected)
		assert_string_equal(denial.target, expected);
	else
		assert_null(denial.target);
	kf_denial_done(&denial);
}

static void addresses_are_spelled_out(void **state)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	struct sockaddr_un named = { .sun_family = AF_UNIX, .sun_path = "/run/x" };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0name" };
	struct sockaddr other = { .sa_family = AF_NETLINK };
	size_t head = offsetof(struct sockaddr_un, sun_path);

	(void)state;
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	check_address(&v4, sizeof v4, "127.0.0.1:443");
	check_address(&v6, sizeof v6, "[::1]:80");
	check_address(&named, head + strlen("/run/x"), "unix:/run/x");
	check_address(&named, sizeof named, "unix:/run/x");
	check_address(&abstract, head + strlen("name") + 1, "unix:@name");
	check_address(&other, sizeof other, "address family 16");
	/* Less than its family says: nothing is read after its end. */
	check_address(&v4, sizeof(sa_family_t), "address family 2");
	check_address(&named, head, "address family 1");
	check_address(&v4, 1, NULL);
	check_address(&v4, 0, NULL);
}

static void processes_are_named(void **state)
{
	struct report *report = new_report(SYS_kill);
	struct kf_denial denial;

	(void)state;
	report->event.args[0] = (__u64)-1;
	report->event.args[1] = 9;
	denial = make(report);
	assert_string_equal(denial.target, "process -1, signal 9");
	kf_denial_done(&denial);
	report = new_report(SYS_pidfd_send_signal);
	report->event.args[1] = 15;
	denial = make(report);
	assert_string_equal(denial.target, "a pidfd, signal 15");
	kf_denial_done(&denial);
}

static void unknown_calls_are_no_denials(void **state)
{
	struct report *report = new_report(SYS_getpid);
	struct kf_denial denial;

	(void)state;
	assert_int_equal(kf_denial_make(&report->event, report->text, &denial), -EINVAL);
	report->event.flags = KF_EVENT_FOREIGN;
	denial = make(report);
	assert_int_equal(denial.operation, KF_OP_FOREIGN);
	kf_denial_done(&denial);
}

static void an_unreadable_path_is_not_the_directory(void **state)
{
	struct report *report = new_report(SYS_openat);
	struct kf_denial denial;

	(void)state;
	report->event.flags = KF_EVENT_UNREADABLE;
	PUT(report, KF_PART_DIRECTORY, "dir");
	denial = make(report);
	assert_null(denial.path);
	kf_denial_done(&denial);
}

static void parts_fit_and_end(void **state)
{
	struct report *report = new_report(SYS_openat);

	(void)state;
	PUT(report, KF_PART_DIRECTORY, "dir");
	PUT(report, KF_PART_PATH, "file");
	assert_true(kf_event_is_whole(&report->event, report->text, report->used));
	assert_false(kf_event_is_whole(&report->event, report->text, report->used - 1));
	report->event.lengths[KF_PART_PATH]--;
	assert_false(kf_event_is_whole(&report->event, report->text, report->used));
	report->event.lengths[KF_PART_PATH] = UINT32_MAX;
	assert_false(kf_event_is_whole(&report->event, report->text, report->used));
	report->event.lengths[KF_PART_PATH] = 0;
	report->event.lengths[KF_PART_ADDRESS] = KF_EVENT_ADDRESS + 1;
	assert_false(kf_event_is_whole(&report->event, report->text, sizeof report->text));
	free(report);
}

/* A denial of PATH by container WATCHED; the caller cleans it up if it was not taken over. */
static int add(struct kf_fold *fold, uint32_t watched, const char *path, struct kf_folded **ret)
{
	struct kf_denial denial = { .watched = watched, .count = 1, .path = strdup(path) };
	int r = kf_fold_add(fold, &denial, ret);

	if (r <= 0)
		kf_denial_done(&denial);
	return r;
}

static void equal_ones_are_counted(void **state)
{
	struct kf_fold fold = { 0 };
	struct kf_folded *folded;

	(void)state;
	assert_int_equal(add(&fold, 0, "/a", &folded), 1);
	assert_int_equal(add(&fold, 1, "/a", &folded), 1);
	assert_int_equal(add(&fold, 0, "/b", &folded), 1);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(add(&fold, 0, "/a", &folded), 0);
	assert_int_equal(folded->denial.count, 1001);
	assert_int_equal(fold.count, 3);
	assert_int_equal(fold.items[1].denial.count, 1);
	kf_fold_done(&fold);
}

static void too_many_are_left_out_and_counted(void **state)
{
	struct kf_fold fold = { 0 };
	struct kf_folded *folded;
	char path[32];

	(void)state;
	for (int i = 0; i < KF_FOLD_MAX + 5; i++) {
		(void)snprintf(path, sizeof path, "/%d", i);
		assert_int_equal(add(&fold, 0, path, &folded), i < KF_FOLD_MAX);
	}
	assert_null(folded);
	assert_int_equal(fold.count, KF_FOLD_MAX);
	assert_int_equal(fold.left_out, 5);
	/* Those that are kept go on counting. */
	assert_int_equal(add(&fold, 0, "/0", &folded), 0);
	assert_int_equal(folded->denial.count, 2);
	kf_fold_done(&fold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_absolute),
		cmocka_unit_test(flags_tell_how_a_file_was_opened),
		cmocka_unit_test(two_paths_have_two_directories),
		cmocka_unit_test(removing_a_directory_is_rmdir),
		cmocka_unit_test(addresses_are_spelled_out),
		cmocka_unit_test(processes_are_named),
		cmocka_unit_test(unknown_calls_are_no_denials),
		cmocka_unit_test(an_unreadable_path_is_not_the_directory),
		cmocka_unit_test(parts_fit_and_end),
		cmocka_unit_test(equal_ones_are_counted),
		cmocka_unit_test(too_many_are_left_out_and_counted),
	};

	return cmocka_run_group_tests_name("denials", tests, NULL, NULL);
}
