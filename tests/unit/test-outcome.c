/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "stage/outcome.h"

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
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(kf_reason_name(rows[i].reason), (int)kf_exit_code(rows[i].reason) == rows[i].code);
}

static void no_denial_looks_like_success(void **state)
{
	(void)state;
	for (int reason = 0; reason <= KF_REASON_COUNT; reason++) {
		int code = (int)kf_exit_code((enum kf_reason)reason);

		/* Not 2 (usage), and nothing that a shell or a runtime has a meaning for. */
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
			expect(kf_reason_name(kinds[i]), kf_exit_code(kinds[i]) != kf_exit_code(kinds[other]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_denial_has_its_code),
		cmocka_unit_test(no_denial_looks_like_success),
		cmocka_unit_test(kinds_of_denials_have_distinct_codes),
	};

	return cmocka_run_group_tests_name("stage/outcome", tests, NULL, NULL);
}
