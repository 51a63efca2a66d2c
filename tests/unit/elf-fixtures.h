/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_TESTS_UNIT_ELF_FIXTURES_H
#define KF_TESTS_UNIT_ELF_FIXTURES_H

/* ELF programs of a few bytes. Nothing runs them. */
#include <elf.h>
#include <string.h>

struct elf64_image {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
};

struct elf32_image {
	Elf32_Ehdr header;
	Elf32_Phdr segments[3];
};

/* A program for x86-64; LAST is the type of its last segment: PT_INTERP makes it a dynamic one. */
static inline struct elf64_image elf64_of(uint32_t last)
{
	struct elf64_image image = {
		.header = { .e_type = ET_EXEC,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_phoff = sizeof(Elf64_Ehdr),
			    .e_ehsize = sizeof(Elf64_Ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 3 },
		.segments = { { .p_type = PT_LOAD }, { .p_type = PT_GNU_STACK }, { .p_type = last } },
	};

	memcpy(image.header.e_ident, ELFMAG, SELFMAG);
	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_ident[EI_DATA] = ELFDATA2LSB;
	image.header.e_ident[EI_VERSION] = EV_CURRENT;
	return image;
}

static inline struct elf32_image elf32_of(uint32_t last)
{
	struct elf32_image image = {
		.header = { .e_type = ET_EXEC,
			    .e_machine = EM_386,
			    .e_version = EV_CURRENT,
			    .e_phoff = sizeof(Elf32_Ehdr),
			    .e_ehsize = sizeof(Elf32_Ehdr),
			    .e_phentsize = sizeof(Elf32_Phdr),
			    .e_phnum = 3 },
		.segments = { { .p_type = PT_LOAD }, { .p_type = PT_GNU_STACK }, { .p_type = last } },
	};

	memcpy(image.header.e_ident, ELFMAG, SELFMAG);
	image.header.e_ident[EI_CLASS] = ELFCLASS32;
	image.header.e_ident[EI_DATA] = ELFDATA2LSB;
	image.header.e_ident[EI_VERSION] = EV_CURRENT;
	return image;
}

#endif
