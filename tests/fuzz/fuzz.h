/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_FUZZ_H
#define KF_FUZZ_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

/* libFuzzer's entry point; each target has one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property does not hold: as bad as a crash. */
static inline void must(bool holds, const char *property)
{
	if (holds)
		return;
	(void)fprintf(stderr, "property violated: %s\n", property);
	abort();
}

/* Every refusal has a message of one line, and every success none. */
static inline void must_tell(int r, const struct kf_error *err)
{
	must((r < 0) == (err->code != 0), "an error and its message come together");
	must(r >= 0 || r == -err->code, "the error has the code that was returned");
	for (const char *c = err->message; *c; c++)
		must(*c >= 0x20 && *c < 0x7f, "messages are printable ASCII on one line");
}

/* The input with a NUL after it, as files are read. The caller's to free. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL, "memory");
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* A file in memory with the input in it, at its start. */
static inline int memory_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0, "a file in memory");
	return fd;
}

/* A directory of this process for files that need a name. tests/fuzz/run.sh says where, and removes it. */
static inline const char *scratch_dir(void)
{
	static char path[PATH_MAX];
	const char *above = getenv("TMPDIR");

	if (path[0] == '\0') {
		(void)snprintf(path, sizeof path, "%s/fuzz.XXXXXX", above ? above : "/tmp");
		must(mkdtemp(path) != NULL, "a directory");
	}
	return path;
}

/* Gives the file PATH the input as its content. */
static inline void put_input(const char *path, const uint8_t *data, size_t size)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && kf_write_all(fd, data, size) == 0, "a file");
}

#endif
