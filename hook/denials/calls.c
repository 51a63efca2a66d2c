/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/calls.h"

#include <stddef.h>
#include <sys/syscall.h>

/* The places of paths. A call without a directory argument starts at the working directory. */
#define PATH(n)                                                                                                        \
	{                                                                                                              \
		.known = 1, .path = (n), .from_cwd = 1                                                                 \
	}
#define PATH_AT(dir, n)                                                                                                \
	{                                                                                                              \
		.known = 1, .directory = (dir), .path = (n)                                                            \
	}
#define PATHS(n, new)                                                                                                  \
	{                                                                                                              \
		.known = 1, .path = (n), .from_cwd = 1, .new_path = (new), .new_from_cwd = 1                           \
	}
#define PATHS_AT(dir, n, new_dir, new)                                                                                 \
	{                                                                                                              \
		.known = 1, .directory = (dir), .path = (n), .new_directory = (new_dir), .new_path = (new)             \
	}
#define DESCRIPTOR(n)                                                                                                  \
	{                                                                                                              \
		.known = 1, .directory = (n)                                                                           \
	}
#define ADDRESS(n, length)                                                                                             \
	{                                                                                                              \
		.known = 1, .address = (n), .address_length = (length)                                                 \
	}
#define CALL(name, what, ...)                                                                                          \
	{                                                                                                              \
		.number = SYS_##name, .operation = (what), .roles = __VA_ARGS__                                        \
	}
#define NO_PLACE                                                                                                       \
	{                                                                                                              \
		.known = 1                                                                                             \
	}

const struct kf_call kf_calls[] = {
	CALL(openat, KF_OP_READ, PATH_AT(1, 2), .flags = 3),
	CALL(openat2, KF_OP_READ, { .known = 1, .directory = 1, .path = 2, .how = 3 }),
	CALL(execve, KF_OP_EXEC, PATH(1)),
	CALL(execveat, KF_OP_EXEC, PATH_AT(1, 2)),
	CALL(mkdirat, KF_OP_MKDIR, PATH_AT(1, 2)),
	CALL(mknodat, KF_OP_MKNOD, PATH_AT(1, 2)),
	CALL(symlinkat, KF_OP_SYMLINK, PATH_AT(2, 3)),
	CALL(linkat, KF_OP_LINK, PATHS_AT(1, 2, 3, 4)),
	CALL(renameat2, KF_OP_RENAME, PATHS_AT(1, 2, 3, 4)),
	/* With AT_REMOVEDIR it is rmdir(2). */
	CALL(unlinkat, KF_OP_UNLINK, PATH_AT(1, 2)),
	CALL(truncate, KF_OP_TRUNCATE, PATH(1)),
	CALL(ftruncate, KF_OP_TRUNCATE, DESCRIPTOR(1)),
	CALL(ioctl, KF_OP_IOCTL, DESCRIPTOR(1)),
	CALL(socket, KF_OP_SOCKET, NO_PLACE),
	CALL(bind, KF_OP_BIND, ADDRESS(2, 3)),
	CALL(connect, KF_OP_CONNECT, ADDRESS(2, 3)),
	CALL(sendto, KF_OP_SEND, ADDRESS(5, 6)),
	CALL(sendmsg, KF_OP_SEND, { .known = 1, .message = 2 }),
	CALL(kill, KF_OP_SIGNAL, NO_PLACE, .process = 1, .signal = 2),
	CALL(tkill, KF_OP_SIGNAL, NO_PLACE, .process = 1, .signal = 2),
	CALL(tgkill, KF_OP_SIGNAL, NO_PLACE, .process = 1, .signal = 3),
	CALL(rt_sigqueueinfo, KF_OP_SIGNAL, NO_PLACE, .process = 1, .signal = 2),
	CALL(rt_tgsigqueueinfo, KF_OP_SIGNAL, NO_PLACE, .process = 1, .signal = 3),
	CALL(pidfd_send_signal, KF_OP_SIGNAL, NO_PLACE, .signal = 2),
	CALL(ptrace, KF_OP_PTRACE, NO_PLACE, .process = 2),
	CALL(process_vm_readv, KF_OP_PTRACE, NO_PLACE, .process = 1),
	CALL(process_vm_writev, KF_OP_PTRACE, NO_PLACE, .process = 1),
	CALL(pidfd_getfd, KF_OP_PTRACE, NO_PLACE),
	CALL(mount, KF_OP_MOUNT, PATH(2)),
	CALL(umount2, KF_OP_MOUNT, PATH(1)),
	CALL(pivot_root, KF_OP_MOUNT, PATHS(1, 2)),
	CALL(move_mount, KF_OP_MOUNT, PATHS_AT(1, 2, 3, 4)),
#ifdef SYS_renameat
	CALL(renameat, KF_OP_RENAME, PATHS_AT(1, 2, 3, 4)),
#endif
/* Architectures that are younger than the *at calls do not have these. */
#ifdef SYS_open
	CALL(open, KF_OP_READ, PATH(1), .flags = 2),
	CALL(creat, KF_OP_CREATE, PATH(1)),
	CALL(mkdir, KF_OP_MKDIR, PATH(1)),
	CALL(mknod, KF_OP_MKNOD, PATH(1)),
	CALL(symlink, KF_OP_SYMLINK, PATH(2)),
	CALL(link, KF_OP_LINK, PATHS(1, 2)),
	CALL(rename, KF_OP_RENAME, PATHS(1, 2)),
	CALL(unlink, KF_OP_UNLINK, PATH(1)),
	CALL(rmdir, KF_OP_RMDIR, PATH(1)),
#endif
};

const unsigned int kf_call_count = sizeof kf_calls / sizeof *kf_calls;

const struct kf_call *kf_call_find(int number)
{
	for (unsigned int i = 0; i < kf_call_count; i++)
		if (kf_calls[i].number == number)
			return &kf_calls[i];
	return NULL;
}

const char *kf_operation_name(enum kf_operation operation)
{
	static const char *const names[] = {
		[KF_OP_READ] = "read",       [KF_OP_WRITE] = "write",   [KF_OP_CREATE] = "create",
		[KF_OP_EXEC] = "exec",       [KF_OP_MKDIR] = "mkdir",   [KF_OP_MKNOD] = "mknod",
		[KF_OP_SYMLINK] = "symlink", [KF_OP_LINK] = "link",     [KF_OP_RENAME] = "rename",
		[KF_OP_UNLINK] = "unlink",   [KF_OP_RMDIR] = "rmdir",   [KF_OP_TRUNCATE] = "truncate",
		[KF_OP_IOCTL] = "ioctl",     [KF_OP_SOCKET] = "socket", [KF_OP_BIND] = "bind",
		[KF_OP_CONNECT] = "connect", [KF_OP_SEND] = "send",     [KF_OP_SIGNAL] = "signal",
		[KF_OP_PTRACE] = "ptrace",   [KF_OP_MOUNT] = "mount",   [KF_OP_FOREIGN] = "32-bit call",
	};

	return names[operation];
}
