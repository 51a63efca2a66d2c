/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/reason.h"
#include "fixtures.h"

/* The numbers are part of the interface: kubefence-hook(8) and --help name them. */
static void every_denial_has_its_code(void **state)
{
	static const struct {
		enum kf_reason reason;
		int code;
	} rows[] = {
		{ KF_REASON_CONFIG_INVALID, 10 },       { KF_REASON_STATE_INVALID, 11 },
		{ KF_REASON_SPEC_INVALID, 12 },         { KF_REASON_PROFILE_INVALID, 13 },
		{ KF_REASON_PROFILE_NOT_ALLOWED, 13 },  { KF_REASON_PROFILE_REFUSED, 13 },
		{ KF_REASON_NOT_WRAPPED, 14 },          { KF_REASON_NONO_UNTRUSTED, 15 },
		{ KF_REASON_LANDLOCK_UNAVAILABLE, 16 }, { KF_REASON_MOUNT_REFUSED, 17 },
		{ KF_REASON_RECORD_FAILED, 18 },        { KF_REASON_INTERNAL_ERROR, 1 },
		{ KF_REASON_ALLOW_REFUSED, 13 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(kf_reason_name(rows[i].reason), (int)kf_reason_exit_code(rows[i].reason) == rows[i].code);
}

static void no_denial_looks_like_success(void **state)
{
	(void)state;
	for (int reason = 0; reason <= KF_REASON_COUNT; reason++) {
		int code = (int)kf_reason_exit_code((enum kf_reason)reason);

		/* Not 2 (usage), and no number with a meaning for a shell or a runtime. */
		assert_true(code == 1 || (code >= 10 && code <= 18));
	}
}

/* Reasons of different kinds differ, or a user of crun learns nothing from the code. */
static void kinds_of_denials_have_distinct_codes(void **state)
{
	static const enum kf_reason kinds[] = {
		KF_REASON_CONFIG_INVALID,       KF_REASON_STATE_INVALID, KF_REASON_SPEC_INVALID,
		KF_REASON_PROFILE_REFUSED,      KF_REASON_NOT_WRAPPED,   KF_REASON_NONO_UNTRUSTED,
		KF_REASON_LANDLOCK_UNAVAILABLE, KF_REASON_MOUNT_REFUSED, KF_REASON_RECORD_FAILED,
		KF_REASON_INTERNAL_ERROR,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t other = 0; other < i; other++)
			expect(kf_reason_name(kinds[i]),
			       kf_reason_exit_code(kinds[i]) != kf_reason_exit_code(kinds[other]));
}

/* --- the pages --------------------------------------------------------------------------------------------------- */

/* The text of a file of the sources, the caller's to free. */
static char *read_source(const char *name)
{
	char path[PATH_MAX], *text = NULL;
	struct kf_error err = { 0 };
	size_t length;

	(void)snprintf(path, sizeof path, KF_SOURCE_DIR "/%s", name);
	expect_success(name, kf_read_file(path, (size_t)1024 * 1024, &text, &length, &err), &err);
	return text;
}

/* Section NAME of the manual page of kubefence-hook, the caller's to free. */
static char *section_of_man_page(const char *name)
{
	char heading[64], *page = read_source("hook/share/man/kubefence-hook.8");

	(void)snprintf(heading, sizeof heading, "\n.SH %s\n", name);

	char *start = strstr(page, heading);

	assert_non_null(start);
	start += strlen(heading) - 1;

	char *end = strstr(start, "\n.SH ");
	char *section = strndup(start, end ? (size_t)(end - start) + 1 : strlen(start));

	assert_non_null(section);
	free(page);
	return section;
}

static size_t count_of(const char *text, const char *needle)
{
	size_t count = 0;

	for (; (text = strstr(text, needle)); text += strlen(needle))
		count++;
	return count;
}

/* Each reason is in kubefence-hook(8), with the exit code that it has here, and no other one. */
static void the_man_page_has_each_reason(void **state)
{
	char *section = section_of_man_page("REASONS");

	(void)state;
	for (int i = 0; i < KF_REASON_COUNT; i++) {
		const char *word = kf_reason_name((enum kf_reason)i);
		int code = (int)kf_reason_exit_code((enum kf_reason)i);
		char entry[128];

		if (code == KF_EXIT_INTERNAL && i != KF_REASON_INTERNAL_ERROR)
			(void)snprintf(entry, sizeof entry, "\n.TP\n.B %s\n", word);
		else
			(void)snprintf(entry, sizeof entry, "\n.TP\n.BR %s \" (%d)\"\n", word, code);
		expect(entry, count_of(section, entry) == 1);
	}
	assert_int_equal(count_of(section, "\n.TP\n"), KF_REASON_COUNT);
	free(section);
}

static bool is_exit_code(int code)
{
	for (int i = 0; i < KF_REASON_COUNT; i++)
		if ((int)kf_reason_exit_code((enum kf_reason)i) == code)
			return true;
	return code == KF_EXIT_OK || code == KF_EXIT_USAGE;
}

static void the_man_page_has_each_exit_code(void **state)
{
	char *section = section_of_man_page("EXIT STATUS");

	(void)state;
	for (int code = 0; code < 128; code++) {
		char entry[32];

		(void)snprintf(entry, sizeof entry, "\n.TP\n.B %d\n", code);
		expect(entry, count_of(section, entry) == (is_exit_code(code) ? 1 : 0));
	}
	free(section);
}

static bool is_reason(const char *word, size_t length)
{
	for (int i = 0; i < KF_REASON_COUNT; i++) {
		const char *name = kf_reason_name((enum kf_reason)i);

		if (strlen(name) == length && strncmp(name, word, length) == 0)
			return true;
	}
	return false;
}

/* The catalog explains entries by their reasons: each word of that form in it is one, or a key of kubefence.conf. */
static void the_catalog_speaks_of_these_reasons(void **state)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz_";
	/* Names of fields have capital letters, and message ids digits. */
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz_";
	static const char *const keys[] = { "runtime_classes", "allowed_profiles" };
	char *catalog = read_source("systemd/kubefence.catalog");
	size_t found = 0;

	(void)state;
	for (const char *word = catalog; *(word += strcspn(word, letters)); word += strspn(word, letters)) {
		size_t length = strspn(word, letters);
		bool key = false;
		char copy[64];

		(void)snprintf(copy, sizeof copy, "%.*s", (int)length, word);
		for (size_t i = 0; i < COUNT(keys); i++)
			key |= strcmp(copy, keys[i]) == 0;
		if (key || length != strspn(word, small) || !memchr(word, '_', length))
			continue;
		expect(copy, is_reason(word, length));
		found++;
	}
	assert_true(found >= 4);
	free(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_denial_has_its_code),
		cmocka_unit_test(no_denial_looks_like_success),
		cmocka_unit_test(kinds_of_denials_have_distinct_codes),
		cmocka_unit_test(the_man_page_has_each_reason),
		cmocka_unit_test(the_man_page_has_each_exit_code),
		cmocka_unit_test(the_catalog_speaks_of_these_reasons),
	};

	return cmocka_run_group_tests_name("base/reason", tests, NULL, NULL);
}
