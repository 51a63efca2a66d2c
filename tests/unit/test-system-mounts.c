/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "fixtures.h"
#include "node/system-mounts.h"

static const struct kf_system_mounts usual = { .dev = 1, .pts = 1, .proc = 1 };

/* One mount in the container: BIND, a path of the host, or a new tmpfs, at PLACE of its root file system. */
struct entry {
	const char *place, *bind;
};

static int mount_at(const char *rootfs, const struct entry *entry)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s%s", rootfs, entry->place);
	if (entry->bind)
		return mount(entry->bind, path, "none", MS_BIND | MS_REC, NULL);
	return mount("tmpfs", path, strcmp(entry->place, "/dev/pts") == 0 ? "devpts" : "tmpfs", 0, NULL);
}

/* Directories, and files where nodes are. */
static void make_places(const char *rootfs)
{
	static const char *const dirs[] = { "",      "/dev",       "/dev/pts", "/dev/shm",
					    "/proc", "/proc/self", "/proc/1",  "/data" };
	static const char *const files[] = { "/dev/null", "/dev/console", "/proc/meminfo" };
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(dirs); i++) {
		(void)snprintf(path, sizeof path, "%s%s", rootfs, dirs[i]);
		(void)mkdir(path, 0755);
	}
	for (size_t i = 0; i < COUNT(files); i++) {
		(void)snprintf(path, sizeof path, "%s%s", rootfs, files[i]);
		(void)close(open(path, O_CREAT | O_CLOEXEC, 0644));
	}
}

/* A process with these mounts. The places below /dev are in the image: a tmpfs at /dev would hide them. */
static pid_t start(const char *rootfs, const struct entry *entries, size_t count)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		bool fine = unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
			    mount(rootfs, rootfs, "none", MS_BIND, NULL) == 0;

		for (size_t i = 0; fine && i < count; i++)
			fine = mount_at(rootfs, &entries[i]) == 0;
		byte = fine;
		(void)!write(ready[1], &byte, 1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static int look_at(const char *rootfs, const struct entry *entries, size_t count,
		   const struct kf_system_mounts *expected, struct kf_error *err)
{
	pid_t pid = start(rootfs, entries, count);
	int r = kf_system_mounts_check(pid, rootfs, expected, err);

	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return r;
}

#define BASE                                                                                                           \
	{ "/dev", "%/dev" }, { "/dev/pts", NULL },                                                                     \
	{                                                                                                              \
		"/proc", "%/proc"                                                                                      \
	}

/* "%": the root file system, whose own /dev and /proc stand for the runtime's, with all places in them. */
static int look_at_row(const char *rootfs, const struct entry *row, const struct kf_system_mounts *expected,
		       struct kf_error *err)
{
	struct entry entries[8];
	char texts[8][PATH_MAX];
	size_t count = 0;

	for (; row[count].place; count++) {
		entries[count] = row[count];
		if (!row[count].bind || row[count].bind[0] != '%')
			continue;
		(void)snprintf(texts[count], sizeof texts[0], "%s%s", rootfs, row[count].bind + 1);
		entries[count].bind = texts[count];
	}
	return look_at(rootfs, entries, count, expected, err);
}

static void a_container_s_own_mounts_are_fine(void **state)
{
	static const struct entry rows[][8] = {
		{ BASE },
		{ BASE, { "/dev/shm", NULL } },
		{ BASE, { "/proc/meminfo", "/etc/hostname" } },
		{ BASE, { "/data", NULL } },
		/* As runtimes do it in a user namespace. */
		{ BASE, { "/dev/null", "/dev/null" } },
	};
	struct scratch *scratch = *state;

	make_places(scratch->path);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char row[32];

		(void)snprintf(row, sizeof row, "row %zu", i);
		expect_success(row, look_at_row(scratch->path, rows[i], &usual, &err), &err);
	}
}

static void a_mount_that_a_symlink_led_there_is_refused(void **state)
{
	static const struct entry rows[][8] = {
		{ BASE, { "/dev/null", "/etc/hostname" } },
		{ BASE, { "/dev/null", "/dev/zero" } },
		{ BASE, { "/dev/console", "/dev/null" } },
		{ BASE, { "/proc/self", NULL } },
		{ BASE, { "/proc/1", NULL } },
		{ BASE, { "/dev", NULL } },
		{ BASE, { "/proc", NULL } },
		{ BASE, { "/dev/pts", NULL } },
		/* The runtime's own went elsewhere. */
		{ { "/data", NULL }, { "/proc", "%/proc" } },
		{ { "/dev", "%/dev" }, { "/dev/pts", NULL }, { "/data", NULL } },
	};
	struct scratch *scratch = *state;

	make_places(scratch->path);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char row[32];

		(void)snprintf(row, sizeof row, "row %zu", i);
		expect_refusal(row, look_at_row(scratch->path, rows[i], &usual, &err), EXDEV, &err);
	}
}

static void without_a_mount_the_image_s_own_is_refused(void **state)
{
	static const struct entry none[] = { { NULL, NULL } };
	const struct kf_system_mounts nothing = { 0 };
	struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	make_places(scratch->path);
	expect_refusal("nothing", look_at_row(scratch->path, none, &nothing, &err), EXDEV, &err);
	assert_non_null(strstr(err.message, "config.json mounts nothing at /dev"));
}

static void another_process_is_not_believed(void **state)
{
	struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_refusal("ours", kf_system_mounts_check(getpid(), scratch->path, &usual, &err), ESRCH, &err);
	expect_refusal("none", kf_system_mounts_check(INT_MAX, scratch->path, &usual, &err), ESRCH, &err);
	expect_refusal("no rootfs", kf_system_mounts_check(getpid(), "/proc/nothing", &usual, &err), ENOENT, &err);
}

int main(void)
{
	if (!is_root())
		return 0;

	const struct CMUnitTest tests[] = {
		scratch_test(a_container_s_own_mounts_are_fine),
		scratch_test(a_mount_that_a_symlink_led_there_is_refused),
		scratch_test(without_a_mount_the_image_s_own_is_refused),
		scratch_test(another_process_is_not_believed),
	};

	return cmocka_run_group_tests_name("node/system-mounts", tests, NULL, NULL);
}
