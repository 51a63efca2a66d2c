/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exposition.h"
#include "fixtures.h"

static void add(struct kf_exposition *exposition, const char *profile, uint64_t value)
{
	const struct kf_label labels[] = { { "decision", "inject" }, { "profile", profile }, { 0 } };

	assert_int_equal(kf_exposition_add(exposition, KF_METRIC_DECISIONS, labels, value), 0);
}

static char *text_of(const struct kf_exposition *exposition)
{
	char *text = NULL;

	assert_int_equal(kf_exposition_text(exposition, &text), 0);
	return text;
}

static void equal_labels_are_one_series(void **state)
{
	cleanup_exposition struct kf_exposition exposition = { 0 };
	cleanup_free char *text = NULL;

	(void)state;
	add(&exposition, "default", 1);
	add(&exposition, "strict", 1);
	add(&exposition, "default", 2);
	add(&exposition, NULL, 1);
	text = text_of(&exposition);
	expect("default", strstr(text, "\nkubefence_decisions_total{decision=\"inject\",profile=\"default\"} 3\n"));
	expect("strict", strstr(text, "\nkubefence_decisions_total{decision=\"inject\",profile=\"strict\"} 1\n"));
	expect("none", strstr(text, "\nkubefence_decisions_total{decision=\"inject\",profile=\"\"} 1\n"));
}

static void a_pods_text_stays_in_its_quotes(void **state)
{
	cleanup_exposition struct kf_exposition exposition = { 0 };
	cleanup_free char *text = NULL;

	(void)state;
	add(&exposition, "a\"} 7\n\\\xff", 1);
	text = text_of(&exposition);
	expect(text, strstr(text, "profile=\"a\\\"} 7\\\\x0a\\\\x5c\\\\xff\"} 1\n"));
}

static void too_many_series_become_one(void **state)
{
	cleanup_exposition struct kf_exposition exposition = { 0 };
	cleanup_free char *text = NULL;
	char name[32];

	(void)state;
	for (int i = 0; i < KF_SERIES_MAX + 7; i++) {
		(void)snprintf(name, sizeof name, "p%d", i);
		add(&exposition, name, 1);
	}
	add(&exposition, "p0", 1);
	text = text_of(&exposition);
	expect("other", strstr(text, "{decision=\"other\",profile=\"other\"} 7\n"));
	expect("p0", strstr(text, "profile=\"p0\"} 2\n"));
	assert_int_equal(exposition.metrics[KF_METRIC_DECISIONS].count, KF_SERIES_MAX + 1);
}

static void a_metric_without_labels_has_no_braces(void **state)
{
	cleanup_exposition struct kf_exposition exposition = { 0 };
	cleanup_free char *text = NULL;

	(void)state;
	assert_int_equal(kf_exposition_add(&exposition, KF_METRIC_LANDLOCK, (const struct kf_label[]){ { 0 } }, 7), 0);
	text = text_of(&exposition);
	expect(text, strstr(text, "# TYPE kubefence_landlock_abi gauge\nkubefence_landlock_abi 7\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_labels_are_one_series),
		cmocka_unit_test(a_pods_text_stays_in_its_quotes),
		cmocka_unit_test(too_many_series_become_one),
		cmocka_unit_test(a_metric_without_labels_has_no_braces),
	};

	return cmocka_run_group_tests_name("cli/exposition", tests, NULL, NULL);
}
