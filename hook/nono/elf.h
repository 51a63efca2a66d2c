/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_ELF_H
#define KF_NONO_ELF_H

struct kf_error;

/*
 * Does the program on FD need a dynamic loader (elf(5), PT_INTERP)? A loader and libraries would come from the
 * image and run before Landlock is on. Returns 1 if it does (a script with an interpreter line too), 0 if it is static,
 * -ENOEXEC if it is not a program, or a read error. Messages call it NAME.
 */
int kf_elf_needs_loader(int fd, const char *name, struct kf_error *err);

#endif
