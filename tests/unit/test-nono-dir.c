/* SPDX-License-Identifier: Apache-2.0 */
#include "elf-fixtures.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "fixtures.h"
#include "nono/dir.h"

static void put_program(const char *path, uint32_t last_segment)
{
	const struct elf64_image image = elf64_of(last_segment);

	put_bytes(path, &image, sizeof image, 0755);
}

/* A nono directory as the installer makes it. */
static void install(const struct scratch *scratch)
{
	/* mkdtemp() gives 0700. */
	assert_int_equal(fchmod(scratch->fd, 0755), 0);
	assert_int_equal(mkdirat(scratch->fd, "nono-nri", 0755), 0);
	assert_int_equal(mkdirat(scratch->fd, "nono-nri/profiles", 0755), 0);
	put_program(in(scratch, "nono-nri/nono"), PT_LOAD);
	put_text(in(scratch, "nono-nri/profiles/default.json"), "{\"meta\":{\"name\":\"default\"}}");
	assert_int_equal(mkdirat(scratch->fd, "nono-nri/launcher", 0755), 0);
	put_program(in(scratch, "nono-nri/launcher/kubefence-launcher"), PT_LOAD);
}

static int open_dir(const struct scratch *scratch, bool allow_dynamic, struct kf_error *err)
{
	int fd = -42;
	int r = kf_nono_dir_open(in(scratch, "nono-nri/nono"), allow_dynamic, &fd, err);

	if (r < 0)
		assert_int_equal(fd, -42);
	else
		(void)close(fd);
	return r;
}

static int check_profile(const struct scratch *scratch, const char *profile, struct kf_error *err)
{
	int fd = open(in(scratch, "nono-nri"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file = -42;
	int r = kf_nono_dir_open_profile(fd, profile, &file, err);

	(void)close(fd);
	if (r < 0)
		assert_int_equal(file, -42);
	else
		(void)close(file);
	return r;
}

static void an_installed_directory_is_opened(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	struct stat opened, named;
	int fd = -1;

	install(scratch);
	expect_success("open", kf_nono_dir_open(in(scratch, "nono-nri/nono"), false, &fd, &err), &err);
	assert_int_equal(fstat(fd, &opened), 0);
	assert_int_equal(stat(in(scratch, "nono-nri"), &named), 0);
	assert_int_equal(opened.st_ino, named.st_ino);
	assert_true(fcntl(fd, F_GETFL) & O_PATH);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
	expect_success("profile", check_profile(scratch, "default", &err), &err);
	expect_success("dynamic allowed", open_dir(scratch, true, &err), &err);
}

static void a_dynamic_nono_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	install(scratch);
	put_program(in(scratch, "nono-nri/nono"), PT_INTERP);
	expect_refusal("dynamic", open_dir(scratch, false, &err), ENOEXEC, &err);
	assert_non_null(strstr(err.message, "allow_dynamic_nono"));
	expect_success("allowed", open_dir(scratch, true, &err), &err);
	put_bytes(in(scratch, "nono-nri/nono"), "#!/bin/sh\n", 10, 0755);
	expect_refusal("script", open_dir(scratch, false, &err), ENOEXEC, &err);
	/* A file that is not a program is refused under every rule. */
	put_bytes(in(scratch, "nono-nri/nono"), "text", 4, 0755);
	expect_refusal("text", open_dir(scratch, true, &err), ENOEXEC, &err);
	put_bytes(in(scratch, "nono-nri/nono"), "", 0, 0755);
	expect_refusal("empty", open_dir(scratch, true, &err), ENOEXEC, &err);
}

static void the_binary_is_roots_and_everybodys_to_run(void **state)
{
	static const struct {
		const char *row;
		uid_t uid;
		mode_t mode;
		int code;
	} rows[] = {
		{ "installed", 0, 0755, 0 },
		{ "read-only", 0, 0555, 0 },
		{ "not executable", 0, 0644, EACCES },
		{ "not for others", 0, 0750, EACCES },
		{ "not for the group", 0, 0705, EACCES },
		{ "not readable", 0, 0711, EACCES },
		{ "foreign", 1000, 0755, EPERM },
		{ "group-writable", 0, 0775, EPERM },
		{ "world-writable", 0, 0757, EPERM },
		{ "set-uid", 0, 04755, EPERM },
		{ "set-gid", 0, 02755, EPERM },
	};
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/nono");

	install(scratch);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		assert_int_equal(chown(path, rows[i].uid, 0), 0);
		assert_int_equal(chmod(path, rows[i].mode), 0);
		if (!rows[i].code)
			expect_success(rows[i].row, open_dir(scratch, false, &err), &err);
		else
			expect_refusal(rows[i].row, open_dir(scratch, false, &err), rows[i].code, &err);
	}
}

static void the_binary_is_a_file(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/nono");
	struct kf_error err = { 0 };

	(void)alarm(10);
	install(scratch);
	assert_int_equal(rename(path, in(scratch, "nono-nri/real")), 0);
	expect_refusal("missing", open_dir(scratch, false, &err), ENOENT, &err);
	assert_int_equal(symlink("real", path), 0);
	expect_refusal("symlink", open_dir(scratch, false, &err), ELOOP, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	expect_refusal("directory", open_dir(scratch, false, &err), EINVAL, &err);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0777), 0);
	expect_refusal("FIFO", open_dir(scratch, false, &err), EINVAL, &err);
	(void)alarm(0);
}

/* An installed directory with two names for the launcher. */
static void install_with_launcher(const struct scratch *scratch)
{
	install(scratch);
	assert_int_equal(symlinkat("launcher/kubefence-launcher", scratch->fd, "nono-nri/sh"), 0);
	assert_int_equal(symlinkat("launcher/kubefence-launcher", scratch->fd, "nono-nri/bash"), 0);
}

static void a_launcher_is_trusted_too(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/launcher/kubefence-launcher");
	struct kf_error err = { 0 };
	size_t before = open_descriptors();

	install_with_launcher(scratch);
	expect_success("installed", open_dir(scratch, false, &err), &err);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(chmod(path, 0775), 0);
	expect_refusal("group-writable", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(chmod(path, 0700), 0);
	expect_refusal("not for others", open_dir(scratch, false, &err), EACCES, &err);
	put_program(path, PT_INTERP);
	expect_refusal("dynamic", open_dir(scratch, false, &err), ENOEXEC, &err);
	assert_non_null(strstr(err.message, "install-launcher.sh"));
	assert_int_equal(chmod(in(scratch, "nono-nri/launcher"), 0777), 0);
	expect_refusal("open directory", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(open_descriptors(), before);
}

static void a_missing_launcher_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	install(scratch);
	assert_int_equal(unlink(in(scratch, "nono-nri/launcher/kubefence-launcher")), 0);
	expect_refusal("no program", open_dir(scratch, false, &err), ENOENT, &err);
	assert_non_null(strstr(err.message, "install-launcher.sh"));
	assert_int_equal(rmdir(in(scratch, "nono-nri/launcher")), 0);
	expect_refusal("no directory", open_dir(scratch, false, &err), ENOENT, &err);
	assert_int_equal(symlink("/tmp", in(scratch, "nono-nri/launcher")), 0);
	expect_refusal("a link", open_dir(scratch, false, &err), ELOOP, &err);
}

static void every_file_there_is_roots(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/python3");
	struct kf_error err = { 0 };

	install(scratch);
	put_text(path, "#!/bin/sh\n");
	expect_success("root's", open_dir(scratch, false, &err), &err);
	assert_int_equal(chmod(path, 0666), 0);
	expect_refusal("open to all", open_dir(scratch, false, &err), EPERM, &err);
	assert_non_null(strstr(err.message, "python3"));
	assert_int_equal(chmod(path, 04755), 0);
	expect_refusal("set-uid", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chmod(in(scratch, "nono-nri/launcher/kubefence-launcher"), 02755), 0);
	expect_refusal("launcher", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(chmod(in(scratch, "nono-nri/launcher/kubefence-launcher"), 0755), 0);
	assert_int_equal(chmod(in(scratch, "nono-nri/profiles/default.json"), 04644), 0);
	expect_refusal("profile", check_profile(scratch, "default", &err), EPERM, &err);
	assert_int_equal(chown(path, NOBODY, 0), 0);
	expect_refusal("foreign", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(rename(path, in(scratch, "nono-nri/x\ny")), 0);
	expect_refusal("two lines", open_dir(scratch, false, &err), EPERM, &err);
}

/* More than one getdents64(2) gives, in any order. */
static void all_that_lies_there_is_roots(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	char name[128];

	install(scratch);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof name, "nono-nri/program-with-a-name-of-some-length-%d", i);
		put_text(in(scratch, name), "");
	}
	expect_success("root's", open_dir(scratch, false, &err), &err);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof name, "nono-nri/program-with-a-name-of-some-length-%d", i);
		assert_int_equal(chmod(in(scratch, name), 0666), 0);
		expect_refusal(name, open_dir(scratch, false, &err), EPERM, &err);
		assert_int_equal(chmod(in(scratch, name), 0644), 0);
	}
}

static void the_directory_is_trusted_and_open(void **state)
{
	static const struct {
		const char *row;
		uid_t uid;
		mode_t mode;
		int code;
	} rows[] = {
		{ "installed", 0, 0755, 0 },
		{ "read-only", 0, 0555, 0 },
		{ "closed", 0, 0700, EACCES },
		{ "no look-up by others", 0, 0754, EACCES },
		{ "no listing by others", 0, 0751, EACCES },
		{ "foreign", 1000, 0755, EPERM },
		{ "group-writable", 0, 0775, EPERM },
		{ "sticky", 0, 01777, EPERM },
	};
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri");

	install(scratch);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		assert_int_equal(chown(path, rows[i].uid, 0), 0);
		assert_int_equal(chmod(path, rows[i].mode), 0);
		if (!rows[i].code)
			expect_success(rows[i].row, open_dir(scratch, false, &err), &err);
		else
			expect_refusal(rows[i].row, open_dir(scratch, false, &err), rows[i].code, &err);
	}
}

static void the_way_to_it_is_trusted(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	int fd = -1;

	install(scratch);
	assert_int_equal(symlinkat("nono-nri", scratch->fd, "link"), 0);
	expect_refusal("symlink", kf_nono_dir_open(in(scratch, "link/nono"), false, &fd, &err), ENOTDIR, &err);
	expect_refusal("dots", kf_nono_dir_open(in(scratch, "nono-nri/../nono-nri/nono"), false, &fd, &err), EINVAL,
		       &err);
	expect_refusal("missing", kf_nono_dir_open(in(scratch, "other/nono"), false, &fd, &err), ENOENT, &err);
	expect_refusal("relative", kf_nono_dir_open("./nono", false, &fd, &err), EINVAL, &err);
	assert_int_equal(fchmod(scratch->fd, 0777), 0);
	expect_refusal("open parent", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(fchmod(scratch->fd, 0755), 0);
	assert_int_equal(fchown(scratch->fd, 1000, 0), 0);
	expect_refusal("foreign parent", open_dir(scratch, false, &err), EPERM, &err);
	assert_int_equal(fchown(scratch->fd, 0, 0), 0);
	assert_int_equal(fd, -1);
}

static void a_profile_is_roots_and_everybodys_to_read(void **state)
{
	static const struct {
		const char *row;
		uid_t uid;
		mode_t mode;
		int code;
	} rows[] = {
		{ "installed", 0, 0644, 0 },          { "read-only", 0, 0444, 0 },
		{ "private", 0, 0600, EACCES },       { "not for others", 0, 0640, EACCES },
		{ "foreign", 1000, 0644, EPERM },     { "group-writable", 0, 0664, EPERM },
		{ "world-writable", 0, 0646, EPERM },
	};
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/profiles/default.json");

	install(scratch);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		assert_int_equal(chown(path, rows[i].uid, 0), 0);
		assert_int_equal(chmod(path, rows[i].mode), 0);
		if (!rows[i].code)
			expect_success(rows[i].row, check_profile(scratch, "default", &err), &err);
		else
			expect_refusal(rows[i].row, check_profile(scratch, "default", &err), rows[i].code, &err);
	}
}

static void a_profile_is_a_file(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/profiles/default.json");
	char name[65];
	struct kf_error err = { 0 };

	(void)alarm(10);
	install(scratch);
	expect_refusal("missing", check_profile(scratch, "other", &err), ENOENT, &err);
	assert_non_null(strstr(err.message, "profile other is not installed"));
	memset(name, 'a', 64);
	name[64] = '\0';
	expect_refusal("long", check_profile(scratch, name, &err), ENOENT, &err);
	assert_non_null(strstr(err.message, name));
	assert_int_equal(rename(path, in(scratch, "nono-nri/profiles/real.json")), 0);
	assert_int_equal(symlink("real.json", path), 0);
	expect_refusal("symlink", check_profile(scratch, "default", &err), ELOOP, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	expect_refusal("directory", check_profile(scratch, "default", &err), EINVAL, &err);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0777), 0);
	expect_refusal("FIFO", check_profile(scratch, "default", &err), EINVAL, &err);
	(void)alarm(0);
}

static void the_profiles_directory_is_roots(void **state)
{
	const struct scratch *scratch = *state;
	const char *path = in(scratch, "nono-nri/profiles");
	struct kf_error err = { 0 };

	install(scratch);
	assert_int_equal(chmod(path, 0777), 0);
	expect_refusal("open", check_profile(scratch, "default", &err), EPERM, &err);
	assert_int_equal(chmod(path, 01777), 0);
	expect_refusal("sticky", check_profile(scratch, "default", &err), EPERM, &err);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chown(path, 1000, 0), 0);
	expect_refusal("foreign", check_profile(scratch, "default", &err), EPERM, &err);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(rename(path, in(scratch, "nono-nri/real")), 0);
	expect_refusal("missing", check_profile(scratch, "default", &err), ENOENT, &err);
	assert_int_equal(symlink("real", path), 0);
	expect_refusal("symlink", check_profile(scratch, "default", &err), ELOOP, &err);
	assert_int_equal(unlink(path), 0);
	put_text(path, "");
	expect_refusal("file", check_profile(scratch, "default", &err), ENOTDIR, &err);
}

/* "that every user can read": a container's user has to get through the directory too. */
static void the_profiles_directory_is_open_to_every_user(void **state)
{
	static const mode_t modes[] = { 0700, 0750, 0754 };
	const struct scratch *scratch = *state;

	install(scratch);
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct kf_error err = { 0 };

		assert_int_equal(chmod(in(scratch, "nono-nri/profiles"), modes[i]), 0);
		expect_refusal("closed", check_profile(scratch, "default", &err), EACCES, &err);
	}
}

static void installed_profiles_are_listed_sorted(void **state)
{
	static const char *const others[] = { "README.md", ".json", "-x.json",  "a b.json",
					      "x.jsonc",   "json",  "\xff.json" };
	const struct scratch *scratch = *state;
	struct kf_list names = { 0 };
	struct kf_error err = { 0 };
	char path[64];

	install(scratch);
	for (size_t i = 0; i < COUNT(others); i++) {
		(void)snprintf(path, sizeof path, "nono-nri/profiles/%s", others[i]);
		put_text(in(scratch, path), "{}");
	}
	put_text(in(scratch, "nono-nri/profiles/zz_9.json"), "{}");
	put_text(in(scratch, "nono-nri/profiles/a-1.json"), "{}");

	int fd = open(in(scratch, "nono-nri"), O_PATH | O_DIRECTORY | O_CLOEXEC);

	expect_success("list", kf_nono_dir_list_profiles(fd, &names, &err), &err);
	assert_int_equal(names.count, 3);
	assert_string_equal(names.items[0], "a-1");
	assert_string_equal(names.items[1], "default");
	assert_string_equal(names.items[2], "zz_9");
	kf_list_clear(&names);
	(void)close(fd);
	expect_refusal("missing", check_profile(scratch, "other", &err), ENOENT, &err);
	assert_non_null(strstr(err.message, "installed: a-1, default, zz_9)"));
}

static void a_profile_is_compared_with_the_shipped_one(void **state)
{
	const struct scratch *scratch = *state;
	enum kf_profile_origin origin = KF_PROFILE_SHIPPED;
	struct kf_error err = { 0 };

	install(scratch);

	int fd = open(in(scratch, "nono-nri"), O_PATH | O_DIRECTORY | O_CLOEXEC);

	expect_success("no shipped/", kf_nono_dir_profile_origin(fd, "default", &origin, &err), &err);
	assert_int_equal(origin, KF_PROFILE_OWN);
	assert_int_equal(mkdirat(scratch->fd, "nono-nri/shipped", 0755), 0);
	expect_success("not in it", kf_nono_dir_profile_origin(fd, "default", &origin, &err), &err);
	assert_int_equal(origin, KF_PROFILE_OWN);
	put_text(in(scratch, "nono-nri/shipped/default.json"), "{\"meta\":{\"name\":\"default\"}}");
	expect_success("the same", kf_nono_dir_profile_origin(fd, "default", &origin, &err), &err);
	assert_int_equal(origin, KF_PROFILE_SHIPPED);
	put_text(in(scratch, "nono-nri/shipped/default.json"), "{\"meta\":{\"name\":\"defaulT\"}}");
	expect_success("another", kf_nono_dir_profile_origin(fd, "default", &origin, &err), &err);
	assert_int_equal(origin, KF_PROFILE_OVERRIDDEN);
	put_text(in(scratch, "nono-nri/shipped/default.json"), "");
	expect_success("empty", kf_nono_dir_profile_origin(fd, "default", &origin, &err), &err);
	assert_int_equal(origin, KF_PROFILE_OVERRIDDEN);
	assert_int_equal(chmod(in(scratch, "nono-nri/shipped/default.json"), 0666), 0);
	expect_refusal("open", kf_nono_dir_profile_origin(fd, "default", &origin, &err), EPERM, &err);
	expect_refusal("missing", kf_nono_dir_profile_origin(fd, "other", &origin, &err), ENOENT, &err);
	(void)close(fd);
}

static void a_long_list_stays_a_line(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_list names = { 0 };
	struct kf_error err = { 0 };
	char path[128];

	install(scratch);
	for (int i = 0; i < 1023; i++) {
		(void)snprintf(path, sizeof path, "nono-nri/profiles/profile-%060d.json", i);
		if (i >= 40)
			(void)snprintf(path, sizeof path, "nono-nri/profiles/%d.json", i);
		put_text(in(scratch, path), "{}");
	}
	expect_refusal("missing", check_profile(scratch, "other", &err), ENOENT, &err);
	assert_non_null(strstr(err.message, "...)"));

	int fd = open(in(scratch, "nono-nri"), O_PATH | O_DIRECTORY | O_CLOEXEC);

	expect_success("as many as may be", kf_nono_dir_list_profiles(fd, &names, &err), &err);
	assert_int_equal(names.count, 1024 - 40);
	kf_list_clear(&names);
	for (int i = 0; i < 41; i++) {
		(void)snprintf(path, sizeof path, "nono-nri/profiles/more-%d.json", i);
		put_text(in(scratch, path), "{}");
	}
	expect_refusal("more", kf_nono_dir_list_profiles(fd, &names, &err), E2BIG, &err);
	assert_int_equal(names.count, 0);
	(void)close(fd);
}

/* Every copy of the mount inherits read-only; it does not inherit the directory's own mode. */
static void a_directory_on_a_writable_mount_is_not_read_only(void **state)
{
	const struct scratch *scratch = *state;
	int dirfd = open(in(scratch, ""), O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct kf_error err = { 0 };

	assert_true(dirfd >= 0);
	expect_refusal("writable", kf_nono_dir_check_read_only(dirfd, "/the/dir", &err), EPERM, &err);
	assert_non_null(strstr(err.message, "/the/dir is writable"));
	expect_refusal("no descriptor", kf_nono_dir_check_read_only(-1, "/the/dir", &err), EBADF, &err);
	(void)close(dirfd);
}

static void a_directory_on_a_read_only_mount_is(void **state)
{
	const struct scratch *scratch = *state;
	int status, dirfd;
	pid_t child = fork();
	struct kf_error err = { 0 };

	/* In a mount namespace of its own. */
	if (child == 0) {
		const char *path = in(scratch, "");

		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount(path, path, NULL, MS_BIND, NULL) < 0 ||
		    mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
			_exit(2);
		dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		_exit(kf_nono_dir_check_read_only(dirfd, path, &err) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void failures_leak_no_descriptor(void **state)
{
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();
	struct kf_error err = { 0 };

	install(scratch);
	assert_int_equal(open_dir(scratch, false, &err), 0);
	assert_true(check_profile(scratch, "other", &err) < 0);
	put_program(in(scratch, "nono-nri/nono"), PT_INTERP);
	assert_true(open_dir(scratch, false, &err) < 0);
	assert_int_equal(chmod(in(scratch, "nono-nri"), 0700), 0);
	assert_true(open_dir(scratch, false, &err) < 0);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(an_installed_directory_is_opened),
		scratch_test(a_dynamic_nono_is_refused),
		scratch_test(the_binary_is_roots_and_everybodys_to_run),
		scratch_test(the_binary_is_a_file),
		scratch_test(a_launcher_is_trusted_too),
		scratch_test(a_missing_launcher_is_refused),
		scratch_test(every_file_there_is_roots),
		scratch_test(all_that_lies_there_is_roots),
		scratch_test(the_directory_is_trusted_and_open),
		scratch_test(the_way_to_it_is_trusted),
		scratch_test(a_profile_is_roots_and_everybodys_to_read),
		scratch_test(a_profile_is_a_file),
		scratch_test(the_profiles_directory_is_roots),
		scratch_test(the_profiles_directory_is_open_to_every_user),
		scratch_test(installed_profiles_are_listed_sorted),
		scratch_test(a_long_list_stays_a_line),
		scratch_test(a_profile_is_compared_with_the_shipped_one),
		scratch_test(a_directory_on_a_writable_mount_is_not_read_only),
		scratch_test(a_directory_on_a_read_only_mount_is),
		scratch_test(failures_leak_no_descriptor),
	};

	return is_root() ? cmocka_run_group_tests_name("nono/dir", tests, NULL, NULL) : 0;
}
