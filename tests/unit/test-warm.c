/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include "fixtures.h"
#include "node/warm.h"

enum { SIZE = 8 * 1024 * 1024 + 17 };

/* The number of the file's pages in the page cache. */
static size_t cached_pages(const char *path)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (SIZE + page - 1) / page, count = 0;
	unsigned char *resident = calloc(1, pages);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mincore(map, SIZE, resident), 0);
	for (size_t i = 0; i < pages; i++)
		count += resident[i] & 1;
	(void)munmap(map, SIZE);
	(void)close(fd);
	free(resident);
	return count;
}

static void put_program(const char *path)
{
	char *bytes = calloc(1, SIZE);

	assert_non_null(bytes);
	put_bytes(path, bytes, SIZE, 0755);
	free(bytes);
}

static void evict(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	(void)close(fd);
}

/* A tmpfs has its files nowhere else. */
static bool on_disk(const struct scratch *scratch)
{
	struct statfs st;

	return fstatfs(scratch->fd, &st) == 0 && st.f_type != TMPFS_MAGIC;
}

static void files_outside_the_page_cache_are_read(void **state)
{
	const struct scratch *scratch = *state;
	const char *const files[] = { in(scratch, "nono"), in(scratch, "launcher/kubefence-launcher") };
	size_t page = (size_t)sysconf(_SC_PAGESIZE), all = (SIZE + page - 1) / page;

	if (!on_disk(scratch))
		skip();
	assert_int_equal(mkdirat(scratch->fd, "launcher", 0755), 0);
	for (size_t i = 0; i < COUNT(files); i++) {
		put_program(files[i]);
		evict(files[i]);
		assert_int_equal(cached_pages(files[i]), 0);
	}

	size_t descriptors = open_descriptors();

	kf_warm_nono(scratch->fd);
	for (size_t i = 0; i < COUNT(files); i++)
		assert_int_equal(cached_pages(files[i]), all);
	assert_int_equal(open_descriptors(), descriptors);
	/* Nothing is left to do. */
	kf_warm_nono(scratch->fd);
	for (size_t i = 0; i < COUNT(files); i++)
		assert_int_equal(cached_pages(files[i]), all);
}

/* The preflight has refused all of these, or will: here no call must wait, and no link be followed. */
static void a_file_that_is_not_a_program_is_left_alone(void **state)
{
	const struct scratch *scratch = *state;

	kf_warm_nono(scratch->fd);
	assert_int_equal(mkfifoat(scratch->fd, "nono", 0644), 0);
	kf_warm_nono(scratch->fd);
	assert_int_equal(unlinkat(scratch->fd, "nono", 0), 0);
	put_text(in(scratch, "nono"), "");
	kf_warm_nono(scratch->fd);
	if (!on_disk(scratch))
		return;
	put_program(in(scratch, "elsewhere"));
	evict(in(scratch, "elsewhere"));
	assert_int_equal(unlinkat(scratch->fd, "nono", 0), 0);
	assert_int_equal(symlinkat("elsewhere", scratch->fd, "nono"), 0);
	kf_warm_nono(scratch->fd);
	assert_int_equal(cached_pages(in(scratch, "elsewhere")), 0);
	/* Larger than any nono. */
	assert_int_equal(unlinkat(scratch->fd, "nono", 0), 0);
	assert_int_equal(rename(in(scratch, "elsewhere"), in(scratch, "nono")), 0);
	assert_int_equal(truncate(in(scratch, "nono"), (off_t)1 << 30), 0);
	kf_warm_nono(scratch->fd);
	assert_int_equal(cached_pages(in(scratch, "nono")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(files_outside_the_page_cache_are_read),
		scratch_test(a_file_that_is_not_a_program_is_left_alone),
	};

	return cmocka_run_group_tests_name("node/warm", tests, NULL, NULL);
}
