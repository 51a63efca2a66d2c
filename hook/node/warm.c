/* SPDX-License-Identifier: Apache-2.0 */
#include "node/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/lookup.h"
#include "base/nono.h"

/* The C library of older distributions does not know it; all architectures but alpha have the same number. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

enum { FILE_MAX = 256 * 1024 * 1024 };

static size_t pages_of(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page;
}

/*
 * Is the whole file in the page cache? False as well if the kernel does not tell: cachestat(2) is of Linux 6.5. It
 * takes an offset and a length, and counts pages: cached, dirty, in writeback, evicted, recently evicted.
 */
static bool is_cached(int fd, size_t size)
{
	const uint64_t range[2] = { 0, size };
	uint64_t counts[5] = { 0 };

	return syscall(SYS_cachestat, fd, range, counts, 0) == 0 && counts[0] >= pages_of(size);
}

/* The same for older kernels, of a file that is mapped at MAP. */
static bool is_resident(void *map, size_t size)
{
	size_t pages = pages_of(size);
	cleanup_free char *resident = malloc(pages);

	if (!resident || mincore(map, size, (unsigned char *)resident) < 0)
		return false;
	for (size_t i = 0; i < pages; i++)
		if (!(resident[i] & 1))
			return false;
	return true;
}

/*
 * readahead(2) and posix_fadvise(2) read at most what the device likes to have in one request. Populating a mapping
 * reads it all, waits for it, and copies nothing.
 */
static void read_mapped(int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return;
	if (!is_resident(map, size)) {
		(void)posix_fadvise(fd, 0, (off_t)size, POSIX_FADV_SEQUENTIAL);
		(void)mmap(map, size, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0);
	}
	(void)munmap(map, size);
}

static void warm(int dirfd, const char *name)
{
	cleanup_close int fd = kf_openat2(dirfd, name, O_RDONLY | O_NONBLOCK, KF_LOOKUP_TRUSTED);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (size > 0 && size <= FILE_MAX && !is_cached(fd, (size_t)size))
		read_mapped(fd, (size_t)size);
}

void kf_warm_nono(int dirfd)
{
	warm(dirfd, "nono");
	warm(dirfd, KF_LAUNCHER);
}
