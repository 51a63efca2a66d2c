/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_MOUNT_TABLE_H
#define KF_NODE_MOUNT_TABLE_H

#include <stdbool.h>
#include <sys/types.h>

struct kf_error;

/* What is mounted at a container's /nono, as its mount table (/proc/PID/mountinfo, proc(5)) shows it. */
struct kf_nono_mount {
	bool mounted;   /* something is */
	bool read_only; /* and nothing can be written through it */
	bool covered;   /* something else is mounted over it or below it */
	char *root;     /* the directory of its file system that shows there; free it */
	dev_t device;   /* of that file system */
};

/* Reads the mount table of process PID with libmount. 0 or -errno; *RET is untouched on failure. */
int kf_mount_table_nono(pid_t pid, struct kf_nono_mount *ret, struct kf_error *err);

#endif
