/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one file that mounts in containers. The calls and their order:
 *
 *   on the host       pidfd_open(pid), fstat        of both mnt namespaces: refuse the host's own
 *                     flock                         the container's mnt namespace: a second hook waits for it until
 *                                                   the first one's record is written
 *                     stat(rootfs)                  to recognise it by
 *                     fsopen ... fsmount            a superblock of its own (node/overlay.c), ro, nosuid, nodev,
 *                                                   complete and detached: no namespace can see it yet
 *                     setns(pidfd, NEWNS)
 *   in the container  open(rootfs), fstat           only now: the runtime has bind-mounted it onto itself there
 *                     mkdirat, openat2(IN_ROOTFS)   the target as a descriptor; mkdirat follows no symlink
 *                     move_mount(tree -> target)    by descriptor: no path between check and use
 *                     openat2, statx                is the tree that we attached at /nono now?
 *                     umount2(DETACH)               if not: the tree, wherever it is by now
 *   back              setns(own namespace)
 *
 * The superblock has to be made first: its layers are the host's. Between the two setns calls nothing is loaded, and
 * nothing is read but these descriptors.
 *
 * Rootless it is the same with the capabilities of root in the user's namespace, which owns the mount namespace we run
 * in, and those of containers (or the namespaces that own these). The superblock is that user namespace's then.
 */
#include "node/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/nono.h"
#include "base/path.h"
#include "node/overlay.h"

#define TARGET "nono" /* KF_NONO_DIR, seen from the rootfs */

/* Ten seconds; the lock is held for some ten system calls. */
enum { LOCK_TRIES = 1000, LOCK_PAUSE_NSEC = 10 * 1000 * 1000 };

/* The state of one call. */
struct call {
	const struct kf_mount *mount;
	struct kf_file_id expected; /* the mount that is at /nono in the end */
	int tree_fd;                /* the detached mount; -1: nothing is mounted here */
	struct stat rootfs_on_host;
};

bool kf_in_own_mount_namespace(pid_t pid)
{
	char path[64];
	struct stat own, other;

	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
	return stat("/proc/self/ns/mnt", &own) == 0 && stat(path, &other) == 0 && kf_same_file(&own, &other);
}

/* A spec without a mount namespace would make us mount on the host. */
static int open_foreign_namespace(pid_t pid, int own_fd, int *ret_fd, struct kf_error *err)
{
	char path[64];
	struct stat own, other;

	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);

	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &other) < 0 || fstat(own_fd, &own) < 0)
		return kf_fail_errno(err, errno == ENOENT ? ESRCH : errno,
				     "cannot look at the mount namespace of process %d", (int)pid);
	if (kf_same_file(&own, &other))
		return kf_fail(err, EPERM, "process %d has the host's mount namespace: give the container its own",
			       (int)pid);
	*ret_fd = kf_steal_fd(&fd);
	return 0;
}

/* The container's process and its mount namespace, as descriptors. */
static int open_container(pid_t pid, int own_fd, int *ret_pidfd, int *ret_namespace, struct kf_error *err)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return kf_fail_errno(err, errno, "cannot open the container's process %d", (int)pid);

	int r = open_foreign_namespace(pid, own_fd, ret_namespace, err);

	if (r == 0)
		*ret_pidfd = kf_steal_fd(&pidfd);
	return r;
}

/*
 * Without this lock, two hooks at once for one container would both find nothing at /nono, and both mount. The wait has
 * an end: every process that can open the namespace can hold its lock, and no pod may hang.
 */
static int lock_namespace(int namespace_fd, pid_t pid, struct kf_error *err)
{
	static const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NSEC };

	for (int tries = 1; flock(namespace_fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return kf_fail_errno(err, errno, "cannot lock the mount namespace of process %d", (int)pid);
		if (tries == LOCK_TRIES)
			return kf_fail(err, EBUSY,
				       "another process has locked the mount namespace of process %d: end it",
				       (int)pid);
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

int kf_mount_lock(pid_t pid, struct kf_mount_lock *ret, struct kf_error *err)
{
	cleanup_mount_lock struct kf_mount_lock lock = KF_MOUNT_UNLOCKED;
	int r;

	lock.pid = pid;
	lock.own_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (lock.own_fd < 0)
		return kf_fail_errno(err, errno, "cannot open our own mount namespace");
	r = open_container(pid, lock.own_fd, &lock.pidfd, &lock.namespace_fd, err);
	if (r == 0)
		r = lock_namespace(lock.namespace_fd, pid, err);
	if (r < 0)
		return r;
	*ret = kf_mount_lock_steal(&lock);
	return 0;
}

/* The pidfd makes this fail if the process has died, even if its number is another process's by now. */
static int enter(int pidfd, pid_t pid, struct kf_error *err)
{
	if (setns(pidfd, CLONE_NEWNS) < 0)
		return kf_fail_errno(err, errno, "cannot enter the mount namespace of process %d", (int)pid);
	return 0;
}

/*
 * The host's root may have no identity on the container's file system (a user namespace's own mount, an NFS export):
 * mkdir fails with EOVERFLOW or EACCES then. The owner of the rootfs has one.
 */
static int make_as_owner(int rootfs_fd)
{
	struct stat st;
	int r;

	if (fstat(rootfs_fd, &st) < 0)
		return -errno;
	(void)setfsgid(st.st_gid);
	(void)setfsuid(st.st_uid);
	r = mkdirat(rootfs_fd, TARGET, 0755) < 0 ? -errno : 0;
	(void)setfsuid(0);
	(void)setfsgid(0);
	return r;
}

/* Returns 1 if it made the directory, 0 if something is there already. */
static int make_target(int rootfs_fd, struct kf_error *err)
{
	int r = mkdirat(rootfs_fd, TARGET, 0755) < 0 ? -errno : 0;

	if (r == -EOVERFLOW || r == -EACCES)
		r = make_as_owner(rootfs_fd);
	if (r == -EEXIST)
		return 0;
	if (r == -EROFS)
		return kf_fail_errno(err, EROFS, "cannot make /nono in the rootfs: put an empty /nono into the image");
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot make /nono in the rootfs");
	return 1;
}

/* A volume or device mounted over a file of the directory would replace that file. */
static bool is_covered(int dirfd, const char *name)
{
	cleanup_close int fd = kf_openat2(dirfd, name, O_PATH | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS);

	return fd < 0;
}

/* Is the file COVER there, mounted over the directory's file of that name? */
static bool is_covered_by(int dirfd, const char *name, const struct kf_file_id *cover, bool read_only)
{
	cleanup_close int fd = kf_openat2(dirfd, name, O_PATH | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS);
	struct statvfs flags;
	struct stat there;

	return fd >= 0 && fstat(fd, &there) == 0 && fstatvfs(fd, &flags) == 0 && kf_is_file(cover, &there) &&
	       (!read_only || (flags.f_flag & ST_RDONLY));
}

static bool has_profile(int dirfd, const struct kf_nono_expected *expected, bool read_only)
{
	char name[KF_PROFILE_FILE_MAX];

	if (!expected->profile)
		return true;
	(void)kf_profile_file(expected->profile, name);
	if (kf_file_id_known(&expected->cover))
		return is_covered_by(dirfd, name, &expected->cover, read_only);
	return !is_covered(dirfd, name);
}

/*
 * Is the mount that EXPECTED identifies at /nono, topmost and, unless the runtime makes it so later, READ_ONLY? Returns
 * 1 or 0, or -errno of a look-up.
 */
static int is_there(int rootfs_fd, const struct kf_nono_expected *expected, bool read_only)
{
	cleanup_close int fd =
		kf_openat2(rootfs_fd, TARGET, O_PATH | O_DIRECTORY | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS);
	struct statvfs flags;
	struct stat there;

	if (fd < 0)
		return fd;
	if (fstat(fd, &there) < 0 || fstatvfs(fd, &flags) < 0)
		return -errno;
	return kf_is_file(&expected->directory, &there) && (!read_only || (flags.f_flag & ST_RDONLY)) &&
	       !is_covered(fd, "nono") && !is_covered(fd, KF_LAUNCHER) && has_profile(fd, expected, read_only);
}

static int refuse_mounted(struct kf_error *err)
{
	return kf_fail(err, EXDEV, "something is already mounted at /nono: remove that volume from the pod");
}

static int refuse_target(int r, struct kf_error *err)
{
	if (r == -ENOTDIR || r == -ELOOP)
		return kf_fail(err, ENOTDIR, "/nono in the image is not a plain directory: remove it from the image");
	return kf_fail_errno(err, -r, "cannot open /nono in the rootfs");
}

/* Judges a mount that has to be at /nono. crun makes its own mounts read-only last, after the hooks. */
static int check_present(int rootfs_fd, const struct call *call, struct kf_error *err)
{
	const struct kf_nono_expected expected = {
		.directory = call->expected,
		.profile = call->mount->profile,
		.cover = call->mount->cover,
	};
	int r = is_there(rootfs_fd, &expected, !call->mount->by_runtime);

	if (r < 0)
		return refuse_target(r, err);
	return r ? 0 : refuse_mounted(err);
}

static int mount_id(int fd, uint64_t *ret)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
		return -errno;
	if (!(st.stx_mask & STATX_MNT_ID))
		return -ENOSYS;
	*ret = st.stx_mnt_id;
	return 0;
}

/* After the attach: does a look-up of /nono find our tree, or has something been mounted over it? */
static int check_attached(int rootfs_fd, int tree_fd, struct kf_error *err)
{
	cleanup_close int fd =
		kf_openat2(rootfs_fd, TARGET, O_PATH | O_DIRECTORY | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS);
	uint64_t ours = 0, there = 0;
	int r = fd < 0 ? fd : mount_id(tree_fd, &ours);

	if (r == 0)
		r = mount_id(fd, &there);
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot verify the mount at /nono");
	if (ours != there)
		return kf_fail(err, EXDEV, "something else is mounted at /nono: the rootfs was changed meanwhile");
	return 0;
}

/* Unmounts by descriptor: a rename of the directory moves the mount along. setns(2) ends this working directory. */
static void detach(int tree_fd)
{
	if (fchdir(tree_fd) == 0)
		(void)umount2(".", MNT_DETACH);
}

static int attach(int rootfs_fd, const struct call *call, struct kf_error *err)
{
	cleanup_close int target =
		kf_openat2(rootfs_fd, TARGET, O_PATH | O_DIRECTORY | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS);

	if (target == -EXDEV)
		return refuse_mounted(err);
	if (target < 0)
		return refuse_target(target, err);
	if (move_mount(call->tree_fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return kf_fail_errno(err, errno, "cannot mount at /nono");

	int r = check_attached(rootfs_fd, call->tree_fd, err);

	if (r < 0)
		detach(call->tree_fd);
	return r;
}

/*
 * crun mounts a volume over the whole rootfs when a symlink of the image leads it there. /nono would then be a
 * directory of that volume, and another container with the volume could replace it before this one starts.
 */
static int open_rootfs(const struct call *call, int *ret_fd, struct kf_error *err)
{
	cleanup_close int fd = open(call->mount->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat here;

	if (fd < 0 || fstat(fd, &here) < 0)
		return kf_fail_errno(err, errno, "cannot open the rootfs in the container's mount namespace");
	if (!kf_same_file(&call->rootfs_on_host, &here))
		return kf_fail(err, EXDEV,
			       "something is mounted over the whole rootfs: remove that volume from the pod");
	*ret_fd = kf_steal_fd(&fd);
	return 0;
}

static int mount_in_container(const struct call *call, struct kf_error *err)
{
	cleanup_close int rootfs_fd = -1;
	int r = open_rootfs(call, &rootfs_fd, err);

	if (r < 0)
		return r;
	if (call->tree_fd < 0)
		return check_present(rootfs_fd, call, err);

	int made = make_target(rootfs_fd, err);

	r = made < 0 ? made : attach(rootfs_fd, call, err);

	/* The directory must not stay in the image. This does nothing if there is a mount, or if the directory is not
	 * empty. */
	if (r < 0 && made > 0)
		(void)unlinkat(rootfs_fd, TARGET, AT_REMOVEDIR);
	return r;
}

/* The mount to make, or the mount that must be there. */
static int prepare(int source_fd, int own_fd, struct call *call, struct kf_error *err)
{
	const struct kf_mount *mount = call->mount;
	const struct kf_policy_file policy = {
		.profile = mount->profile,
		.text = mount->policy,
		.length = mount->policy_length,
	};
	bool present = mount->by_runtime || kf_file_id_known(&mount->delivered);
	struct stat st;
	int r = 0;

	if (stat(mount->rootfs, &call->rootfs_on_host) < 0)
		return kf_fail_errno(err, errno, "cannot look at the rootfs");
	if (!present)
		r = kf_overlay_make(source_fd, &policy, own_fd, &call->tree_fd, err);
	if (r < 0)
		return r;
	if (fstat(present ? source_fd : call->tree_fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot look at the nono directory");
	call->expected = present && !mount->by_runtime ? mount->delivered : kf_file_id(&st);
	return 0;
}

static void call_done(struct call *call)
{
	kf_close_fd(&call->tree_fd);
}

int kf_mount_nono(int source_fd, const struct kf_mount_lock *lock, const struct kf_mount *mount, struct kf_file_id *ret,
		  struct kf_error *err)
{
	KF_CLEANUP(call_done) struct call call = { .mount = mount, .tree_fd = -1 };
	int r = prepare(source_fd, lock->own_fd, &call, err);

	if (r == 0)
		r = enter(lock->pidfd, lock->pid, err);
	if (r < 0)
		return r;
	r = mount_in_container(&call, err);
	/* With this root, the next steps (records, the journal) would use the image's files. */
	if (setns(lock->own_fd, CLONE_NEWNS) < 0)
		abort();
	if (r == 0)
		*ret = call.expected;
	return r;
}

/* Runs in the container's namespace: setns(2) has made "/" the root of that namespace, as it does for the runtime. */
static int check_in_container(const struct kf_nono_expected *expected, struct kf_error *err)
{
	cleanup_close int rootfs_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = rootfs_fd < 0 ? -errno : is_there(rootfs_fd, expected, true);

	if (r > 0)
		return 0;
	if (r < 0 && r != -ENOENT)
		return kf_fail_errno(err, -r, "cannot look at /nono in the container");
	return kf_fail(err, EXDEV, "/nono in the container is not the node's nono directory: recreate the container");
}

int kf_mount_check(const struct kf_nono_expected *expected, pid_t pid, struct kf_error *err)
{
	cleanup_close int own_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	cleanup_close int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int pidfd = -1, namespace_fd = -1;

	if (own_fd < 0 || root_fd < 0 || cwd_fd < 0)
		return kf_fail_errno(err, errno, "cannot open our own mount namespace and working directory");

	int r = open_container(pid, own_fd, &pidfd, &namespace_fd, err);

	if (r == 0)
		r = enter(pidfd, pid, err);
	if (r < 0)
		return r;
	r = check_in_container(expected, err);
	if (setns(own_fd, CLONE_NEWNS) < 0)
		abort();
	/* setns(2) moved both to the root of the namespace; the runtime, which runs next, needs its caller's. */
	if (fchdir(root_fd) < 0 || chroot(".") < 0 || fchdir(cwd_fd) < 0)
		abort();
	return r;
}
