/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reason.h"

#include <stddef.h>

static const struct {
	const char *word;
	enum kf_exit_code exit_code;
} reasons[] = {
#define KF_REASON_ROW(name, word, exit_code) { word, exit_code },
	KF_REASONS(KF_REASON_ROW)
#undef KF_REASON_ROW
};

const char *kf_reason_name(enum kf_reason reason)
{
	return reasons[reason].word;
}

enum kf_exit_code kf_reason_exit_code(enum kf_reason reason)
{
	return reason < KF_REASON_COUNT ? reasons[reason].exit_code : KF_EXIT_INTERNAL;
}
