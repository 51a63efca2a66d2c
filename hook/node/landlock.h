/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_LANDLOCK_H
#define KF_NODE_LANDLOCK_H

struct kf_error;

/*
 * Asks the kernel for its Landlock ABI (Documentation/userspace-api/landlock.rst, "Backward and forward
 * compatibility"). Returns the ABI, 1 or more; -ENOSYS (not built in), -EOPNOTSUPP (not enabled at boot) or another
 * error with the remedy in the message.
 */
int kf_landlock_abi(struct kf_error *err);

#endif
