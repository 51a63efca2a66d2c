// SPDX-License-Identifier: Apache-2.0
//
// Tries calls that a policy can refuse, each in its own way, and prints for each its name and the errno (0: it went
// well). Static, because it runs in images.
//
//   probe OPERATION ARGUMENTS [OPERATION ARGUMENTS]...      the arguments of each are in the table below

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int try_read(char **args)
{
	return open(args[0], O_RDONLY) < 0 ? errno : 0;
}

static int try_write(char **args)
{
	return open(args[0], O_WRONLY) < 0 ? errno : 0;
}

static int try_create(char **args)
{
	return open(args[0], O_WRONLY | O_CREAT, 0644) < 0 ? errno : 0;
}

/* Below a directory's descriptor. */
static int try_read_at(char **args)
{
	int fd = open(args[0], O_PATH | O_DIRECTORY);

	return fd < 0 || openat(fd, args[1], O_RDONLY) < 0 ? errno : 0;
}

/* Below the working directory. */
static int try_read_in(char **args)
{
	return chdir(args[0]) < 0 || open(args[1], O_RDONLY) < 0 ? errno : 0;
}

static int try_loop(char **args)
{
	int r = 0;

	for (long i = 0; i < strtol(args[1], NULL, 10); i++) {
		int fd = open(args[0], O_RDONLY);

		r = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
	}
	return r;
}

static int try_exec(char **args)
{
	char *argv[] = { args[0], NULL }, *env[] = { NULL };

	execve(args[0], argv, env);
	return errno;
}

static int try_mkdir(char **args)
{
	return mkdir(args[0], 0755) < 0 ? errno : 0;
}

static int try_mknod(char **args)
{
	return mknod(args[0], S_IFIFO | 0644, 0) < 0 ? errno : 0;
}

static int try_rename(char **args)
{
	return rename(args[0], args[1]) < 0 ? errno : 0;
}

static int try_link(char **args)
{
	return link(args[0], args[1]) < 0 ? errno : 0;
}

static int try_symlink(char **args)
{
	return symlink(args[0], args[1]) < 0 ? errno : 0;
}

static int try_unlink(char **args)
{
	return unlink(args[0]) < 0 ? errno : 0;
}

static int try_rmdir(char **args)
{
	return rmdir(args[0]) < 0 ? errno : 0;
}

static int try_truncate(char **args)
{
	return truncate(args[0], 0) < 0 ? errno : 0;
}

static int with_port(const char *port, int (*call)(int fd, const struct sockaddr *address, socklen_t length))
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd < 0 || call(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
}

static int try_bind(char **args)
{
	return with_port(args[0], bind);
}

static int try_connect(char **args)
{
	return with_port(args[0], connect);
}

static int try_signal(char **args)
{
	return kill(atoi(args[0]), SIGWINCH) < 0 ? errno : 0;
}

static int try_ptrace(char **args)
{
	return ptrace(PTRACE_SEIZE, atoi(args[0]), NULL, NULL) < 0 ? errno : 0;
}

static int try_mount(char **args)
{
	return mount("none", args[0], "tmpfs", 0, NULL) < 0 ? errno : 0;
}

/* A system call of the other table: mkdir(2) has the number 39 there. */
static int try_foreign(char **args)
{
#if defined(__x86_64__)
	long result = 39;

	__asm__ volatile("int $0x80" : "+a"(result) : "b"((unsigned int)(unsigned long)args[0]), "c"(0755) : "memory");
	return result < 0 ? (int)-result : 0;
#else
	(void)args;
	return ENOSYS;
#endif
}

static int try_user(char **args)
{
	uid_t uid = (uid_t)atoi(args[0]);

	return setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0 ? errno : 0;
}

/* Its own number, in place of an errno. */
static int try_pid(char **args)
{
	(void)args;
	return getpid();
}

/* Into a mount namespace of its own. */
static int try_unshare(char **args)
{
	(void)args;
	return unshare(CLONE_NEWNS) < 0 ? errno : 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*try_it)(char **args);
} table[] = {
	{ "read", 1, try_read },       { "write", 1, try_write },     { "create", 1, try_create },
	{ "read-at", 2, try_read_at }, { "read-in", 2, try_read_in }, { "loop", 2, try_loop },
	{ "exec", 1, try_exec },       { "mkdir", 1, try_mkdir },     { "mknod", 1, try_mknod },
	{ "rename", 2, try_rename },   { "link", 2, try_link },       { "symlink", 2, try_symlink },
	{ "unlink", 1, try_unlink },   { "rmdir", 1, try_rmdir },     { "truncate", 1, try_truncate },
	{ "bind", 1, try_bind },       { "connect", 1, try_connect }, { "signal", 1, try_signal },
	{ "ptrace", 1, try_ptrace },   { "mount", 1, try_mount },     { "foreign", 1, try_foreign },
	{ "user", 1, try_user },       { "unshare", 0, try_unshare }, { "pid", 0, try_pid },
};

int main(int argc, char **argv)
{
	for (int i = 1; i < argc;) {
		size_t n = 0;

		while (n < sizeof(table) / sizeof(*table) && strcmp(table[n].name, argv[i]) != 0)
			n++;
		if (n == sizeof(table) / sizeof(*table) || i + table[n].arguments > argc - 1) {
			fprintf(stderr, "probe: %s?\n", argv[i]);
			return 2;
		}
		printf("%s %d\n", argv[i], table[n].try_it(argv + i + 1));
		fflush(stdout);
		i += 1 + table[n].arguments;
	}
	return 0;
}
