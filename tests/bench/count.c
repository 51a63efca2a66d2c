/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count syscalls|next-syscalls|instructions MAIN PROGRAM [ARGUMENT...]: what the first process of PROGRAM does between
 * main() and its end, which is its exit or that it executes another program. MAIN is what nm(1) says of the symbol. The
 * counts depend on what the program does and not on how busy the machine is, so that tests/integration/budget.bats can
 * have limits for them. Standard input and error are the program's; what it prints is dropped.
 *
 *   syscalls      prints the numbers of: the system calls before main(), with those that the loader makes later, for
 *                 dlopen(3); all others between main() and the end, but those that prepare getrandom(3) in the vDSO
 *                 (some C libraries make them, some do not); and the files mapped executable at the end (the program,
 *                 its loader and its libraries)
 *   next-syscalls the same of the program that PROGRAM executes, and MAIN is in that one
 *   instructions  prints the number of those that were executed in user mode from main() on
 *
 * valgrind does not know the system calls that mount, and perf has no counters in most virtual machines: the process is
 * stepped through. What strace(1) shows is the same without knowing where main() begins.
 */
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define BREAKPOINT 0xccUL

struct counts {
	unsigned long loader_syscalls, syscalls, objects, instructions;
};

static long trace(enum __ptrace_request request, pid_t pid, uintptr_t address, uintptr_t data)
{
	errno = 0;

	long r = ptrace(request, pid, address, data); // NOLINT(performance-no-int-to-ptr): its interface

	if (r == -1 && errno != 0)
		err(EXIT_FAILURE, "ptrace");
	return r;
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(EXIT_FAILURE, "waitpid");
	return status;
}

static pid_t start(char *argv[])
{
	pid_t pid = fork();

	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(127);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (!WIFSTOPPED(wait_for(pid)))
		errx(EXIT_FAILURE, "%s cannot be executed", argv[0]);
	(void)trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
	return pid;
}

/* --- where main() is -----------------------------------------------------------------------------------------------
 */

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(EXIT_FAILURE, "%s", path);
	return fd;
}

/* getauxval(3) of another process. */
static uint64_t auxv_of(pid_t pid, uint64_t type)
{
	int fd = open_of(pid, "auxv");
	Elf64_auxv_t entry = { 0 };

	while (entry.a_type != type)
		if (read(fd, &entry, sizeof entry) != (ssize_t)sizeof entry)
			errx(EXIT_FAILURE, "no entry %lu in the auxiliary vector", (unsigned long)type);
	(void)close(fd);
	return entry.a_un.a_val;
}

static uint64_t entry_in_file(pid_t pid)
{
	int fd = open_of(pid, "exe");
	Elf64_Ehdr header;

	if (read(fd, &header, sizeof header) != (ssize_t)sizeof header)
		errx(EXIT_FAILURE, "not an ELF file");
	(void)close(fd);
	return header.e_entry;
}

/* --- stepping ------------------------------------------------------------------------------------------------------
 */

/* Goes on to the next stop. False when the process has ended or is another program; *RET is the signal that stopped it.
 */
static bool go_on(enum __ptrace_request how, pid_t pid, int *ret)
{
	(void)trace(how, pid, 0, *ret == SIGTRAP || *ret == SYSCALL_STOP ? 0 : (uintptr_t)*ret);

	int status = wait_for(pid);

	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		errx(EXIT_FAILURE, "the program failed with exit status %d", WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		errx(EXIT_FAILURE, "the program was killed by signal %d", WTERMSIG(status));
	if (WIFEXITED(status) || status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8)))
		return false;
	*ret = WSTOPSIG(status);
	return true;
}

/* The system call that the process is about to make; false after one. */
static bool entered(pid_t pid, struct __ptrace_syscall_info *ret)
{
	*ret = (struct __ptrace_syscall_info){ 0 };
	(void)trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof *ret, (uintptr_t)ret);
	return ret->op == PTRACE_SYSCALL_INFO_ENTRY;
}

static unsigned long run_to_main(pid_t pid, uint64_t address)
{
	unsigned long syscalls = 0;
	long word = trace(PTRACE_PEEKTEXT, pid, address, 0);
	struct __ptrace_syscall_info info;
	struct user_regs_struct registers;
	int signal = SIGTRAP;

	(void)trace(PTRACE_POKETEXT, pid, address, ((uintptr_t)word & ~0xffUL) | BREAKPOINT);
	do {
		if (!go_on(PTRACE_SYSCALL, pid, &signal))
			errx(EXIT_FAILURE, "the program ended before main()");
		if (signal == SYSCALL_STOP && entered(pid, &info))
			syscalls++;
	} while (signal != SIGTRAP);
	(void)trace(PTRACE_POKETEXT, pid, address, (uintptr_t)word);
	(void)trace(PTRACE_GETREGS, pid, 0, (uintptr_t)&registers);
	if (registers.rip != address + 1)
		errx(EXIT_FAILURE, "stopped somewhere else than at main()");
	registers.rip = address;
	(void)trace(PTRACE_SETREGS, pid, 0, (uintptr_t)&registers);
	return syscalls;
}

static unsigned long count_objects(pid_t pid)
{
	FILE *maps = fdopen(open_of(pid, "maps"), "re");
	char line[4096];
	unsigned long n = 0;

	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, " r-xp ") && strchr(line, '/'))
			n++;
	if (maps)
		(void)fclose(maps);
	return n;
}

/* Where the mappings end that begin at BASE and are of one file. */
static uint64_t end_of_file_at(pid_t pid, uint64_t base)
{
	FILE *maps = fdopen(open_of(pid, "maps"), "re");
	char line[4096], file[4096] = "";
	uint64_t from, to, end = base;

	while (base && maps && fgets(line, sizeof line, maps)) {
		char name[4096] = "";

		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %4095s", &from, &to, name) < 2 || from != end)
			continue;
		if (from == base)
			(void)snprintf(file, sizeof file, "%s", name);
		if (strcmp(name, file) == 0)
			end = to;
	}
	if (maps)
		(void)fclose(maps);
	return end;
}

/* --- the C library's own -------------------------------------------------------------------------------------------
 */

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

/* Calls since all signals were blocked last. */
struct section {
	unsigned long calls;
	bool droppable;
};

/*
 * Since glibc 2.41 and Linux 6.11, getrandom(3) in the vDSO is prepared when it is used first: memory that the kernel
 * may drop (mmap(2), MAP_DROPPABLE) is mapped while all signals are blocked. The number of these calls once the last
 * one is made, else 0.
 */
static unsigned long calls_for_getrandom(struct section *section, const struct __ptrace_syscall_info *info)
{
	const uint64_t *args = (const uint64_t *)info->entry.args;
	bool masks = info->entry.nr == SYS_rt_sigprocmask;

	if (masks && args[0] == SIG_BLOCK)
		*section = (struct section){ 0 };
	section->calls++;
	if (info->entry.nr == SYS_mmap && (args[3] & MAP_TYPE) == MAP_DROPPABLE)
		section->droppable = true;
	if (!masks || args[0] != SIG_SETMASK || !section->droppable)
		return 0;
	section->droppable = false;
	return section->calls;
}

static void count_syscalls(pid_t pid, struct counts *counts)
{
	struct section section = { 0 };
	uint64_t loader = auxv_of(pid, AT_BASE), loader_end = end_of_file_at(pid, loader);
	struct __ptrace_syscall_info info;
	int signal = SIGTRAP;

	while (go_on(PTRACE_SYSCALL, pid, &signal)) {
		if (signal != SYSCALL_STOP || !entered(pid, &info))
			continue;
		counts->syscalls -= calls_for_getrandom(&section, &info);
		if (info.instruction_pointer >= loader && info.instruction_pointer < loader_end)
			counts->loader_syscalls++;
		else
			counts->syscalls++;
		if (info.entry.nr == SYS_execve || info.entry.nr == SYS_exit_group)
			counts->objects = count_objects(pid);
	}
	printf("%lu %lu %lu\n", counts->loader_syscalls, counts->syscalls, counts->objects);
}

static void count_instructions(pid_t pid, struct counts *counts)
{
	int signal = SIGTRAP;

	while (go_on(PTRACE_SINGLESTEP, pid, &signal))
		counts->instructions++;
	printf("%lu\n", counts->instructions);
}

static void run_to_next(pid_t pid)
{
	int signal = SIGTRAP;

	while (go_on(PTRACE_CONT, pid, &signal))
		;
}

int main(int argc, char *argv[])
{
	struct counts counts = { 0 };
	bool next = argc > 3 && strcmp(argv[1], "next-syscalls") == 0;

	if (argc < 4 || (strcmp(argv[1], "syscalls") != 0 && strcmp(argv[1], "instructions") != 0 && !next))
		errx(EXIT_FAILURE, "say syscalls|next-syscalls|instructions MAIN PROGRAM [ARGUMENT...]");

	pid_t pid = start(argv + 3);

	if (next)
		run_to_next(pid);

	uint64_t address = strtoull(argv[2], NULL, 16) + auxv_of(pid, AT_ENTRY) - entry_in_file(pid);

	counts.loader_syscalls = run_to_main(pid, address);
	if (next || strcmp(argv[1], "syscalls") == 0)
		count_syscalls(pid, &counts);
	else
		count_instructions(pid, &counts);
	return EXIT_SUCCESS;
}
