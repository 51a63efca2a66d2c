/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_WHEN_H
#define KF_BASE_WHEN_H

#include <stdint.h>

struct kf_error;

/*
 * Reads a point in time as people write it: "30s", "10m", "2 hours ago", "1 day" (before NOW_USEC), "now", "today",
 * "yesterday", "@UNIX-SECONDS",
 * "YYYY-MM-DD", "YYYY-MM-DD HH:MM", "YYYY-MM-DD HH:MM:SS" (local time), or RFC 3339 in UTC
 * ("YYYY-MM-DDTHH:MM:SSZ"). *RET_USEC is on CLOCK_REALTIME, in microseconds. -EINVAL for anything else.
 */
int kf_when_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec, struct kf_error *err);

#endif
