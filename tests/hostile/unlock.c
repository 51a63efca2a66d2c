/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unlock DIR: tries what root with CAP_SYS_ADMIN can try against the nono directory mounted at DIR, beginning with the
 * flags of the mount, which Landlock does not guard. One line for each attempt: its name, and "done" or the error.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *attempt, long r)
{
	(void)printf("%s: %s\n", attempt, r < 0 ? strerrorname_np(errno) : "done");
}

static int reconfigure(int dir)
{
	int context = fspick(dir, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);

	if (context < 0 || fsconfig(context, FSCONFIG_SET_FLAG, "rw", NULL, 0) < 0)
		return -1;
	return fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
}

static int make_immutable(int dir)
{
	int fd = openat(dir, "nono", O_RDONLY | O_CLOEXEC), flags = FS_IMMUTABLE_FL;

	return fd < 0 ? -1 : ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

int main(int argc, char *argv[])
{
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	char path[4096];
	int dir;

	if (argc != 2)
		errx(2, "usage: unlock DIR");
	dir = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err(1, "%s", argv[1]);
	(void)snprintf(path, sizeof path, "%s/nono", argv[1]);
	say("mount_setattr", mount_setattr(dir, "", AT_EMPTY_PATH, &writable, sizeof writable));
	say("reconfigure", reconfigure(dir));
	say("remount", mount(NULL, argv[1], NULL, MS_REMOUNT, NULL));
	say("chmod nono", fchmodat(dir, "nono", 04777, 0));
	say("chmod profile", fchmodat(dir, "profiles/default.json", 0666, 0));
	say("chmod directory", fchmodat(dir, "profiles", 0777, 0));
	say("chown nono", fchownat(dir, "nono", 1000, 1000, 0));
	say("utimes nono", utimensat(dir, "nono", NULL, 0));
	say("xattr nono", setxattr(path, "user.x", "x", 1, 0));
	say("write nono", openat(dir, "nono", O_WRONLY | O_CLOEXEC));
	say("write profile", openat(dir, "profiles/default.json", O_WRONLY | O_TRUNC | O_CLOEXEC));
	say("create", openat(dir, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	say("mkdir", mkdirat(dir, "d", 0755));
	say("unlink", unlinkat(dir, "nono", 0));
	say("flags nono", make_immutable(dir));
	say("umount", umount2(argv[1], MNT_DETACH));
	return 0;
}
