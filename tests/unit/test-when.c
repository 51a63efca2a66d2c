/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "base/when.h"
#include "fixtures.h"

#define SEC UINT64_C(1000000)

static const uint64_t now = 1800000000 * SEC;

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t usec;
	} rows[] = {
		{ "0s", 1800000000 * SEC },
		{ "30s", (1800000000 - 30) * SEC },
		{ "10m", (1800000000 - 600) * SEC },
		{ "2h", (1800000000 - 7200) * SEC },
		{ "1d", (1800000000 - 86400) * SEC },
		{ "99999999999d", 0 },
		{ "1 hour ago", (1800000000 - 3600) * SEC },
		{ "1hour ago", (1800000000 - 3600) * SEC },
		{ "2 days", (1800000000 - 2 * 86400) * SEC },
		{ "3 min", (1800000000 - 180) * SEC },
		{ "1w", (1800000000 - 604800) * SEC },
		{ "now", 1800000000 * SEC },
		/* 1800000000 is 2027-01-15 09:00 there. */
		{ "today", (1800000000 - 9 * 3600) * SEC },
		{ "yesterday", (1800000000 - 33 * 3600) * SEC },
		{ "@0", 0 },
		{ "@1700000000", 1700000000 * SEC },
		{ "2026-01-31T12:00:00Z", 1769860800 * SEC },
		{ "2026-01-31", 1769814000 * SEC },
		{ "2026-07-31 12:30", 1785493800 * SEC },
		{ "2026-07-31 12:30:05", 1785493805 * SEC },
	};

	(void)state;
	/* A zone with summer time, so that local time is told from UTC. */
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		uint64_t usec = 1;

		expect_success(rows[i].text, kf_when_parse(rows[i].text, now, &usec, &err), &err);
		if (usec != rows[i].usec)
			fail_msg("%s is %llu, not %llu", rows[i].text, (unsigned long long)usec,
				 (unsigned long long)rows[i].usec);
	}
}

static void text_that_is_not_a_time_is_refused(void **state)
{
	static const char *const rows[] = { "",
					    "10",
					    "s",
					    "-1h",
					    "+1h",
					    " 1h",
					    "1h ",
					    "1y",
					    "1  hour ago",
					    "1 hour  ago",
					    "1 hour ago ",
					    "1 ago",
					    "hour ago",
					    "1 hour agog",
					    "Today",
					    "today ",
					    "yesterdays",
					    "1hh",
					    "1.5h",
					    "0x10s",
					    "99999999999999999999999s",
					    "@",
					    "@-1",
					    "@1.5",
					    "@99999999999999999999",
					    "2026-13-01",
					    "2026-1-1",
					    "2026-01-31T12:00:00",
					    "2026-01-31T12:00:00+01:00",
					    "2026-01-31 25:00",
					    "2026-01-31\n",
					    "1900-01-01" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		uint64_t usec = 1;

		expect_refusal(rows[i], kf_when_parse(rows[i], now, &usec, &err), EINVAL, &err);
		expect(rows[i], usec == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(text_that_is_not_a_time_is_refused),
	};

	return cmocka_run_group_tests_name("base/when", tests, NULL, NULL);
}
