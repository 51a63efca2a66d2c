/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "fixtures.h"

static void an_empty_list_has_nothing(void **state)
{
	struct kf_list list = { 0 };

	(void)state;
	assert_false(kf_list_has(&list, ""));
	kf_list_clear(&list);
	assert_int_equal(list.count, 0);
}

static void it_copies_exactly_the_given_bytes(void **state)
{
	struct kf_list list = { 0 };
	char text[] = "alpha beta";

	(void)state;
	assert_int_equal(kf_list_add(&list, text, 5), 0);
	assert_int_equal(kf_list_add(&list, text + 6, 4), 0);
	assert_int_equal(kf_list_add(&list, "", 0), 0);
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0], "alpha");
	assert_string_equal(list.items[1], "beta");
	assert_string_equal(list.items[2], "");
	assert_null(list.items[3]);
	kf_list_clear(&list);
}

static void it_finds_whole_items_only(void **state)
{
	struct kf_list list = { 0 };

	(void)state;
	assert_int_equal(kf_list_add(&list, "nono-runc", 9), 0);
	assert_true(kf_list_has(&list, "nono-runc"));
	assert_false(kf_list_has(&list, "nono-run"));
	assert_false(kf_list_has(&list, "nono-runc2"));
	assert_false(kf_list_has(&list, "NONO-RUNC"));
	assert_false(kf_list_has(&list, ""));
	kf_list_clear(&list);
}

static void it_can_be_used_again_after_clearing(void **state)
{
	struct kf_list list = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(kf_list_add(&list, "x", 1), 0);
	assert_int_equal(list.count, 100);
	kf_list_clear(&list);
	assert_int_equal(list.count, 0);
	assert_false(kf_list_has(&list, "x"));
	assert_int_equal(kf_list_add(&list, "y", 1), 0);
	assert_true(kf_list_has(&list, "y"));
	kf_list_clear(&list);
	kf_list_clear(&list);
}

static void it_sorts_by_bytes(void **state)
{
	static const char *const sorted[] = { "", "A", "Z", "a", "a", "ab", "b", "\xc3\xa4" };
	static const size_t order[] = { 5, 3, 1, 7, 0, 6, 4, 2 };
	struct kf_list list = { 0 };

	(void)state;
	kf_list_sort(&list);
	assert_int_equal(list.count, 0);
	for (size_t i = 0; i < COUNT(order); i++)
		assert_int_equal(kf_list_add(&list, sorted[order[i]], strlen(sorted[order[i]])), 0);
	kf_list_sort(&list);
	for (size_t i = 0; i < COUNT(sorted); i++)
		assert_string_equal(list.items[i], sorted[i]);
	assert_null(list.items[list.count]);
	kf_list_clear(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_has_nothing), cmocka_unit_test(it_copies_exactly_the_given_bytes),
		cmocka_unit_test(it_finds_whole_items_only), cmocka_unit_test(it_can_be_used_again_after_clearing),
		cmocka_unit_test(it_sorts_by_bytes),
	};

	return cmocka_run_group_tests_name("base/list", tests, NULL, NULL);
}
