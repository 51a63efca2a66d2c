/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that a process may make: one line "NAME RESULT" for each of these system calls, made with arguments that
 * the kernel refuses with another error than a filter does where that is possible. RESULT is "ok", the name of the
 * error, or the signal that killed the caller. For tests/integration/seccomp.bats; static, so that it runs in any root
 * filesystem.
 */
#include <errno.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Newer than some C libraries. */
enum { IO_URING_SETUP = 425, IO_URING_ENTER = 426, IO_URING_REGISTER = 427, CLONE3 = 435, PIDFD_GETFD = 438 };

/* No descriptor, no command, no system call has this number. */
#define NONE 9999L
#define BIT_32 (1L << 32)
#define BAD_TYPE 0xffL /* of a socket: EINVAL, whether or not the kernel has the family */

static long clone_with(long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static void *do_nothing(void *argument)
{
	return argument;
}

/* The C library tries clone3 first. */
static long start_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, do_nothing, NULL);
	if (errno)
		return -1;
	return pthread_join(thread, NULL);
}

static long with_no_new_privs(long number, long a, long b, long c)
{
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(number, a, b, c, 0);
}

static long is_filtered(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 ? 0 : (errno = ENODATA, -1);
}

#ifdef __x86_64__
/* The entry of 32-bit programs, open to all. Pointers must be below 4 GiB: no pointer is used here. */
static long int80(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	result = (int)result;
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

#define X32 0x40000000L
enum {
	I386_GETPID = 20,
	I386_PTRACE = 26,
	I386_SOCKETCALL = 102,
	I386_CLONE = 120,
	I386_UNSHARE = 310,
	I386_SOCKET = 359
};
#endif

/* Each call runs in a process of its own, which it may change or lose. */
#define PROBES(X)                                                                                                      \
	X(filter, is_filtered())                                                                                       \
	X(io_uring_setup, syscall(IO_URING_SETUP, 0, NULL))                                                            \
	X(io_uring_enter, syscall(IO_URING_ENTER, NONE, 0, 0, 0, NULL, 0))                                             \
	X(io_uring_register, syscall(IO_URING_REGISTER, NONE, 0, NULL, 0))                                             \
	X(ptrace, syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0))                                                        \
	X(seccomp, syscall(SYS_seccomp, NONE, 0, NULL))                                                                \
	X(pidfd_getfd, syscall(PIDFD_GETFD, NONE, 0, 0))                                                               \
	X(process_vm_readv, syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0))                              \
	X(landlock_create_ruleset, syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION))     \
	X(landlock_add_rule, syscall(SYS_landlock_add_rule, NONE, LANDLOCK_RULE_PATH_BENEATH, NULL, 0))                \
	X(landlock_restrict_self, with_no_new_privs(SYS_landlock_restrict_self, NONE, 0, 0))                           \
	X(clone, clone_with(0))                                                                                        \
	X(thread, start_thread())                                                                                      \
	X(clone_newuser, clone_with(CLONE_NEWUSER))                                                                    \
	X(clone_newuser_bit32, clone_with(BIT_32 | CLONE_NEWUSER))                                                     \
	X(clone_newnet, clone_with(CLONE_NEWNET))                                                                      \
	X(clone3, syscall(CLONE3, NULL, 0))                                                                            \
	X(unshare_fs, unshare(CLONE_FS))                                                                               \
	X(unshare_newuser, unshare(CLONE_NEWUSER))                                                                     \
	X(unshare_newtime, unshare(CLONE_NEWUSER | CLONE_NEWTIME))                                                     \
	X(setns, syscall(SYS_setns, NONE, 0))                                                                          \
	X(personality_0, syscall(SYS_personality, 0))                                                                  \
	X(personality_ask, syscall(SYS_personality, 0xffffffffL))                                                      \
	X(personality_no_randomize, syscall(SYS_personality, 0x40000))                                                 \
	X(socket_unix, socket(AF_UNIX, SOCK_STREAM, 0))                                                                \
	X(socket_inet, socket(AF_INET, SOCK_STREAM, 0))                                                                \
	X(socket_inet6, syscall(SYS_socket, AF_INET6, BAD_TYPE, 0))                                                    \
	X(socket_packet, syscall(SYS_socket, AF_PACKET, BAD_TYPE, 0))                                                  \
	X(socket_netlink, socket(AF_NETLINK, SOCK_RAW, 0))                                                             \
	X(socket_audit, socket(AF_NETLINK, SOCK_RAW, 9))                                                               \
	X(socket_alg, syscall(SYS_socket, AF_ALG, BAD_TYPE, 0))                                                        \
	X(socket_alg_bit32, syscall(SYS_socket, BIT_32 | AF_ALG, BAD_TYPE, 0))                                         \
	X(socket_nfc, syscall(SYS_socket, AF_NFC, BAD_TYPE, 0))                                                        \
	X(socket_vsock, syscall(SYS_socket, AF_VSOCK, BAD_TYPE, 0))                                                    \
	X(socket_vsock_bit32, syscall(SYS_socket, BIT_32 | AF_VSOCK, BAD_TYPE, 0))                                     \
	X(socket_xdp, syscall(SYS_socket, AF_XDP, BAD_TYPE, 0))                                                        \
	X(mount, syscall(SYS_mount, NULL, NULL, NULL, 0, NULL))                                                        \
	X(umount2, syscall(SYS_umount2, NULL, 0))                                                                      \
	X(chroot, syscall(SYS_chroot, NULL))                                                                           \
	X(reboot, syscall(SYS_reboot, 0, 0, 0, NULL))                                                                  \
	X(bpf, syscall(SYS_bpf, NONE, NULL, 0))                                                                        \
	X(perf_event_open, syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0))                                             \
	X(syslog, syscall(SYS_syslog, NONE, NULL, 0))                                                                  \
	X(settimeofday, syscall(SYS_settimeofday, NULL, NULL))                                                         \
	X(kcmp, syscall(SYS_kcmp, getpid(), getpid(), NONE, 0, 0))                                                     \
	X(open_by_handle_at, syscall(SYS_open_by_handle_at, NONE, NULL, 0))                                            \
	X(keyctl, syscall(SYS_keyctl, NONE, 0, 0, 0, 0))                                                               \
	X(add_key, syscall(SYS_add_key, NULL, NULL, NULL, 0, 0))                                                       \
	X(userfaultfd, syscall(SYS_userfaultfd, 1))                                                                    \
	X(number_9999, syscall(NONE))

#ifdef __x86_64__
#define COMPAT_PROBES(X)                                                                                               \
	X(i386_getpid, int80(I386_GETPID, 0, 0, 0))                                                                    \
	X(i386_io_uring_setup, int80(IO_URING_SETUP, 0, 0, 0))                                                         \
	X(i386_ptrace, int80(I386_PTRACE, PTRACE_TRACEME, 0, 0))                                                       \
	X(i386_unshare_newuser, int80(I386_UNSHARE, CLONE_NEWUSER, 0, 0))                                              \
	X(i386_socket_inet, int80(I386_SOCKET, AF_INET, BAD_TYPE, 0))                                                  \
	X(i386_socket_alg, int80(I386_SOCKET, AF_ALG, BAD_TYPE, 0))                                                    \
	X(i386_socketcall, int80(I386_SOCKETCALL, 1, 0, 0))                                                            \
	X(i386_number_9999, int80(NONE, 0, 0, 0))                                                                      \
	X(x32_getpid, syscall(X32 | SYS_getpid))                                                                       \
	X(x32_io_uring_setup, syscall(X32 | IO_URING_SETUP, 0, NULL))                                                  \
	X(x32_unshare_newuser, syscall(X32 | SYS_unshare, CLONE_NEWUSER))
#else
#define COMPAT_PROBES(X)
#endif

#define DEFINE(name, expression)                                                                                       \
	static long probe_##name(void)                                                                                 \
	{                                                                                                              \
		return expression;                                                                                     \
	}
PROBES(DEFINE)
COMPAT_PROBES(DEFINE)

#define ROW(name, expression) { #name, probe_##name },
static const struct {
	const char *name;
	long (*call)(void);
} probes[] = { PROBES(ROW) COMPAT_PROBES(ROW) };

static void print_result(const char *name, int status)
{
	if (WIFSIGNALED(status))
		(void)printf("%s SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 0)
		(void)printf("%s ok\n", name);
	else
		(void)printf("%s %s\n", name, strerrorname_np(WEXITSTATUS(status)));
}

int main(void)
{
	for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
		int status;
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0)
			_exit(probes[i].call() == -1 ? errno : 0);
		if (waitpid(pid, &status, 0) != pid)
			return 1;
		print_result(probes[i].name, status);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
