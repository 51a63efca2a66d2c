/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/file.h"
#include "fixtures.h"
#include "node/mount.h"
#include "node/overlay.h"
#include "rootless.h"

#define POLICY "{\"composed\": true}\n"
#define OTHERS "{\"node\": true}\n"

typedef int make_function(int, const struct kf_policy_file *, int, int *, struct kf_error *);

/* The two ways of the kernels, which have to lead to the same. */
static const struct way {
	const char *name;
	make_function *make;
} ways[] = { { "here", kf_overlay_make }, { "in a copy", kf_overlay_make_in_copy } };

static const struct kf_policy_file composed = { .profile = "default", .text = POLICY, .length = sizeof POLICY - 1 };

static void make_node(const struct scratch *scratch)
{
	assert_int_equal(chmod(scratch->path, 0755), 0);
	assert_int_equal(mkdirat(scratch->fd, "node", 0755), 0);
	assert_int_equal(mkdirat(scratch->fd, "node/profiles", 0755), 0);
	assert_int_equal(mkdirat(scratch->fd, "node/launcher", 0755), 0);
	put_bytes(in(scratch, "node/nono"), "#!/bin/sh\n", 10, 0755);
	put_text(in(scratch, "node/launcher/kubefence-launcher"), "#!/bin/sh\n");
	put_text(in(scratch, "node/profiles/default.json"), OTHERS);
	put_text(in(scratch, "node/profiles/other.json"), OTHERS);
}

static int node_of(const struct scratch *scratch)
{
	int fd = openat(scratch->fd, "node", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int own_namespace(void)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* The overlay of one way, over the node's directory; the caller's to close. */
static int overlay_of(const struct scratch *scratch, const struct way *way, const struct kf_policy_file *policy)
{
	struct kf_error err = { 0 };
	int node = node_of(scratch), own = own_namespace(), fd = -1;

	expect_success(way->name, way->make(node, policy, own, &fd, &err), &err);
	(void)close(node);
	(void)close(own);
	return fd;
}

/* 0 if DIRFD/NAME has this text. Without assertions: it runs in other processes too. */
static int has_text(int dirfd, const char *name, const char *text)
{
	char found[256] = "";
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, found, sizeof found - 1);

	if (fd >= 0)
		(void)close(fd);
	return length >= 0 && strcmp(found, text) == 0 ? 0 : 1;
}

static void the_policy_takes_the_place_of_the_profile(void **state)
{
	const struct scratch *scratch = *state;
	struct stat above, below;

	make_node(scratch);
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = overlay_of(scratch, &ways[i], &composed);

		expect(ways[i].name, has_text(fd, "profiles/default.json", POLICY) == 0);
		expect(ways[i].name, has_text(fd, "profiles/other.json", OTHERS) == 0);
		expect(ways[i].name, has_text(fd, "nono", "#!/bin/sh\n") == 0);
		expect(ways[i].name, fstatat(fd, "profiles/default.json", &above, 0) == 0 &&
					     (above.st_mode & 07777) == 0444 && above.st_uid == 0);
		expect(ways[i].name, fstatat(fd, "profiles", &above, 0) == 0 && (above.st_mode & 07777) == 0755);
		expect(ways[i].name, fstat(fd, &above) == 0 && (above.st_mode & 07777) == 0755);
		/* The node's own file, and so its pages. */
		expect(ways[i].name, fstatat(fd, "nono", &above, 0) == 0 &&
					     stat(in(scratch, "node/nono"), &below) == 0 &&
					     above.st_ino == below.st_ino);
		(void)close(fd);
	}
	expect_file("the node's", in(scratch, "node/profiles/default.json"), OTHERS);
}

static void without_a_policy_the_profile_is_the_nodes(void **state)
{
	static const struct kf_policy_file none = { .profile = "default" };
	const struct scratch *scratch = *state;

	make_node(scratch);
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = overlay_of(scratch, &ways[i], &none);

		expect(ways[i].name, has_text(fd, "profiles/default.json", OTHERS) == 0);
		(void)close(fd);
	}
}

/* The powers of CAP_SYS_ADMIN over a mount in the container: with any flags, the superblock does not change. */
static void no_process_can_write_the_superblock(void **state)
{
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	const struct scratch *scratch = *state;
	struct stat before, after;

	make_node(scratch);
	assert_int_equal(stat(in(scratch, "node/nono"), &before), 0);
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = overlay_of(scratch, &ways[i], &composed), context;

		expect(ways[i].name, mount_setattr(fd, "", AT_EMPTY_PATH, &writable, sizeof writable) == 0);
		expect(ways[i].name, fchmodat(fd, "nono", 04755, 0) < 0 && errno == EROFS);
		expect(ways[i].name, fchmodat(fd, "profiles/default.json", 0666, 0) < 0 && errno == EROFS);
		expect(ways[i].name, fchownat(fd, "nono", 1, 1, 0) < 0 && errno == EROFS);
		expect(ways[i].name, openat(fd, "nono", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
		expect(ways[i].name, openat(fd, "profiles/default.json", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
		expect(ways[i].name, openat(fd, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == EROFS);
		expect(ways[i].name, unlinkat(fd, "profiles/other.json", 0) < 0 && errno == EROFS);
		expect(ways[i].name, mkdirat(fd, "d", 0755) < 0 && errno == EROFS);
		context = fspick(fd, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
		expect(ways[i].name, context < 0 || fsconfig(context, FSCONFIG_SET_FLAG, "rw", NULL, 0) < 0 ||
					     fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0);
		expect(ways[i].name, fchmodat(fd, "nono", 04755, 0) < 0 && errno == EROFS);
		if (context >= 0)
			(void)close(context);
		(void)close(fd);
	}
	assert_int_equal(stat(in(scratch, "node/nono"), &after), 0);
	assert_int_equal(before.st_mode, after.st_mode);
	assert_int_equal(before.st_ctim.tv_sec, after.st_ctim.tv_sec);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

static int read_as_a_user(const void *arg)
{
	int fd = *(const int *)arg;

	if (setresgid(1000, 1000, 1000) < 0 || setresuid(1000, 1000, 1000) < 0)
		return 100;
	return has_text(fd, "profiles/default.json", POLICY) + has_text(fd, "profiles/other.json", OTHERS) +
	       (faccessat(fd, "nono", X_OK, 0) == 0 ? 0 : 4);
}

static void a_containers_user_reads_the_policy(void **state)
{
	const struct scratch *scratch = *state;

	make_node(scratch);
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = overlay_of(scratch, &ways[i], &composed);

		expect(ways[i].name, run_here(read_as_a_user, &fd) == 0);
		(void)close(fd);
	}
}

static int make_rootless(const void *arg)
{
	struct kf_error err = { 0 };
	int failed = 0;

	if (unshare(CLONE_NEWNS) < 0 || chdir(arg) < 0)
		return 100;
	for (size_t i = 0; i < COUNT(ways); i++) {
		int node = open(arg, O_PATH | O_DIRECTORY | O_CLOEXEC);
		int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), fd = -1;

		if (ways[i].make(node, &composed, own, &fd, &err) < 0 ||
		    has_text(fd, "profiles/default.json", POLICY) || has_text(fd, "profiles/other.json", OTHERS) ||
		    fchmodat(fd, "nono", 0777, 0) == 0)
			failed |= 1 << i;
	}
	return failed;
}

static void rootless_it_is_the_same(void **state)
{
	const struct scratch *scratch = *state;

	make_node(scratch);
	assert_int_equal(run_in_user_namespace(ROOTLESS_MAP, make_rootless, in(scratch, "node")), 0);
}

static char *mount_table(void)
{
	struct kf_error err = { 0 };
	char *text = NULL;
	size_t length;

	expect_success("table", kf_read_file("/proc/self/mountinfo", 1 << 24, &text, &length, &err), &err);
	return text;
}

/* The hook goes on with its own namespace, and another one must not have seen the mounts. */
static void nothing_is_left_in_the_namespace(void **state)
{
	const struct scratch *scratch = *state;
	size_t descriptors = open_descriptors();
	struct stat before, after;
	char *table = mount_table();

	make_node(scratch);
	assert_int_equal(stat("/proc/self/ns/mnt", &before), 0);
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = overlay_of(scratch, &ways[i], &composed);
		char *now = mount_table();

		expect_text(ways[i].name, "the mount table", now, table);
		expect(ways[i].name, stat("/proc/self/ns/mnt", &after) == 0 && before.st_ino == after.st_ino);
		free(now);
		(void)close(fd);
		expect(ways[i].name, open_descriptors() == descriptors);
	}
	free(table);
}

/* Without SELinux a label is only an attribute, which is all that has to be copied. */
static void the_policy_has_the_label_of_the_directory(void **state)
{
	static const char name[] = "security.selinux", label[] = "system_u:object_r:usr_t:s0";
	const struct scratch *scratch = *state;
	char found[64];

	make_node(scratch);
	if (setxattr(in(scratch, "node"), name, label, sizeof label, 0) < 0)
		skip();
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = overlay_of(scratch, &ways[i], &composed);
		int policy = openat(fd, "profiles/default.json", O_RDONLY | O_CLOEXEC);

		expect(ways[i].name, fgetxattr(policy, name, found, sizeof found) == sizeof label);
		expect_text(ways[i].name, "the label", found, label);
		(void)close(policy);
		(void)close(fd);
	}
}

/* An overlay over an overlay cannot be a layer of a third. */
static void a_directory_that_cannot_be_a_layer(void **state)
{
	const struct scratch *scratch = *state;

	make_node(scratch);
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct kf_error err = { 0 };
		int first = overlay_of(scratch, &ways[i], &composed), own = own_namespace(), second = -1, third = -1;
		int r = kf_overlay_make(first, &composed, own, &second, &err);

		/* Before Linux 6.15 not even the second: the first has no place in our namespace. */
		if (r == 0)
			r = kf_overlay_make(second, &composed, own, &third, &err);
		expect_refusal(ways[i].name, r, EINVAL, &err);
		assert_int_equal(third, -1);
		(void)close(first);
		if (second >= 0)
			(void)close(second);
		(void)close(own);
	}
}

/* Two files of the same length that no mixture of the two can be taken for. */
enum { UPDATE_SIZE = 256 * 1024, UPDATES = 200 };

static void put_update(const struct scratch *scratch, const char *name, int number)
{
	static char bytes[UPDATE_SIZE];

	(void)memset(bytes, 'a' + number % 26, sizeof bytes);
	put_bytes(in(scratch, "node/.new"), bytes, sizeof bytes, 0755);
	assert_int_equal(rename(in(scratch, "node/.new"), in(scratch, name)), 0);
}

/* Opens and reads the file again and again, as containers do that start and execs. 0: each time one whole file. */
static int reads_whole_files(const void *arg)
{
	static char bytes[UPDATE_SIZE + 1];
	const int *fd = arg;

	for (int i = 0; i < race_rounds(UPDATES) * 8; i++) {
		int file = openat(*fd, i % 2 ? "nono" : "profiles/other.json", O_RDONLY | O_CLOEXEC);

		if (file < 0)
			return 1;
		if (read(file, bytes, sizeof bytes) != UPDATE_SIZE)
			return 2;
		for (size_t at = 1; at < UPDATE_SIZE; at++)
			if (bytes[at] != bytes[0])
				return 3;
		(void)close(file);
	}
	return 0;
}

static void forget_dentries(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "2", 1) < 0)
		errno = 0;
	if (fd >= 0)
		(void)close(fd);
}

/* The installation replaces files by rename(2) while containers have them mounted. */
static void an_update_shows_the_old_file_or_the_new_one(void **state)
{
	const struct scratch *scratch = *state;
	int status;

	make_node(scratch);
	put_update(scratch, "node/nono", 0);
	put_update(scratch, "node/profiles/other.json", 0);

	int fd = overlay_of(scratch, &ways[0], &composed);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(reads_whole_files(&fd));
	for (int i = 1; i <= race_rounds(UPDATES); i++) {
		put_update(scratch, i % 2 ? "node/nono" : "node/profiles/other.json", i);
		if (i % 20 == 0)
			forget_dentries();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* The container's own policy is not the node's to change. */
	put_update(scratch, "node/profiles/default.json", 0);
	assert_int_equal(has_text(fd, "profiles/default.json", POLICY), 0);
	(void)close(fd);
}

/* --- in a container ---------------------------------------------------------------------------------------------- */

/* A process in a mount namespace of its own, as a runtime has made it: before its pivot_root(2), and after. */
struct container {
	pid_t pid;
	int go[2], done[2];
};

static int wait_for(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1 ? 0 : -1;
}

static void say(int fd)
{
	(void)!write(fd, "x", 1);
}

static int be_container(const struct container *container, const char *rootfs)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(rootfs, rootfs, NULL, MS_BIND, NULL) < 0)
		return 1;
	say(container->done[1]);
	if (wait_for(container->go[0]) < 0 || chdir(rootfs) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0)
		return 2;
	say(container->done[1]);
	(void)pause();
	return 0;
}

static void start(struct container *container, const char *rootfs)
{
	assert_int_equal(pipe2(container->go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(container->done, O_CLOEXEC), 0);
	container->pid = fork();
	assert_true(container->pid >= 0);
	if (container->pid == 0)
		_exit(be_container(container, rootfs));
	assert_int_equal(wait_for(container->done[0]), 0);
}

static void pivot(struct container *container)
{
	say(container->go[1]);
	assert_int_equal(wait_for(container->done[0]), 0);
}

static void end(struct container *container)
{
	(void)kill(container->pid, SIGKILL);
	(void)waitpid(container->pid, NULL, 0);
	for (size_t i = 0; i < 2; i++) {
		(void)close(container->go[i]);
		(void)close(container->done[i]);
	}
}

static int mount_nono(const struct scratch *scratch, const struct container *container, const struct kf_mount *mount,
		      struct kf_file_id *ret, struct kf_error *err)
{
	cleanup_mount_lock struct kf_mount_lock lock = KF_MOUNT_UNLOCKED;
	int node = node_of(scratch), r = kf_mount_lock(container->pid, &lock, err);

	if (r == 0)
		r = kf_mount_nono(node, &lock, mount, ret, err);
	(void)close(node);
	return r;
}

static int read_in_container(const void *arg)
{
	const struct container *container = arg;
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/root/nono", (int)container->pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? 100 : has_text(fd, "profiles/default.json", POLICY);
}

static struct kf_mount mount_of(const char *rootfs)
{
	return (struct kf_mount){
		.rootfs = rootfs,
		.profile = "default",
		.policy = POLICY,
		.policy_length = sizeof POLICY - 1,
	};
}

static void a_container_has_its_policy(void **state)
{
	const struct scratch *scratch = *state;
	struct container container;
	struct kf_error err = { 0 };
	struct kf_file_id delivered = { 0 }, again = { 0 };

	make_node(scratch);
	assert_int_equal(mkdirat(scratch->fd, "rootfs", 0755), 0);

	const char *rootfs = in(scratch, "rootfs");
	struct kf_mount mount = mount_of(rootfs);

	start(&container, rootfs);
	expect_success("first", mount_nono(scratch, &container, &mount, &delivered, &err), &err);
	/* A second call has to know the first one's mount. */
	expect_refusal("unknown", mount_nono(scratch, &container, &mount, &again, &err), EXDEV, &err);
	mount.delivered = (struct kf_file_id){ .device = delivered.device, .inode = delivered.inode + 1 };
	expect_refusal("another", mount_nono(scratch, &container, &mount, &again, &err), EXDEV, &err);
	mount.delivered = delivered;
	expect_success("known", mount_nono(scratch, &container, &mount, &again, &err), &err);
	assert_int_equal(again.device, delivered.device);
	assert_int_equal(again.inode, delivered.inode);

	pivot(&container);

	struct kf_nono_expected expected = { .directory = delivered, .profile = "default" };

	assert_int_equal(run_here(read_in_container, &container), 0);
	expect_success("check", kf_mount_check(&expected, container.pid, &err), &err);
	expected.directory.inode++;
	expect_refusal("another", kf_mount_check(&expected, container.pid, &err), EXDEV, &err);
	expected.directory = (struct kf_file_id){ 0 };
	expect_refusal("unknown", kf_mount_check(&expected, container.pid, &err), EXDEV, &err);
	end(&container);
}

/* A bind mount in the container, by a process with all capabilities. */
struct cover {
	pid_t pid;
	const char *source, *target;
};

static int mount_cover(const void *arg)
{
	const struct cover *cover = arg;
	int pidfd = (int)syscall(SYS_pidfd_open, cover->pid, 0);

	if (pidfd < 0 || setns(pidfd, CLONE_NEWNS) < 0)
		return 1;
	return mount(cover->source, cover->target, NULL, MS_BIND, NULL) < 0 ? 2 : 0;
}

static void a_cover_is_seen(void **state)
{
	static const char *const covers[][2] = { { "/nono/profiles/other.json", "/nono/profiles/default.json" },
						 { "/nono/profiles/other.json", "/nono/nono" },
						 { "/nono/nono", "/nono/launcher/kubefence-launcher" },
						 { "/nono/launcher", "/nono/profiles" },
						 { "/nono/profiles", "/nono" },
						 { "/nono", "/nono" } };
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	make_node(scratch);
	assert_int_equal(mkdirat(scratch->fd, "rootfs", 0755), 0);

	const char *rootfs = in(scratch, "rootfs");
	struct kf_mount mount = mount_of(rootfs);

	for (size_t i = 0; i < COUNT(covers); i++) {
		struct container container;
		struct kf_nono_expected expected = { .profile = "default" };

		start(&container, rootfs);
		expect_success(covers[i][1], mount_nono(scratch, &container, &mount, &expected.directory, &err), &err);
		pivot(&container);
		expect_success(covers[i][1], kf_mount_check(&expected, container.pid, &err), &err);

		const struct cover cover = { .pid = container.pid, .source = covers[i][0], .target = covers[i][1] };

		assert_int_equal(run_here(mount_cover, &cover), 0);
		/* The last one is the same superblock once more. */
		if (i + 1 < COUNT(covers))
			expect_refusal(covers[i][1], kf_mount_check(&expected, container.pid, &err), EXDEV, &err);
		else
			expect_success(covers[i][1], kf_mount_check(&expected, container.pid, &err), &err);
		end(&container);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(the_policy_takes_the_place_of_the_profile),
		scratch_test(without_a_policy_the_profile_is_the_nodes),
		scratch_test(no_process_can_write_the_superblock),
		scratch_test(a_containers_user_reads_the_policy),
		scratch_test(rootless_it_is_the_same),
		scratch_test(nothing_is_left_in_the_namespace),
		scratch_test(the_policy_has_the_label_of_the_directory),
		scratch_test(a_directory_that_cannot_be_a_layer),
		scratch_test(an_update_shows_the_old_file_or_the_new_one),
		scratch_test(a_container_has_its_policy),
		scratch_test(a_cover_is_seen),
	};

	return is_root() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
