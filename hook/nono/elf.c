/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/elf.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* The place of the program headers, which each of the two ELF classes names in its own way. */
struct table {
	uint64_t offset;
	size_t entry_size, count;
};

struct start {
	unsigned char bytes[1024];
	size_t length;
};

/* The kernel takes at most 64 KiB of program headers. */
enum { HEADERS_MAX = 65536 / sizeof(Elf64_Phdr) };

static int read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	ssize_t n;

	if (offset > INT64_MAX)
		return -ENOEXEC;
	do
		n = pread(fd, buf, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENOEXEC;
}

static struct table table_of(const unsigned char *header)
{
	if (header[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr elf;

		memcpy(&elf, header, sizeof elf);
		return (struct table){ elf.e_phoff, elf.e_phentsize, elf.e_phnum };
	}

	Elf32_Ehdr elf;

	memcpy(&elf, header, sizeof elf);
	return (struct table){ elf.e_phoff, elf.e_phentsize, elf.e_phnum };
}

/* p_type comes first in the program headers of both classes. START has the file's first bytes, usually the whole table.
 */
static int has_interpreter(int fd, const struct table *table, const struct start *start)
{
	for (size_t i = 0; i < table->count; i++) {
		uint64_t offset = table->offset + i * table->entry_size;
		uint32_t type;
		int r = 0;

		if (offset < start->length && start->length - offset >= sizeof type)
			memcpy(&type, start->bytes + offset, sizeof type);
		else
			r = read_at(fd, &type, sizeof type, offset);
		if (r < 0)
			return r;
		if (type == PT_INTERP)
			return 1;
	}
	return 0;
}

int kf_elf_needs_loader(int fd, const char *name, struct kf_error *err)
{
	struct start start = { .bytes = { 0 } };
	ssize_t n = pread(fd, start.bytes, sizeof start.bytes, 0);

	if (n < 0)
		return kf_fail_errno(err, errno, "cannot read %s", name);
	start.length = (size_t)n;
	if (start.length >= 2 && memcmp(start.bytes, "#!", 2) == 0)
		return 1;
	if (start.length < sizeof(Elf32_Ehdr) || memcmp(start.bytes, ELFMAG, SELFMAG) != 0 ||
	    (start.bytes[EI_CLASS] != ELFCLASS64 && start.bytes[EI_CLASS] != ELFCLASS32))
		return kf_fail(err, ENOEXEC, "%s is not an ELF program: install a static nono", name);

	struct table table = table_of(start.bytes);
	int r = -ENOEXEC;

	if (table.count > 0 && table.count <= HEADERS_MAX && table.entry_size >= sizeof(Elf32_Phdr))
		r = has_interpreter(fd, &table, &start);
	if (r < 0)
		return kf_fail(err, -r, "%s is a damaged ELF program: install it again", name);
	return r;
}
