/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one file that mounts. The calls and their order:
 *
 *   on the host       stat(rootfs)                     to recognise it by
 *                     open_tree(source, CLONE)         a detached copy: no namespace can see it yet
 *                     mount_setattr(ro,nosuid,nodev,private)  complete before anyone can see it (no remount window)
 *                     pidfd_open(pid), fstat of both mnt namespaces: refuse the host's own
 *                     flock(the container's mnt namespace)  a second hook for it waits until the first is back
 *                     setns(pidfd, NEWNS)
 *   in the container  open(rootfs), fstat              only now: the runtime has bind-mounted it onto itself there
 *                     mkdirat, openat2(IN_ROOTFS)      the target as a descriptor; mkdirat follows no symlink
 *                     move_mount(tree -> target)       by descriptor: no path between check and use
 *                     openat2, statx                   is what is at /nono now the tree we attached?
 *                     umount2(DETACH)                  if not: the tree, wherever it is by now
 *   back              setns(own namespace)
 *
 * The clone has to be made first (a tree can only be cloned in the namespace it lives in) and is not recursive.
 * Between the two setns calls nothing is loaded, and nothing is read but these descriptors.
 *
 * Rootless it is the same with the capabilities of root in the user's namespace, which owns the mount namespace we run
 * in, and those of containers (or the namespaces that own these). The kernel has locked the flags of the node's mounts
 * there (mount_namespaces(7)): the clone keeps them all, because flags are only added.
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
#include "policy/names.h"

#define TARGET "nono" /* KF_NONO_DIR, seen from the rootfs */

/* Ten seconds; the lock is held for some ten system calls. */
enum { LOCK_TRIES = 1000, LOCK_PAUSE_NSEC = 10 * 1000 * 1000 };

/* What one call is about. */
struct call {
	const struct kf_mount *mount;
	int tree_fd; /* the detached mount */
	struct stat rootfs_on_host;
};

static int clone_tree(int source_fd, int *ret_tree, struct kf_error *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};
	cleanup_close int tree = open_tree(source_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0)
		return kf_fail_errno(err, errno, "cannot clone the mount of the nono directory");
	if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return kf_fail_errno(err, errno, "cannot make the nono directory's mount read-only");
	*ret_tree = kf_steal_fd(&tree);
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool kf_in_own_mount_namespace(pid_t pid)
{
	char path[64];
	struct stat own, other;

	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
	return stat("/proc/self/ns/mnt", &own) == 0 && stat(path, &other) == 0 && same_file(&own, &other);
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
	if (same_file(&own, &other))
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
 * Two hooks at once for one container would both find nothing at /nono, and both mount. Not for ever: whoever can open
 * the namespace can hold its lock, and nobody's pod may hang.
 */
static int lock_namespace(int namespace_fd, pid_t pid, struct kf_error *err)
{
	static const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NSEC };

	for (int tries = 1; flock(namespace_fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return kf_fail_errno(err, errno, "cannot lock the mount namespace of process %d", (int)pid);
		if (tries == LOCK_TRIES)
			return kf_fail(err, EBUSY, "process %d has its mount namespace locked by another: end that one",
				       (int)pid);
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* Through the pidfd: should the process die and its number come back, this fails and enters nothing. */
static int enter(int pidfd, pid_t pid, struct kf_error *err)
{
	if (setns(pidfd, CLONE_NEWNS) < 0)
		return kf_fail_errno(err, errno, "cannot enter the mount namespace of process %d", (int)pid);
	return 0;
}

/*
 * The host's root may have no identity on the container's file system (a user namespace's own mount, an NFS export):
 * mkdir fails with EOVERFLOW or EACCES then. Whoever owns the rootfs has one.
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

/* A volume or device on top of one file in it would replace that file. */
static bool is_covered(int dirfd, const char *name)
{
	cleanup_close int fd = kf_openat2(dirfd, name, O_PATH | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS);

	return fd < 0;
}

/* PROFILE NULL: it is in no file there. */
static bool is_profile_covered(int dirfd, const char *profile)
{
	char name[sizeof "profiles/.json" + KF_PROFILE_NAME_MAX];

	if (!profile)
		return false;
	(void)snprintf(name, sizeof name, "profiles/%s.json", profile);
	return is_covered(dirfd, name);
}

/* What a look-up of /nono finds. */
struct found {
	int fd;
	bool ours;      /* it is the directory that was asked for */
	bool read_only; /* nothing can be written through its mount */
};

/* Looks for the directory SOURCE_FD at /nono. 0 or -errno; the descriptor is the caller's to close. */
static int find_nono(int rootfs_fd, int source_fd, struct found *ret)
{
	cleanup_close int fd =
		kf_openat2(rootfs_fd, TARGET, O_PATH | O_DIRECTORY | O_NOFOLLOW, KF_LOOKUP_IN_ROOTFS_OVER_MOUNTS);
	struct stat there, ours;
	struct statvfs flags;

	if (fd < 0)
		return fd;
	if (fstat(fd, &there) < 0 || fstatvfs(fd, &flags) < 0 || fstat(source_fd, &ours) < 0)
		return -errno;
	*ret = (struct found){
		.ours = same_file(&there, &ours),
		.read_only = flags.f_flag & ST_RDONLY,
		.fd = kf_steal_fd(&fd),
	};
	return 0;
}

/*
 * Something is mounted at /nono. Our own directory, read-only, is what a second call of the hook finds; what the
 * runtime has mounted is not read-only yet under crun, which does that last. All else is refused.
 */
static int check_existing_mount(int rootfs_fd, const struct call *call, struct kf_error *err)
{
	struct found found = { .fd = -1 };
	int r = find_nono(rootfs_fd, call->tree_fd, &found);
	cleanup_close int fd = found.fd;

	if (r < 0)
		return kf_fail_errno(err, -r, "cannot look at the mount at /nono");
	if (found.ours && (found.read_only || call->mount->by_runtime) && !is_covered(fd, "nono") &&
	    !is_profile_covered(fd, call->mount->profile))
		return 0;
	return kf_fail(err, EXDEV, "something is already mounted at /nono: remove that volume from the pod");
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

/* After the attach: is the tree what a look-up of /nono finds, or did somebody put something over it? */
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
		return kf_fail(err, EXDEV, "something else is mounted at /nono: the rootfs changed under our hands");
	return 0;
}

/* By descriptor: whoever renamed the directory below it took the mount along. setns(2) ends this working directory. */
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
		return check_existing_mount(rootfs_fd, call, err);
	if (target == -ENOTDIR || target == -ELOOP)
		return kf_fail(err, ENOTDIR, "/nono in the image is not a plain directory: remove it from the image");
	if (target < 0)
		return kf_fail_errno(err, -target, "cannot open /nono in the rootfs");
	if (move_mount(call->tree_fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return kf_fail_errno(err, errno, "cannot mount at /nono");

	int r = check_attached(rootfs_fd, call->tree_fd, err);

	if (r < 0)
		detach(call->tree_fd);
	return r;
}

/*
 * crun mounts a volume over the whole rootfs when a symlink of the image leads it there. /nono would then be a
 * directory of that volume, and whoever else has the volume could put another in its place before the container starts.
 */
static int open_rootfs(const struct call *call, int *ret_fd, struct kf_error *err)
{
	cleanup_close int fd = open(call->mount->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat here;

	if (fd < 0 || fstat(fd, &here) < 0)
		return kf_fail_errno(err, errno, "cannot open the rootfs in the container's mount namespace");
	if (!same_file(&call->rootfs_on_host, &here))
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

	int made = make_target(rootfs_fd, err);

	r = made < 0 ? made : attach(rootfs_fd, call, err);

	/* Not ours to leave in the image. It does nothing where a mount is, or where the directory is not empty. */
	if (r < 0 && made > 0)
		(void)unlinkat(rootfs_fd, TARGET, AT_REMOVEDIR);
	return r;
}

int kf_mount_nono(int source_fd, const struct kf_mount *mount, struct kf_error *err)
{
	struct call call = { .mount = mount };
	cleanup_close int own_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	cleanup_close int tree = -1, pidfd = -1, namespace_fd = -1;

	if (own_fd < 0)
		return kf_fail_errno(err, errno, "cannot open our own mount namespace");
	if (stat(mount->rootfs, &call.rootfs_on_host) < 0)
		return kf_fail_errno(err, errno, "cannot look at the rootfs");

	int r = clone_tree(source_fd, &tree, err);

	if (r == 0)
		r = open_container(mount->pid, own_fd, &pidfd, &namespace_fd, err);
	if (r == 0)
		r = lock_namespace(namespace_fd, mount->pid, err);
	if (r == 0)
		r = enter(pidfd, mount->pid, err);
	if (r < 0)
		return r;
	call.tree_fd = tree;
	r = mount_in_container(&call, err);
	/* Whatever comes next (records, the journal) would happen on the image's files. */
	if (setns(own_fd, CLONE_NEWNS) < 0)
		abort();
	return r;
}

/* In the container's namespace. "/" is where setns(2) has left us: the root of that namespace, as for the runtime. */
static int check_in_container(int source_fd, const char *profile, struct kf_error *err)
{
	cleanup_close int rootfs_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct found found = { .fd = -1 };
	int r = rootfs_fd < 0 ? -errno : find_nono(rootfs_fd, source_fd, &found);
	cleanup_close int fd = found.fd;

	if (r == 0 && found.ours && found.read_only && !is_covered(fd, "nono") && !is_profile_covered(fd, profile))
		return 0;
	if (r < 0 && r != -ENOENT)
		return kf_fail_errno(err, -r, "cannot look at /nono in the container");
	return kf_fail(err, EXDEV, "/nono in the container is not the node's nono directory: recreate the container");
}

int kf_mount_check(int source_fd, pid_t pid, const char *profile, struct kf_error *err)
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
	r = check_in_container(source_fd, profile, err);
	if (setns(own_fd, CLONE_NEWNS) < 0)
		abort();
	/* setns(2) moved both to the root of the namespace; what comes next is the runtime, in its caller's place. */
	if (fchdir(root_fd) < 0 || chroot(".") < 0 || fchdir(cwd_fd) < 0)
		abort();
	return r;
}
