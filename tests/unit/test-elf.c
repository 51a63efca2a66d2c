/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>

#include "elf-fixtures.h"
#include "fixtures.h"
#include "nono/elf.h"

/* The answer of kf_elf_needs_loader() about these bytes. */
static int needs_loader(const void *bytes, size_t length)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	struct kf_error err = { 0 };
	int r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	r = kf_elf_needs_loader(fd, "the program", &err);
	if (r < 0) {
		assert_int_equal(err.code, -r);
		assert_non_null(strstr(err.message, "the program"));
	}
	(void)close(fd);
	return r;
}

static void static_and_dynamic_programs_differ(void **state)
{
	const struct elf64_image static64 = elf64_of(PT_LOAD), dynamic64 = elf64_of(PT_INTERP);
	const struct elf32_image static32 = elf32_of(PT_LOAD), dynamic32 = elf32_of(PT_INTERP);
	/* A static-pie has dynamic relocations and no loader. */
	const struct elf64_image static_pie = elf64_of(PT_DYNAMIC);

	(void)state;
	assert_int_equal(needs_loader(&static64, sizeof static64), 0);
	assert_int_equal(needs_loader(&dynamic64, sizeof dynamic64), 1);
	assert_int_equal(needs_loader(&static32, sizeof static32), 0);
	assert_int_equal(needs_loader(&dynamic32, sizeof dynamic32), 1);
	assert_int_equal(needs_loader(&static_pie, sizeof static_pie), 0);
}

static void every_segment_is_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct elf64_image image = elf64_of(PT_LOAD);

		image.segments[i].p_type = PT_INTERP;
		assert_int_equal(needs_loader(&image, sizeof image), 1);
	}
	/* And no memory that is not the program's. */
	struct elf64_image image = elf64_of(PT_INTERP);

	image.header.e_phnum = 2;
	assert_int_equal(needs_loader(&image, sizeof image), 0);
}

static void the_table_may_lie_anywhere(void **state)
{
	struct elf64_image image = elf64_of(PT_INTERP);
	char file[sizeof image + 1000] = { 0 };

	(void)state;
	image.header.e_phoff = sizeof image.header + 1000;
	memcpy(file, &image.header, sizeof image.header);
	memcpy(file + image.header.e_phoff, image.segments, sizeof image.segments);
	assert_int_equal(needs_loader(file, sizeof file), 1);
}

static void real_programs_are_read(void **state)
{
	struct kf_error err = { 0 };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	/* These tests are linked dynamically. */
	assert_int_equal(kf_elf_needs_loader(fd, "we", &err), 1);
	/* It reads by offset and moves nothing. */
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	(void)close(fd);
}

static void a_script_needs_an_interpreter(void **state)
{
	(void)state;
	assert_int_equal(needs_loader("#!/bin/sh\n", 10), 1);
	assert_int_equal(needs_loader("#!", 2), 1);
}

static void truncated_headers_are_damage(void **state)
{
	const struct elf64_image image64 = elf64_of(PT_INTERP);
	const struct elf32_image image32 = elf32_of(PT_INTERP);

	(void)state;
	/* The type of the last segment is the last thing that is read. */
	for (size_t cut = 0; cut < offsetof(struct elf64_image, segments[2].p_flags); cut++)
		assert_int_equal(needs_loader(&image64, cut), -ENOEXEC);
	for (size_t cut = 0; cut < offsetof(struct elf32_image, segments[2].p_offset); cut++)
		assert_int_equal(needs_loader(&image32, cut), -ENOEXEC);
}

static void tables_that_cannot_be_are_damage(void **state)
{
	static const struct {
		const char *row;
		uint64_t offset;
		uint16_t entry_size, count;
	} rows[] = {
		{ "no segments", 64, 56, 0 },
		{ "too many", 64, 56, 0xffff },
		{ "too many by one", 64, 56, 65536 / 56 + 1 },
		{ "entries of nothing", 64, 0, 3 },
		{ "entries too small", 64, 31, 3 },
		{ "entries too large", 64, 0xffff, 3 },
		{ "past the end", 100000, 56, 3 },
		{ "far past the end", INT64_MAX - 65536, 56, 3 },
		{ "beyond what can be", UINT64_MAX, 56, 3 },
		{ "around the corner", UINT64_MAX - 55, 56, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct elf64_image image = elf64_of(PT_LOAD);

		image.header.e_phoff = rows[i].offset;
		image.header.e_phentsize = rows[i].entry_size;
		image.header.e_phnum = rows[i].count;
		expect(rows[i].row, needs_loader(&image, sizeof image) == -ENOEXEC);
	}
}

static void garbage_is_not_a_program(void **state)
{
	static const char *const rows[] = { "",        "x",      "#",         "\x7f",         "\177ELF",
					    "\177ELG", "MZ\x90", "!<arch>\n", "{\"meta\":{}}" };
	unsigned char bytes[4096];
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i], needs_loader(rows[i], strlen(rows[i])) == -ENOEXEC);
	memset(bytes, 0, sizeof bytes);
	assert_int_equal(needs_loader(bytes, sizeof bytes), -ENOEXEC);
	/* With the right beginning: some outcome, and no harm. */
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
		memcpy(bytes, ELFMAG, SELFMAG);

		int r = needs_loader(bytes, sizeof bytes);

		assert_true(r == 0 || r == 1 || r == -ENOEXEC);
	}
}

static void an_unreadable_file_is_an_error(void **state)
{
	struct kf_error err = { 0 };
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	expect_refusal("directory", kf_elf_needs_loader(fd, "x", &err), EISDIR, &err);
	(void)close(fd);
	expect_refusal("closed", kf_elf_needs_loader(-1, "x", &err), EBADF, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(static_and_dynamic_programs_differ), cmocka_unit_test(every_segment_is_looked_at),
		cmocka_unit_test(the_table_may_lie_anywhere),         cmocka_unit_test(real_programs_are_read),
		cmocka_unit_test(a_script_needs_an_interpreter),      cmocka_unit_test(truncated_headers_are_damage),
		cmocka_unit_test(tables_that_cannot_be_are_damage),   cmocka_unit_test(garbage_is_not_a_program),
		cmocka_unit_test(an_unreadable_file_is_an_error),
	};

	return cmocka_run_group_tests_name("nono/elf", tests, NULL, NULL);
}
