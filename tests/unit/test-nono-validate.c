/* SPDX-License-Identifier: Apache-2.0 */
/* valgrind: it makes a fork of posix_spawn(3), and loses the errors that come back through shared memory */
#include "fixtures.h"
#include "nono/validate.h"

static int validate(const struct scratch *scratch, const char *script, struct kf_error *err)
{
	put_bytes(in(scratch, "nono"), script, strlen(script), 0755);
	return kf_nono_validate(in(scratch, "nono"), "/x/P.json", KF_NONO_MSEC, err);
}

static void its_exit_status_counts(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_success("accepted", validate(scratch, "#!/bin/sh\necho fine\n", &err), &err);
	expect_refusal("refused", validate(scratch, "#!/bin/sh\nexit 1\n", &err), EINVAL, &err);
	expect_refusal("killed", validate(scratch, "#!/bin/sh\nkill -KILL $$\n", &err), EINVAL, &err);
	expect_refusal("missing", kf_nono_validate(in(scratch, "none"), "/x", KF_NONO_MSEC, &err), ENOENT, &err);
	put_bytes(in(scratch, "text"), "text", 4, 0644);
	expect_refusal("no program", kf_nono_validate(in(scratch, "text"), "/x", KF_NONO_MSEC, &err), EACCES, &err);
}

static void its_words_come_through_as_one_plain_line(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_refusal("words",
		       validate(scratch,
				"#!/bin/sh\necho 'head'; printf '  [err]  bad \\033[1mfield\\n  more\\n' >&2; exit 1\n",
				&err),
		       EINVAL, &err);
	assert_non_null(strstr(err.message, "accept it: bad \\x1b[1mfield"));
	assert_null(strstr(err.message, "more"));
	/* More than the program reads. */
	expect_refusal("endless", validate(scratch, "#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' x; exit 1\n", &err),
		       EINVAL, &err);
}

static void it_is_called_with_nothing_of_ours(void **state)
{
	static const char script[] =
		"#!/bin/sh\n"
		"test \"$*\" = '-s profile validate /x/P.json' && test -z \"$KF_SECRET$NONO_ALLOW\" &&\n"
		"test ! -e \"$HOME\" && test \"$NONO_NO_UPDATE_CHECK\" = 1 && ! read line\n";
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();
	struct kf_error err = { 0 };

	assert_int_equal(setenv("KF_SECRET", "x", 1), 0);
	assert_int_equal(setenv("NONO_ALLOW", "/", 1), 0);
	expect_success("call", validate(scratch, script, &err), &err);
	assert_int_equal(open_descriptors(), before);
}

static void it_has_a_deadline(void **state)
{
	static const char script[] = "#!/bin/sh\nexec sleep 60\n";
	const struct scratch *scratch = *state;
	const char *nono = in(scratch, "nono");
	struct kf_nono_version version;
	struct kf_error err = { 0 };

	assert_int_equal(KF_NONO_MSEC, 10 * 1000);
	put_bytes(nono, script, strlen(script), 0755);
	expect_refusal("hanging", kf_nono_validate(nono, "/x/P.json", 200, &err), ETIMEDOUT, &err);
	expect_refusal("version", kf_nono_version(nono, 200, &version, &err), ETIMEDOUT, &err);
}

static void versions_are_read(void **state)
{
	static const struct {
		const char *text;
		bool read, known;
	} rows[] = {
		{ "nono 0.80.0\n", true, true },
		{ "nono 0.66.0", true, true },
		{ "nono 0.80.12 (abc)\n", true, true },
		{ "nono 0.65.9\n", true, false },
		{ "nono 0.81.0\n", true, false },
		{ "nono 1.70.0\n", true, false },
		{ "nono 0.0.0 (the stand-in)\n", true, false },
		{ "", false, false },
		{ "nono", false, false },
		{ "nono \n", false, false },
		{ "nono 0.80\n", false, false },
		{ "nono 0.80.\n", false, false },
		{ "nono 0.80.0.1\n", false, false },
		{ "nono 0.80.0-rc1\n", false, false },
		{ "nono 0.80.0\xff\n", false, false },
		{ "nono -1.80.0\n", false, false },
		{ "nono  0.80.0\n", false, false },
		{ "nono 0..0\n", false, false },
		{ "nono 0.99999999999.0\n", false, false },
		{ "nano 0.80.0\n", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_nono_version version = { 0 };

		expect(rows[i].text, (kf_nono_version_parse(rows[i].text, &version) == 0) == rows[i].read);
		expect(rows[i].text, !rows[i].read || kf_nono_version_known(&version) == rows[i].known);
	}
}

static void the_version_is_asked_for(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_nono_version version;
	struct kf_error err = { 0 };
	const char *path = in(scratch, "nono");

	put_bytes(path, "#!/bin/sh\necho \"nono 0.7.$#\"\n", strlen("#!/bin/sh\necho \"nono 0.7.$#\"\n"), 0755);
	expect_success("version", kf_nono_version(path, KF_NONO_MSEC, &version, &err), &err);
	assert_int_equal(version.minor, 7);
	assert_int_equal(version.patch, 1);
	put_bytes(path, "#!/bin/sh\necho \"nono 0.7.0\"\nexit 1", strlen("#!/bin/sh\necho \"nono 0.7.0\"\nexit 1"),
		  0755);
	expect_refusal("fails", kf_nono_version(path, KF_NONO_MSEC, &version, &err), EINVAL, &err);
	put_bytes(path, "#!/bin/sh\nprintf '\\033[2J'\n", strlen("#!/bin/sh\nprintf '\\033[2J'\n"), 0755);
	expect_refusal("escapes", kf_nono_version(path, KF_NONO_MSEC, &version, &err), EINVAL, &err);
	assert_non_null(strstr(err.message, "\\x1b[2J"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(its_exit_status_counts),
		scratch_test(its_words_come_through_as_one_plain_line),
		scratch_test(it_is_called_with_nothing_of_ours),
		scratch_test(it_has_a_deadline),
		cmocka_unit_test(versions_are_read),
		scratch_test(the_version_is_asked_for),
	};

	return cmocka_run_group_tests_name("nono/validate", tests, NULL, NULL);
}
