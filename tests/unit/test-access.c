/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "fixtures.h"
#include "policy/access.h"

/* "rw /a/" is a directory that is read and written, "r /a" a file that is read, "- /a" a hidden file. */
static void add(struct kf_access_list *list, const char *text)
{
	unsigned int rights = 0;
	char path[256];
	const char *start = strchr(text, '/');
	bool directory = text[strlen(text) - 1] == '/';

	for (const char *at = text; at < start; at++)
		rights |= *at == 'r' ? KF_ACCESS_READ : *at == 'w' ? KF_ACCESS_WRITE : 0;
	(void)snprintf(path, sizeof path, "%.*s", (int)(strlen(start) - directory), start);
	assert_int_equal(kf_access_add(list, path, rights, directory, "test"), 0);
}

static void expect_list(const char *row, const struct kf_access_list *list, const char *wanted)
{
	char text[1024] = "";

	for (size_t i = 0; i < list->count; i++) {
		const struct kf_access *item = &list->items[i];
		size_t used = strlen(text);

		(void)snprintf(text + used, sizeof text - used, "%s%s%s %s%s", i ? ", " : "",
			       item->rights & KF_ACCESS_READ ? "r" : "", item->rights & KF_ACCESS_WRITE ? "w" : "",
			       item->path, item->directory ? "/" : "");
	}
	expect_text(row, "the list", text, wanted);
}

static void the_fewest_grants_that_mean_the_same_stay(void **state)
{
	static const struct {
		const char *grants[6], *wanted;
	} rows[] = {
		{ { "r /a/", "r /b/" }, "r /a/, r /b/" },
		{ { "r /b/", "r /a/" }, "r /a/, r /b/" },
		{ { "r /a/", "r /a/b/", "r /a/c" }, "r /a/" },
		{ { "r /a/b/", "r /a/" }, "r /a/" },
		/* Not below, but beside. */
		{ { "r /a/", "r /ab/", "r /a-b" }, "r /a/, r /a-b, r /ab/" },
		{ { "r /a", "r /a/b" }, "r /a, r /a/b" },
		/* More rights below. */
		{ { "r /a/", "rw /a/b/" }, "r /a/, rw /a/b/" },
		{ { "r /a/", "rw /a/b/", "r /a/b/c/", "r /a/c/" }, "r /a/, rw /a/b/" },
		{ { "r /a/", "rw /a/b/c/", "r /a/b/" }, "r /a/, rw /a/b/c/" },
		/* Below a writable directory no grant stays, with any rights. */
		{ { "rw /a/", "r /a/b/", "w /a/c/", "rw /a/d" }, "rw /a/" },
		{ { "w /a/", "r /a/b/" }, "w /a/" },
		{ { "w /a/", "r /a/b/c/d" }, "w /a/" },
		/* The same path twice. */
		{ { "r /a/", "w /a/" }, "rw /a/" },
		{ { "r /a", "rw /a" }, "rw /a" },
		{ { "rw /a/", "rw /a/", "r /a/b" }, "rw /a/" },
		/* A sibling that sorts between a directory and the paths below it. */
		{ { "rw /a/", "r /a b/", "r /a.b/", "r /a/b/" }, "rw /a/, r /a b/, r /a.b/" },
		{ { "- /s/", "- /s/t", "- /u" }, " /s/,  /u" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_access_list list = { 0 };

		for (size_t k = 0; k < COUNT(rows[i].grants) && rows[i].grants[k]; k++)
			add(&list, rows[i].grants[k]);
		kf_access_reduce(&list);
		expect_list(rows[i].wanted, &list, rows[i].wanted);
		kf_access_clear(&list);
	}
}

static void a_list_can_be_empty(void **state)
{
	struct kf_access_list list = { 0 };

	(void)state;
	kf_access_reduce(&list);
	assert_int_equal(list.count, 0);
	assert_null(kf_access_find(&list, "/a"));
	kf_access_clear(&list);
	kf_access_clear(&list);
}

static void an_item_that_covers_a_path_is_found(void **state)
{
	struct kf_access_list list = { 0 };

	(void)state;
	add(&list, "r /a/");
	add(&list, "r /f");
	assert_ptr_equal(kf_access_find(&list, "/a"), &list.items[0]);
	assert_ptr_equal(kf_access_find(&list, "/a/b/c"), &list.items[0]);
	assert_ptr_equal(kf_access_find(&list, "/f"), &list.items[1]);
	assert_null(kf_access_find(&list, "/f/g"));
	assert_null(kf_access_find(&list, "/ab"));
	kf_access_clear(&list);
}

static bool is_long(const struct kf_access *access, void *data)
{
	return strlen(access->path) > *(const size_t *)data;
}

static void items_can_be_removed(void **state)
{
	struct kf_access_list list = { 0 };
	size_t most = 2;

	(void)state;
	add(&list, "r /aa/");
	add(&list, "r /b/");
	add(&list, "rw /ccc/");
	add(&list, "rw /d");
	kf_access_remove(&list, is_long, &most);
	expect_list("removed", &list, "r /b/, rw /d");
	kf_access_clear(&list);
}

/* 20,000 paths, each below the one before it or beside it: no look goes over all of them. */
static void many_paths_cost_in_proportion(void **state)
{
	struct kf_access_list list = { 0 };
	struct timespec start, end;
	char path[64];

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		(void)snprintf(path, sizeof path, "/a/%u/%u", i % 100, i);
		assert_int_equal(kf_access_add(&list, path, KF_ACCESS_READ, true, "test"), 0);
	}
	assert_int_equal(kf_access_add(&list, "/a", KF_ACCESS_WRITE, false, "test"), 0);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	kf_access_reduce(&list);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_int_equal(list.count, 20001);
	expect("two seconds of CPU", end.tv_sec - start.tv_sec < 2);
	kf_access_clear(&list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fewest_grants_that_mean_the_same_stay),
		cmocka_unit_test(a_list_can_be_empty),
		cmocka_unit_test(an_item_that_covers_a_path_is_found),
		cmocka_unit_test(items_can_be_removed),
		cmocka_unit_test(many_paths_cost_in_proportion),
	};

	return cmocka_run_group_tests_name("policy/access", tests, NULL, NULL);
}
