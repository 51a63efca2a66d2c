// SPDX-License-Identifier: Apache-2.0
//
// Prints all that a process can see of its own start, one thing a line, for a comparison of two starts. Static, and in
// need of nothing from the image; the lines from /proc are left out where /proc is not there.
//
// As its first argument:
//   ok:STATUS   ends with that status

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static void print_text(const char *what, const char *text)
{
	printf("%s: ", what);
	for (; *text; text++)
		printf(*text < ' ' || *text > '~' ? "\\x%02x" : "%c", (unsigned char)*text);
	putchar('\n');
}

static void print_words(int argc, char **argv)
{
	char path[4096];

	printf("argc: %d\n", argc);
	for (int i = 0; i < argc && i < 100; i++)
		print_text("argv", argv[i]);
	for (char **entry = environ; *entry; entry++)
		print_text("env", *entry);
	print_text("cwd", getcwd(path, sizeof(path)) ? path : strerror(errno));
}

static void print_ids(void)
{
	uid_t u[3];
	gid_t g[3], groups[64];

	getresuid(&u[0], &u[1], &u[2]);
	getresgid(&g[0], &g[1], &g[2]);
	printf("uids: %u %u %u\ngids: %u %u %u\ngroups:", u[0], u[1], u[2], g[0], g[1], g[2]);
	for (int i = 0, n = getgroups(64, groups); i < n; i++)
		printf(" %u", groups[i]);
	printf("\npid: %d\nppid: %d\npgid: %d\nsid: %d\n", getpid(), getppid(), getpgid(0), getsid(0));
}

static void print_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	syscall(SYS_capget, &header, data);
	printf("capabilities: %08x%08x %08x%08x %08x%08x\nbounding and ambient:", data[1].effective, data[0].effective,
	       data[1].permitted, data[0].permitted, data[1].inheritable, data[0].inheritable);
	for (int i = 0; i < 41; i++)
		printf(" %d%d", prctl(PR_CAPBSET_READ, i, 0, 0, 0),
		       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0));
	printf("\nsecurebits: %d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

static void print_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		getrlimit(i, &limit);
		printf("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
}

static void print_signals(void)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int i = 1; i < NSIG; i++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		if (sigaction(i, NULL, &action) == 0 && (action.sa_handler != SIG_DFL || sigismember(&mask, i)))
			printf("signal %d: %s %s\n", i, action.sa_handler == SIG_IGN ? "ignored" : "default",
			       sigismember(&mask, i) ? "blocked" : "");
	}
}

static void print_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFL), own = fcntl(fd, F_GETFD);
		struct stat status;

		if (flags < 0 || fstat(fd, &status) < 0)
			continue;
		printf("descriptor %d: %o %d %o %lld\n", fd, flags, own, status.st_mode,
		       (long long)lseek(fd, 0, SEEK_CUR));
	}
	printf("terminal: %d %d %d\n", isatty(0), isatty(1), isatty(0) ? tcgetpgrp(0) == getpgrp() : 0);
}

static void print_settings(void)
{
	char name[17] = "", path[4096] = "";
	int pdeath = 0, subreaper = 0;
	cpu_set_t cpus;
	mode_t mask = umask(0);

	umask(mask);
	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	prctl(PR_GET_NAME, name, 0, 0, 0);
	prctl(PR_GET_PDEATHSIG, &pdeath, 0, 0, 0);
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	printf("umask: %o\nnice: %d\nscheduler: %d\ncpus: %d\npersonality: %x\n", mask, getpriority(PRIO_PROCESS, 0),
	       sched_getscheduler(0), CPU_COUNT(&cpus), personality(0xffffffff));
	printf("no_new_privs: %d\ndumpable: %d\nkeepcaps: %d\npdeathsig: %d\nsubreaper: %d\ntimerslack: %d\n",
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
	       prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), pdeath, subreaper, prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	printf("seccomp: %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	print_text("comm", name);
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		print_text("exe", path);
	print_text("execfn", (const char *)getauxval(AT_EXECFN));
	printf("secure: %lu\naux ids: %lu %lu %lu %lu\n", getauxval(AT_SECURE), getauxval(AT_UID), getauxval(AT_EUID),
	       getauxval(AT_GID), getauxval(AT_EGID));
}

static void print_file(const char *path)
{
	char text[4096];
	FILE *file = fopen(path, "re");

	while (file && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		print_text(path, text);
	}
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	print_words(argc, argv);
	print_ids();
	print_capabilities();
	print_limits();
	print_signals();
	print_descriptors();
	print_settings();
	print_file("/proc/self/oom_score_adj");
	print_file("/proc/self/coredump_filter");
	return argc > 1 && strncmp(argv[1], "ok:", 3) == 0 ? atoi(argv[1] + 3) : 0;
}
