/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/outcome.h"

enum kf_exit kf_exit_code(enum kf_reason reason)
{
	switch (reason) {
	case KF_REASON_CONFIG_INVALID:
		return KF_EXIT_CONFIG;
	case KF_REASON_STATE_INVALID:
		return KF_EXIT_STATE;
	case KF_REASON_SPEC_INVALID:
		return KF_EXIT_SPEC;
	case KF_REASON_PROFILE_INVALID:
	case KF_REASON_PROFILE_NOT_ALLOWED:
	case KF_REASON_PROFILE_REFUSED:
		return KF_EXIT_PROFILE;
	case KF_REASON_NOT_WRAPPED:
		return KF_EXIT_NOT_WRAPPED;
	case KF_REASON_NONO_UNTRUSTED:
		return KF_EXIT_NONO_DIR;
	case KF_REASON_LANDLOCK_UNAVAILABLE:
		return KF_EXIT_LANDLOCK;
	case KF_REASON_MOUNT_REFUSED:
		return KF_EXIT_MOUNT;
	case KF_REASON_RECORD_FAILED:
		return KF_EXIT_RECORD;
	default:
		return KF_EXIT_INTERNAL;
	}
}
