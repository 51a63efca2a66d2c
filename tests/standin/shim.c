/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for Kata's shim: leaves its whole call beside itself (argv, environment, descriptors, signal mask,
 * working directory, what is on standard input, the config.json it would read), and answers as a shim does.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[PATH_MAX];

static FILE *create(const char *name)
{
	char path[PATH_MAX + 64];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "we");
	if (!file)
		err(99, "%s", path);
	return file;
}

static void save(int fd, const char *name)
{
	FILE *file = create(name);
	char buffer[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buffer, sizeof buffer)) > 0)
		(void)fwrite(buffer, 1, (size_t)n, file);
	(void)fclose(file);
}

static void save_file(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	save(fd, name);
	if (fd >= 0)
		(void)close(fd);
}

/* Number, what it is, and flags; not those that this function has opened. */
static void save_descriptors(void)
{
	FILE *file = create("fds");

	for (int fd = 0; fd < 64; fd++) {
		char path[64], target[PATH_MAX];
		ssize_t length;

		if (fd == fileno(file))
			continue;
		(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof target - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		(void)fprintf(file, "%d %s %d %d\n", fd, target, fcntl(fd, F_GETFD), fcntl(fd, F_GETFL));
	}
	(void)fclose(file);
}

static void save_status(void)
{
	FILE *from = fopen("/proc/self/status", "re"), *to = create("status");
	char line[256];

	while (from && fgets(line, sizeof line, from))
		if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Umask", 5) == 0)
			(void)fputs(line, to);
	if (from)
		(void)fclose(from);
	(void)fclose(to);
}

int main(int argc, char *argv[])
{
	ssize_t length = readlink("/proc/self/exe", dir, sizeof dir - 1);
	FILE *file;
	char cwd[PATH_MAX];

	if (length < 0)
		err(99, "/proc/self/exe");
	*strrchr(dir, '/') = '\0';
	save_descriptors();
	save_status();
	save_file("/proc/self/cmdline", "argv");
	save_file("/proc/self/environ", "env");
	save_file("config.json", "config.json");
	file = create("cwd");
	(void)fputs(getcwd(cwd, sizeof cwd) ? cwd : "?", file);
	(void)fclose(file);
	save(STDIN_FILENO, "stdin");
	if (argc > 1 && strcmp(argv[argc - 1], "start") == 0)
		(void)fputs("unix:///run/containerd/s/4711", stdout);
	else
		(void)puts("Kata Containers containerd shim (Golang): id: \"io.containerd.kata.v2\", version: 3.32.0");
	return argc > 1 && strcmp(argv[argc - 1], "fail") == 0 ? 7 : 0;
}
