/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded, it lets allocation number KF_NOMEM_AT (from 0) fail, and all after it if KF_NOMEM_FOR_GOOD is set. It then
 * makes the file KF_NOMEM_SIGN: without the file there were not so many.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static long left = -1; /* -1: none fails (any more) */
static bool for_good;
static const char *sign;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("KF_NOMEM_AT");

	for_good = getenv("KF_NOMEM_FOR_GOOD");
	sign = getenv("KF_NOMEM_SIGN");
	left = at && sign ? atol(at) : -1;
}

static bool fails(void)
{
	if (left < 0 || left-- > 0)
		return false;
	if (for_good)
		left = 0;
	(void)close(open(sign, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
