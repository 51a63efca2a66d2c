/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_OUTCOME_H
#define KF_STAGE_OUTCOME_H

#include "policy/decision.h"

/*
 * How kubefence-hook ends. The codes are part of the interface (kubefence-hook(8)): crun shows nothing else of a hook
 * that failed. Each reason for a denial has one.
 */
enum kf_exit {
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

/* The code for a denial with this REASON. */
enum kf_exit kf_exit_code(enum kf_reason reason);

#endif
