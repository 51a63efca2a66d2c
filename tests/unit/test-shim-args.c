/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "runtime/shim-args.h"

enum { WORDS_MAX = 32 };

struct row {
	const char *words[WORDS_MAX];
	struct kf_shim_args args;
	bool ambiguous;
};

#define SHIM "/usr/bin/containerd-shim-nono-kata-v2"

static void expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct kf_shim_args *wanted = &rows[i].args;
		char *words[WORDS_MAX + 1] = { 0 }, row[512] = "";
		struct kf_shim_args args;
		int argc = 0;

		for (; argc < WORDS_MAX && rows[i].words[argc]; argc++) {
			words[argc] = strdup(rows[i].words[argc]);
			assert_non_null(words[argc]);
			(void)snprintf(row + strlen(row), sizeof row - strlen(row), " '%s'", words[argc]);
		}
		kf_shim_args_parse(argc, words, &args);
		expect_text(row, "the action", args.action, wanted->action);
		expect_text(row, "the id", args.id, wanted->id);
		expect_text(row, "the bundle", args.bundle, wanted->bundle);
		expect_text(row, "the unknown option", args.unknown, wanted->unknown);
		expect(row, kf_shim_args_ambiguous(argc, words, &args) == rows[i].ambiguous);
		for (int word = 0; word < argc; word++)
			free(words[word]);
	}
}

static void engines_are_understood(void **state)
{
	static const struct row rows[] = {
		/* CRI-O, with debug logging and without. */
		{ { SHIM, "-namespace", "default", "-address", "", "-publish-binary", "/usr/bin/crio", "-id", "c1",
		    "-debug", "start" },
		  { .action = "start", .id = "c1" },
		  false },
		{ { SHIM, "-namespace", "default", "-address", "", "-publish-binary", "/usr/bin/crio", "-id", "c1",
		    "start" },
		  { .action = "start", .id = "c1" },
		  false },
		/* containerd 1.6 to 2.4. */
		{ { SHIM, "-namespace", "k8s.io", "-address", "/run/containerd/containerd.sock", "-publish-binary",
		    "/usr/bin/containerd", "-id", "c1", "start" },
		  { .action = "start", .id = "c1" },
		  false },
		{ { SHIM, "-namespace", "k8s.io", "-address", "/run/containerd/containerd.sock", "-publish-binary",
		    "/usr/bin/containerd", "-id", "c1", "-bundle", "/run/b/c1", "-debug", "delete" },
		  { .action = "delete", .id = "c1", .bundle = "/run/b/c1" },
		  false },
		{ { SHIM, "-info" }, { 0 }, false },
		{ { SHIM, "-v" }, { 0 }, false },
		{ { SHIM, "--version" }, { 0 }, false },
		/* The shim, of itself. */
		{ { SHIM, "-namespace", "k8s.io", "-id", "c1", "-address", "/s", "-publish-binary", "/p", "-debug" },
		  { .id = "c1" },
		  false },
		{ { SHIM }, { 0 }, false },
		{ { NULL }, { 0 }, false },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void flags_are_read_as_go_does(void **state)
{
	static const struct row rows[] = {
		{ { SHIM, "-id=c1", "start" }, { .action = "start", .id = "c1" }, false },
		{ { SHIM, "--id=c1", "start" }, { .action = "start", .id = "c1" }, false },
		{ { SHIM, "--id", "c1", "start" }, { .action = "start", .id = "c1" }, false },
		{ { SHIM, "-id=", "start" }, { .action = "start", .id = "" }, false },
		{ { SHIM, "-id=a=b", "start" }, { .action = "start", .id = "a=b" }, false },
		/* A value may look like anything. */
		{ { SHIM, "-id", "start", "delete" }, { .action = "delete", .id = "start" }, false },
		{ { SHIM, "-id", "-debug", "start" }, { .action = "start", .id = "-debug" }, false },
		{ { SHIM, "-id", "--", "start" }, { .action = "start", .id = "--" }, false },
		/* A switch takes no word. */
		{ { SHIM, "-debug", "true", "start" }, { .action = "true" }, false },
		{ { SHIM, "-debug=true", "start" }, { .action = "start" }, false },
		{ { SHIM, "-v=false", "start" }, { .action = "start" }, false },
		/* The last of two. */
		{ { SHIM, "-id", "a", "-id", "b", "start" }, { .action = "start", .id = "b" }, false },
		{ { SHIM, "-bundle", "/a", "-bundle=", "start" }, { .action = "start", .bundle = "" }, false },
		/* The end of the options. */
		{ { SHIM, "--", "start" }, { .action = "start" }, false },
		{ { SHIM, "--", "-id" }, { .action = "-id" }, false },
		{ { SHIM, "-id", "c1", "--" }, { .id = "c1" }, false },
		{ { SHIM, "-", "start" }, { .action = "-" }, false },
		{ { SHIM, "", "start" }, { .action = "" }, false },
		/* No beginnings of names, no bundles of letters. */
		{ { SHIM, "-i", "c1", "start" }, { .unknown = "-i" }, true },
		{ { SHIM, "-vh", "start" }, { .unknown = "-vh" }, true },
		{ { SHIM, "-ID=c1", "start" }, { .action = "start" }, false },
		/* No option after it counts. */
		{ { SHIM, "-id" }, { 0 }, false },
		{ { SHIM, "start", "-id" }, { .action = "start" }, false },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void options_behind_the_action_fill_in(void **state)
{
	static const struct row rows[] = {
		{ { SHIM, "start", "-id", "c1", "-bundle", "/b" },
		  { .action = "start", .id = "c1", .bundle = "/b" },
		  false },
		{ { SHIM, "-id", "c1", "start", "-id", "c2", "-bundle=/b" },
		  { .action = "start", .id = "c1", .bundle = "/b" },
		  false },
		{ { SHIM, "start", "x", "-id", "c1" }, { .action = "start" }, false },
		{ { SHIM, "start", "delete" }, { .action = "start" }, false },
		{ { SHIM, "delete", "start" }, { .action = "delete" }, false },
		{ { SHIM, "start", "-future", "-id", "c1" }, { .action = "start" }, false },
		{ { SHIM, "Start", "-id", "c1" }, { .action = "Start", .id = "c1" }, false },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

/* A word that may be the value of an unknown option may be the action as well. */
static void an_unknown_option_can_hide_start(void **state)
{
	static const struct row rows[] = {
		{ { SHIM, "-id", "c1", "-future", "start" }, { .id = "c1", .unknown = "-future" }, true },
		{ { SHIM, "-future", "x", "start" }, { .unknown = "-future" }, true },
		{ { SHIM, "-future", "delete" }, { .unknown = "-future" }, false },
		{ { SHIM, "-future" }, { .unknown = "-future" }, false },
		{ { SHIM, "-id", "start", "-future", "delete" }, { .id = "start", .unknown = "-future" }, false },
		{ { SHIM, "-future=start", "delete" }, { .action = "delete" }, false },
		{ { SHIM, "-future=x", "start" }, { .action = "start" }, false },
		{ { SHIM, "---id", "c1", "start" }, { .unknown = "---id" }, true },
	};

	(void)state;
	expect_rows(rows, COUNT(rows));
}

static void a_name_stands_for_a_class(void **state)
{
	static const struct {
		const char *name, *class;
	} rows[] = {
		{ "containerd-shim-nono-kata-v2", "nono-kata" },
		{ "containerd-shim-a-v2", "a" },
		{ "containerd-shim-v2", "containerd-shim-v2" },
		{ "containerd-shim-kata-v1", "containerd-shim-kata-v1" },
		{ "kata-nono-sandbox", "kata-nono-sandbox" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *class = kf_shim_handler(rows[i].name);

		expect_text(rows[i].name, "the class", class, rows[i].class);
		free(class);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_are_understood),
		cmocka_unit_test(flags_are_read_as_go_does),
		cmocka_unit_test(options_behind_the_action_fill_in),
		cmocka_unit_test(an_unknown_option_can_hide_start),
		cmocka_unit_test(a_name_stands_for_a_class),
	};

	return cmocka_run_group_tests_name("runtime/shim-args", tests, NULL, NULL);
}
