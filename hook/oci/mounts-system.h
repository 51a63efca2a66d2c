/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_MOUNTS_SYSTEM_H
#define KF_OCI_MOUNTS_SYSTEM_H

#include <json-c/json.h>

#include "node/system-mounts.h"

struct kf_error;

/*
 * Refuses a SPEC (-EPERM, KF_REASON_MOUNT_REFUSED) with mounts or devices that falsify the paths on which the runtime
 * and nono depend (runtime-spec config-linux.md, "Default Filesystems" and "Default Devices"):
 *   /dev, /dev/pts, /proc   must be as engines mount it: a new tmpfs, devpts and procfs; a bind mount of the host's
 *                           own /dev is one, too, and of its /proc where the pid namespace is the host's;
 *   /dev/null and the like  are made by the runtime: a mount there must be a bind mount of the host's own node, and a
 *                           device must be that device;
 *   /proc/self, thread-self, sys, net, mounts and the processes   stay free.
 * All else is allowed there: /dev/shm, mqueue, hugepages and termination-log, devices, files such as /proc/meminfo.
 * Destinations are compared by their text; kf_system_mounts_check() sees where symlinks take them.
 */
int kf_spec_check_system_mounts(struct json_object *spec, struct kf_error *err);

/* The number of mounts of SPEC at each of the three, for kf_system_mounts_check(). */
struct kf_system_mounts kf_spec_system_mounts(struct json_object *spec);

#endif
