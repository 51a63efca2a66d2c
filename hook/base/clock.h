/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_CLOCK_H
#define KF_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in microseconds. */
static inline uint64_t kf_clock_usec(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Room for a time as RFC 3339 writes it, in UTC. */
#define KF_TIMESTAMP_MAX (sizeof "2026-01-01T00:00:00Z")

/* SECONDS since the epoch as RFC 3339. Returns BUF. */
static inline const char *kf_clock_format(time_t seconds, char buf[static KF_TIMESTAMP_MAX])
{
	struct tm utc = { 0 };

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(buf, KF_TIMESTAMP_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return buf;
}

/* The present time, CLOCK_REALTIME, as RFC 3339. Returns BUF. */
static inline const char *kf_clock_timestamp(char buf[static KF_TIMESTAMP_MAX])
{
	return kf_clock_format(time(NULL), buf);
}

#endif
