/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rlimit.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((rlim64_t)1024 * 1024)

/* Measured with nono 0.80.0: it needs 192 KiB of stack, 40 MiB of address space, 2 MiB of data. */
static const struct {
	const char *type;
	int resource;
	rlim64_t needed;
} known[] = {
	{ "RLIMIT_AS", RLIMIT_AS, 256 * MIB },    { "RLIMIT_CPU", RLIMIT_CPU, 60 },
	{ "RLIMIT_DATA", RLIMIT_DATA, 64 * MIB }, { "RLIMIT_FSIZE", RLIMIT_FSIZE, MIB },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE, 256 },  { "RLIMIT_STACK", RLIMIT_STACK, MIB },
};

_Static_assert(sizeof known / sizeof *known == KF_RLIMITS_MAX, "KF_RLIMITS_MAX counts them");

bool kf_rlimit_known(const char *type, int *ret_resource, rlim64_t *ret_needed)
{
	for (size_t i = 0; i < KF_RLIMITS_MAX; i++) {
		if (strcmp(type, known[i].type) != 0)
			continue;
		*ret_resource = known[i].resource;
		*ret_needed = known[i].needed;
		return true;
	}
	return false;
}

const char *kf_rlimit_word(char buf[static KF_RLIMIT_WORD_MAX], const struct kf_rlimit *limit)
{
	const char *type = "";

	for (size_t i = 0; i < KF_RLIMITS_MAX; i++)
		if (known[i].resource == limit->resource)
			type = known[i].type;
	(void)snprintf(buf, KF_RLIMIT_WORD_MAX, "%s=%ju:%ju", type, (uintmax_t)limit->limit.rlim_cur,
		       (uintmax_t)limit->limit.rlim_max);
	return buf;
}

/* A number of decimal digits and the byte END. Returns the place after END, or NULL for any other text. */
static const char *parse_number(const char *text, char end, rlim64_t *ret)
{
	enum { DIGITS_MAX = 20 };
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > DIGITS_MAX || text[digits] != end)
		return NULL;
	*ret = strtoumax(text, NULL, 10);
	return text + digits + 1;
}

bool kf_rlimit_parse(const char *word, struct kf_rlimit *ret)
{
	size_t length = strcspn(word, "=");
	char type[KF_RLIMIT_WORD_MAX];
	struct kf_rlimit limit;
	rlim64_t unused;
	const char *rest;

	if (!word[length] || length >= sizeof type)
		return false;
	(void)snprintf(type, sizeof type, "%.*s", (int)length, word);
	if (!kf_rlimit_known(type, &limit.resource, &unused))
		return false;
	rest = parse_number(word + length + 1, ':', &limit.limit.rlim_cur);
	if (!rest || !parse_number(rest, '\0', &limit.limit.rlim_max))
		return false;
	*ret = limit;
	return true;
}

bool kf_rlimit_is_aside(const char *word)
{
	struct kf_rlimit limit;
	struct rlimit64 now;

	if (!kf_rlimit_parse(word, &limit) || getrlimit64((__rlimit_resource_t)limit.resource, &now) < 0)
		return false;
	for (size_t i = 0; i < KF_RLIMITS_MAX; i++)
		if (known[i].resource == limit.resource && now.rlim_max <= known[i].needed)
			return true;
	return now.rlim_max <= limit.limit.rlim_max;
}
