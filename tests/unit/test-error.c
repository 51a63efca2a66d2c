/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"

/* The length that fits before "..." plus the longest escape; see kf_quote(). */
enum { QUOTED_WHOLE = 153 };

static void fail_fills_code_and_message(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_fail(&err, EPERM, "%s is number %d", "it", 7), -EPERM);
	assert_int_equal(err.code, EPERM);
	assert_string_equal(err.message, "it is number 7");
}

static void fail_errno_appends_the_text(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_fail_errno(&err, ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_string_equal(err.message, "cannot open x: No such file or directory");
}

static void a_new_error_replaces_the_old_one(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	(void)kf_fail(&err, EPERM, "%s", "a long first message");
	(void)kf_fail(&err, EIO, "short");
	assert_int_equal(err.code, EIO);
	assert_string_equal(err.message, "short");
}

/* The reason is stated once: at the failure, or at the first call that knows it. */
static void the_first_reason_stays(void **state)
{
	struct kf_error err = { 0 }, kept = { 0 };

	(void)state;
	(void)kf_fail(&err, EIO, "no");
	assert_int_equal(kf_because(&err, KF_REASON_SPEC_INVALID), -EIO);
	assert_int_equal(err.reason, KF_REASON_SPEC_INVALID);
	assert_int_equal(kf_because(&err, KF_REASON_RECORD_FAILED), -EIO);
	assert_int_equal(err.reason, KF_REASON_SPEC_INVALID);
	assert_int_equal(kf_deny(&err, KF_REASON_NOT_WRAPPED, EPERM, "not %s", "wrapped"), -EPERM);
	assert_int_equal(kf_because(&err, KF_REASON_SPEC_INVALID), -EPERM);
	assert_int_equal(err.reason, KF_REASON_NOT_WRAPPED);
	assert_string_equal(err.message, "not wrapped");

	/* A new error has no reason of an older one. */
	(void)kf_fail_errno(&err, ENOENT, "cannot open %s", "x");
	assert_int_equal(err.reason, KF_REASON_INTERNAL_ERROR);

	(void)kf_deny(&kept, KF_REASON_PROCESS_INVALID, EINVAL, "kept");
	assert_int_equal(kf_fail_as(&err, &kept), -EINVAL);
	assert_int_equal(err.reason, KF_REASON_PROCESS_INVALID);
	assert_string_equal(err.message, "kept");
}

static void out_of_memory_is_one_message(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_oom(&err), -ENOMEM);
	assert_int_equal(err.code, ENOMEM);
	assert_string_equal(err.message, "out of memory");
}

static void long_messages_are_cut_and_terminated(void **state)
{
	struct {
		struct kf_error err;
		char guard[16];
	} box;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memset(&box, 0x5a, sizeof box);
	(void)kf_fail(&box.err, EPERM, "%s", text);
	assert_int_equal(strlen(box.err.message), sizeof box.err.message - 1);
	(void)kf_fail_errno(&box.err, EPERM, "%s", text);
	assert_int_equal(strlen(box.err.message), sizeof box.err.message - 1);
	/* Room for a part of ": Operation not permitted" only. */
	text[sizeof box.err.message - 6] = '\0';
	(void)kf_fail_errno(&box.err, EPERM, "%s", text);
	assert_int_equal(strlen(box.err.message), sizeof box.err.message - 1);
	for (size_t i = 0; i < sizeof box.guard; i++)
		assert_int_equal(box.guard[i], 0x5a);
}

static void quote_keeps_printable_ascii_only(void **state)
{
	static const struct {
		const char *text, *quoted;
	} rows[] = {
		{ NULL, "(none)" },
		{ "", "" },
		{ "claude-code", "claude-code" },
		{ "it's \"fine\" ~ %s %n", "it's \"fine\" ~ %s %n" },
		{ "a\nMESSAGE=injected", "a\\x0aMESSAGE=injected" },
		{ "\r\t\v\x01\x1f", "\\x0d\\x09\\x0b\\x01\\x1f" },
		{ "\x1b[2Jgone", "\\x1b[2Jgone" },
		{ "\x7f", "\\x7f" },
		{ "\xc3\xa4\xff\x80", "\\xc3\\xa4\\xff\\x80" },
		/* No text can look like one of our escapes. */
		{ "\\x0a", "\\x5cx0a" },
	};
	char buf[KF_QUOTED_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_text(rows[i].quoted, "the quoted text", kf_quote(buf, rows[i].text), rows[i].quoted);
}

static void quote_cuts_at_its_limit(void **state)
{
	char text[QUOTED_WHOLE + 2], buf[KF_QUOTED_MAX];

	(void)state;
	memset(text, 'a', sizeof text);
	text[QUOTED_WHOLE] = '\0';
	assert_string_equal(kf_quote(buf, text), text);
	text[QUOTED_WHOLE] = 'a';
	text[QUOTED_WHOLE + 1] = '\0';
	(void)kf_quote(buf, text);
	assert_int_equal(strlen(buf), QUOTED_WHOLE + 3);
	assert_string_equal(buf + QUOTED_WHOLE, "...");
	assert_memory_equal(buf, text, QUOTED_WHOLE);
}

/* Every byte at every distance from the limit: the result fits, ends, and is one printable line. */
static void quote_never_writes_beyond_its_buffer(void **state)
{
	char text[KF_QUOTED_MAX + 8];
	struct {
		char buf[KF_QUOTED_MAX];
		char guard;
	} box;

	(void)state;
	for (size_t length = 0; length < sizeof text; length++) {
		for (int byte = 1; byte < 256; byte++) {
			memset(text, 'a', length);
			memset(text + length / 2, byte, length - length / 2);
			text[length < sizeof text ? length : sizeof text - 1] = '\0';
			box.guard = 0x5a;
			(void)kf_quote(box.buf, text);
			assert_int_equal(box.guard, 0x5a);
			assert_true(memchr(box.buf, '\0', sizeof box.buf) != NULL);
			for (const char *c = box.buf; *c; c++)
				assert_true(*c >= 0x20 && *c < 0x7f);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_fills_code_and_message),
		cmocka_unit_test(fail_errno_appends_the_text),
		cmocka_unit_test(a_new_error_replaces_the_old_one),
		cmocka_unit_test(the_first_reason_stays),
		cmocka_unit_test(out_of_memory_is_one_message),
		cmocka_unit_test(long_messages_are_cut_and_terminated),
		cmocka_unit_test(quote_keeps_printable_ascii_only),
		cmocka_unit_test(quote_cuts_at_its_limit),
		cmocka_unit_test(quote_never_writes_beyond_its_buffer),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
