/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_EXIT_CODE_H
#define KF_BASE_EXIT_CODE_H

/*
 * The exit statuses of kubefence-hook. The numbers are part of the interface, kubefence-hook(8): crun shows nothing
 * else of a hook that failed. base/reason.h says which reason for a denial ends in which of them.
 */
enum kf_exit_code {
	KF_EXIT_OK = 0,
	KF_EXIT_INTERNAL = 1,
	KF_EXIT_USAGE = 2,
	KF_EXIT_CONFIG = 10,
	KF_EXIT_STATE = 11,
	KF_EXIT_SPEC = 12,
	KF_EXIT_PROFILE = 13,
	KF_EXIT_NOT_WRAPPED = 14,
	KF_EXIT_NONO_DIR = 15,
	KF_EXIT_LANDLOCK = 16,
	KF_EXIT_MOUNT = 17,
	KF_EXIT_RECORD = 18,
};

#endif
