/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "fixtures.h"
#include "launcher/carry.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As nono hands an environment on: sorted, with variables of its own, and only of bytes that it can read. */
static void through_nono(struct kf_list *pieces)
{
	assert_int_equal(kf_list_add(pieces, "ZZZ=nono's", strlen("ZZZ=nono's")), 0);
	assert_int_equal(kf_list_add(pieces, "A=nono's", strlen("A=nono's")), 0);
	qsort(pieces->items, pieces->count, sizeof *pieces->items, by_text);
	for (size_t i = 0; i < pieces->count; i++)
		for (const char *byte = pieces->items[i]; *byte; byte++)
			assert_in_range(*byte, ' ', '~');
}

static void expect_the_same(const char *row, const char *const environment[])
{
	cleanup_list struct kf_list pieces = { 0 }, variables = { 0 };
	size_t count = 0, i = 0;

	assert_int_equal(kf_carry_pack((char *const *)environment, &pieces, &count), 0);
	assert_int_equal(pieces.count, count);
	for (size_t n = 0; n < pieces.count; n++)
		expect(row, kf_carry_is_piece(pieces.items[n]) && strlen(pieces.items[n]) < (size_t)128 * 1024);
	through_nono(&pieces);
	assert_int_equal(kf_carry_unpack(pieces.items, count, &variables), 0);
	for (; environment[i] && i < variables.count; i++)
		expect_text(row, "a variable", variables.items[i], environment[i]);
	expect(row, !environment[i] && i == variables.count);
}

static void every_variable_comes_back_in_its_order(void **state)
{
	static const char *const nothing[] = { NULL };
	static const char *const plain[] = { "Z=1", "A=2", "PATH=/bin", NULL };
	static const char *const odd[] = { "",
					   "=",
					   "NO EQUALS SIGN",
					   "A=1",
					   "A=1",
					   "A=2",
					   "E=",
					   "P=100%41",
					   "P=%",
					   "T=\t\n\x01\x7f",
					   "U=sch\xc3\xb6n",
					   "L=\xff\xfe",
					   "Q='\"\\$",
					   "LD_X=/x",
					   NULL };
	static const char *const ours[] = { "KUBEFENCE_ENV_000001=.A=9", "KUBEFENCE_ENV_000002=+A", "KUBEFENCE_ENV_",
					    "NONO_ALLOW=/", NULL };

	(void)state;
	expect_the_same("nothing", nothing);
	expect_the_same("plain", plain);
	expect_the_same("odd", odd);
	expect_the_same("of our form", ours);
}

static void long_ones_and_many(void **state)
{
	enum { LONG = 131000, MANY = 20000 };
	char *text = malloc(LONG + 1);
	const char **environment = calloc(MANY + 1, sizeof *environment);

	(void)state;
	for (int byte = 0; byte < 2; byte++) {
		memset(text, byte ? 'x' : '\xe4', LONG);
		text[LONG] = '\0';
		expect_the_same("long", (const char *const[]){ "A=1", text, text, "B=2", NULL });
	}
	for (size_t i = 0; i < MANY; i++)
		environment[i] = i % 2 ? "A=1" : "B=2";
	expect_the_same("many", environment);
	free(environment);
	free(text);
}

static void anything_that_is_missing_or_more_is_noticed(void **state)
{
	static const struct {
		const char *row, *environment[5];
		size_t count;
	} rows[] = {
		{ "one is missing", { "KUBEFENCE_ENV_000001=.A=1", NULL }, 2 },
		{ "all are missing", { "A=1", NULL }, 1 },
		{ "one too many", { "KUBEFENCE_ENV_000001=.A=1", "KUBEFENCE_ENV_000002=.A=1", NULL }, 1 },
		{ "a number is left out", { "KUBEFENCE_ENV_000001=.A=1", "KUBEFENCE_ENV_000003=.A=1", NULL }, 2 },
		{ "twice the same", { "KUBEFENCE_ENV_000001=.A=1", "KUBEFENCE_ENV_000001=.A=1", NULL }, 2 },
		{ "another order", { "KUBEFENCE_ENV_000002=.A=1", "KUBEFENCE_ENV_000001=.A=1", NULL }, 2 },
		{ "no mark", { "KUBEFENCE_ENV_000001=A=1", NULL }, 1 },
		{ "an open end", { "KUBEFENCE_ENV_000001=+A=1", NULL }, 1 },
		{ "no number", { "KUBEFENCE_ENV_x=.A=1", NULL }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_list struct kf_list variables = { 0 };

		expect(rows[i].row,
		       kf_carry_unpack((char *const *)rows[i].environment, rows[i].count, &variables) == -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variable_comes_back_in_its_order),
		cmocka_unit_test(long_ones_and_many),
		cmocka_unit_test(anything_that_is_missing_or_more_is_noticed),
	};

	return cmocka_run_group_tests_name("launcher/carry", tests, NULL, NULL);
}
