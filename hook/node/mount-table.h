/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_MOUNT_TABLE_H
#define KF_NODE_MOUNT_TABLE_H

#include <stdbool.h>
#include <sys/types.h>

struct kf_error;

/* The mount at a container's /nono, as the container's mount table (/proc/PID/mountinfo, proc(5)) shows it. */
struct kf_nono_mount {
	bool mounted;   /* /nono is a mount point */
	bool read_only; /* nothing can be written through it */
	bool covered;   /* another mount is over it or below it */
	char *root;     /* the directory of its file system that is seen there; the caller's to free */
	dev_t device;   /* that file system */
};

/* Reads the mount table of process PID with libmount. 0 or -errno; *RET is untouched on failure. */
int kf_mount_table_nono(pid_t pid, struct kf_nono_mount *ret, struct kf_error *err);

/*
 * The name in a mount table for a bind mount of the directory DIR of this process's node: the directory of its file
 * system (*RET_ROOT, to be freed) and the device of that file system. The first is not DIR where DIR lies in a
 * subvolume of btrfs, on a file system of its own, or below a root that is itself a directory of a file system (OSTree,
 * systemd-nspawn). From /proc/self/mountinfo (proc(5)). 0 or -errno; *RET_ROOT and *RET_DEVICE are untouched on
 * failure.
 */
int kf_mount_table_place(const char *dir, char **ret_root, dev_t *ret_device, struct kf_error *err);

#endif
