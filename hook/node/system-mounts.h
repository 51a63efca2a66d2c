/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_SYSTEM_MOUNTS_H
#define KF_NODE_SYSTEM_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct kf_error;

/* The number of mounts that config.json has at the places on which everything else depends. */
struct kf_system_mounts {
	size_t dev, pts, proc;
	bool hosts_dev; /* the one at /dev is a bind mount of the host's, with its own /dev/pts */
};

/*
 * Is PATH (absolute, normalized) a place, or below one, that the runtime or the kernel fills: /dev/null, zero, full,
 * random, urandom, tty, console, ptmx, pts, fd, stdin, stdout, stderr; /proc/self, thread-self, sys, net, mounts and
 * the processes?
 */
bool kf_is_system_place(const char *path);

/*
 * Does the mount table of process PID (a createRuntime hook's state.pid: mounted, not pivoted) have the EXPECTED mounts
 * at /dev, /dev/pts and /proc below ROOTFS (a path on the host, the same in that namespace), and nothing at the places
 * of kf_is_system_place() but the host's own files of the same names? A symlink of the image or of a volume can take a
 * mount there, or one of the three away, and only the mount table (/proc/PID/mountinfo, proc(5)) knows. -EXDEV if not.
 * -ESRCH: no such process, or it is in another container.
 */
int kf_system_mounts_check(pid_t pid, const char *rootfs, const struct kf_system_mounts *expected,
			   struct kf_error *err);

#endif
