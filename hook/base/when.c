/* SPDX-License-Identifier: Apache-2.0 */
#include "base/when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

#define USEC_PER_SEC UINT64_C(1000000)

/* Takes digits only: no sign, no blank. */
static bool parse_number(const char *text, const char **ret_end, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	*ret_end = end;
	return errno == 0;
}

/* The seconds in the unit of LENGTH letters at TEXT, 0 if it is not a unit. */
static uint64_t unit_seconds(const char *text, size_t length)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {
		{ "s", 1 },         { "sec", 1 },        { "second", 1 },   { "seconds", 1 },  { "m", 60 },
		{ "min", 60 },      { "minute", 60 },    { "minutes", 60 }, { "h", 3600 },     { "hour", 3600 },
		{ "hours", 3600 },  { "d", 86400 },      { "day", 86400 },  { "days", 86400 }, { "w", 604800 },
		{ "week", 604800 }, { "weeks", 604800 },
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i].name) == length && strncmp(units[i].name, text, length) == 0)
			return units[i].seconds;
	return 0;
}

static const char *skip_blank(const char *text)
{
	return text + (*text == ' ');
}

/* "1h", "1 hour", "1 hour ago". */
static bool parse_ago(const char *text, uint64_t now_usec, uint64_t *ret_usec)
{
	const char *end;
	uint64_t number, unit, usec;
	size_t length;

	if (!parse_number(text, &end, &number))
		return false;
	end = skip_blank(end);
	length = strspn(end, "abcdefghijklmnopqrstuvwxyz");
	unit = unit_seconds(end, length);
	if (!unit || (end[length] && strcmp(end + length, " ago") != 0))
		return false;
	/* A time before the clock's beginning becomes its beginning. */
	if (__builtin_mul_overflow(number, unit * USEC_PER_SEC, &usec) || usec > now_usec)
		usec = now_usec;
	*ret_usec = now_usec - usec;
	return true;
}

/* As journalctl(1) knows them: midnight, local time. */
static bool parse_word(const char *text, uint64_t now_usec, uint64_t *ret_usec)
{
	time_t now = (time_t)(now_usec / USEC_PER_SEC);
	struct tm tm;

	if (strcmp(text, "now") == 0) {
		*ret_usec = now_usec;
		return true;
	}
	if ((strcmp(text, "today") != 0 && strcmp(text, "yesterday") != 0) || !localtime_r(&now, &tm))
		return false;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= text[0] == 'y';
	tm.tm_isdst = -1;
	now = mktime(&tm);
	*ret_usec = (uint64_t)now * USEC_PER_SEC;
	return now >= 0;
}

static bool parse_unix(const char *text, uint64_t *ret_usec)
{
	const char *end;
	uint64_t number;

	return text[0] == '@' && parse_number(text + 1, &end, &number) && !*end &&
	       !__builtin_mul_overflow(number, USEC_PER_SEC, ret_usec);
}

/* strptime(3) alone takes signs, blanks and missing digits. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; text++, shape++)
		if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
			return false;
	return !*text;
}

static bool parse_date(const char *text, uint64_t *ret_usec)
{
	static const struct {
		const char *shape, *format;
		bool utc;
	} dates[] = {
		{ "0000-00-00", "%Y-%m-%d", false },
		{ "0000-00-00 00:00", "%Y-%m-%d %H:%M", false },
		{ "0000-00-00 00:00:00", "%Y-%m-%d %H:%M:%S", false },
		{ "0000-00-00T00:00:00Z", "%Y-%m-%dT%H:%M:%SZ", true },
	};

	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		struct tm tm = { .tm_isdst = dates[i].utc ? 0 : -1 };

		if (!has_shape(text, dates[i].shape))
			continue;

		const char *end = strptime(text, dates[i].format, &tm);
		time_t seconds = end && !*end ? (dates[i].utc ? timegm(&tm) : mktime(&tm)) : -1;

		*ret_usec = (uint64_t)seconds * USEC_PER_SEC;
		return seconds >= 0;
	}
	return false;
}

int kf_when_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];
	uint64_t usec;

	if (!parse_ago(text, now_usec, &usec) && !parse_word(text, now_usec, &usec) && !parse_unix(text, &usec) &&
	    !parse_date(text, &usec))
		return kf_fail(
			err, EINVAL,
			"'%s' is not a time: write 10m, \"2 hours ago\", today, 2026-01-31 or 2026-01-31T12:00:00Z",
			kf_quote(quoted, text));
	*ret_usec = usec;
	return 0;
}
