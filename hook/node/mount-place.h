/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_MOUNT_PLACE_H
#define KF_NODE_MOUNT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

struct kf_error;

/* The mount table of this process (/proc/self/mountinfo, proc(5)), by the ids of mounts. Zeroed means not read. */
struct kf_mount_places {
	char *text;
	struct kf_mount_line {
		uint64_t id;
		char *line; /* in TEXT */
	} * lines;
	size_t count;
};

/* The place of a file: its file system, and its path in there. It is the same for every bind mount of the file. */
struct kf_mount_place {
	char device[24]; /* MAJOR:MINOR as mountinfo has it */
	char *path;      /* absolute from the root of that file system */
};

/*
 * The INDEXth word, from 0 on, of LINE of a mountinfo file (proc(5): id, parent, device, root, target), unescaped. The
 * caller's to free; NULL without memory.
 */
char *kf_mount_line_word(const char *line, size_t index);

/*
 * Tells where the file on FD (O_PATH will do) is. The table is read at the first call and kept. *RET is the caller's to
 * clean up. -ENOENT: the file has been deleted, or its mount is not in the table. -ENAMETOOLONG, -EFBIG (a table of
 * more than 16 MiB), -ENOMEM, or an error of statx(2) and of reading /proc.
 */
int kf_mount_place(struct kf_mount_places *places, int fd, struct kf_mount_place *ret, struct kf_error *err);

/* Is INNER below OUTER, or (unless STRICTLY) OUTER itself? */
bool kf_mount_place_within(const struct kf_mount_place *inner, const struct kf_mount_place *outer, bool strictly);

void kf_mount_places_done(struct kf_mount_places *places);
void kf_mount_place_done(struct kf_mount_place *place);

#define cleanup_mount_place KF_CLEANUP(kf_mount_place_done)

#endif
