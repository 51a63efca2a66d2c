/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/seccomp-check.h"

static int check(const char *seccomp, struct kf_error *err)
{
	char text[4096];
	struct json_object *spec;
	int r;

	(void)snprintf(text, sizeof text, "{'linux':{'seccomp':%s}}", seccomp);
	spec = json_from(text);
	r = kf_seccomp_check(spec, err);
	(void)json_object_put(spec);
	return r;
}

#define RULE(names, action) "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[" names "]," action "}]}"

static void honest_filters_are_fine(void **state)
{
	static const char *const rows[] = {
		"null",
		"{}",
		"{'defaultAction':'SCMP_ACT_ALLOW'}",
		"{'defaultAction':'SCMP_ACT_ERRNO'}",
		"{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38}",
		"{'defaultAction':'SCMP_ACT_KILL'}",
		"{'defaultAction':'SCMP_ACT_LOG','defaultErrnoRet':0}",
		RULE("'openat'", "'action':'SCMP_ACT_ALLOW','errnoRet':0"),
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO'"),
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':null"),
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':1"),
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':4095"),
		RULE("'openat'", "'action':'SCMP_ACT_KILL_PROCESS'"),
		RULE("'openat'", "'action':'SCMP_ACT_TRAP'"),
		RULE("'ptrace','mkdir'", "'action':'SCMP_ACT_ERRNO','errnoRet':0"),
		RULE("'mount','mknod'", "'action':'SCMP_ACT_NOTIFY'"),
		RULE("'open_by_handle_at','readlinkx'", "'action':'SCMP_ACT_TRACE'"),
		RULE("'OPENAT',''", "'action':'SCMP_ACT_TRACE'"),
		RULE("", "'action':'SCMP_ACT_TRACE'"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_success(rows[i], check(rows[i], &err), &err);
	}
	struct json_object *spec = json_from("{}");
	struct kf_error err = { 0 };

	expect_success("no linux", kf_seccomp_check(spec, &err), &err);
	(void)json_object_put(spec);
}

static void a_filter_that_can_lie_is_refused(void **state)
{
	static const struct {
		const char *seccomp, *says;
	} rows[] = {
		{ RULE("'landlock_restrict_self'", "'action':'SCMP_ACT_ERRNO','errnoRet':0"),
		  "landlock_restrict_self by" },
		{ RULE("'x','prctl'", "'action':'SCMP_ACT_ERRNO','errnoRet':0"), "prctl by" },
		{ RULE("'execve'", "'action':'SCMP_ACT_ERRNO','errnoRet':-65536"), "execve by" },
		{ RULE("'newfstatat'", "'action':'SCMP_ACT_ERRNO','errnoRet':131072"), "newfstatat by" },
		{ RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':0,'args':[{'index':0}]"), "openat by" },
		{ RULE("'setrlimit'", "'action':'SCMP_ACT_TRACE'"), "setrlimit by SCMP_ACT_TRACE" },
		{ RULE("'openat'", "'action':'SCMP_ACT_TRACE','errnoRet':1"), "openat by SCMP_ACT_TRACE" },
		{ RULE("'read'", "'action':'SCMP_ACT_NOTIFY'"), "read by SCMP_ACT_NOTIFY" },
		{ "{'syscalls':[{'names':['openat'],'action':'SCMP_ACT_ALLOW'},"
		  "{'names':['openat'],'action':'SCMP_ACT_NOTIFY'}]}",
		  "openat by" },
		{ "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':0}", "landlock_create_ruleset by" },
		{ "{'defaultAction':'SCMP_ACT_TRACE'}", "landlock_create_ruleset by" },
		{ "{'defaultAction':'SCMP_ACT_NOTIFY','syscalls':[]}", "landlock_create_ruleset by" },
		/* A rule for certain arguments leaves the others to the default. */
		{ "{'defaultAction':'SCMP_ACT_TRACE','syscalls':[{'names':['landlock_create_ruleset'],"
		  "'action':'SCMP_ACT_ALLOW','args':[{'index':0}]}]}",
		  "landlock_create_ruleset by" },
		{ "{'defaultAction':'SCMP_ACT_TRACE','syscalls':[{'names':['landlock_create_ruleset',"
		  "'landlock_add_rule','landlock_restrict_self'],'action':'SCMP_ACT_ALLOW'}]}",
		  "prctl by" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i].seccomp, check(rows[i].seccomp, &err), EPERM, &err);
		assert_int_equal(err.reason, KF_REASON_SECCOMP_REFUSED);
		expect(rows[i].seccomp, strstr(err.message, rows[i].says) != NULL);
	}
}

static void an_error_that_is_not_a_number_is_refused(void **state)
{
	static const char *const rows[] = {
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':'0'"),
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':0.0"),
		RULE("'openat'", "'action':'SCMP_ACT_ERRNO','errnoRet':false"),
		"{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':[]}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i], check(rows[i], &err), EINVAL, &err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_filters_are_fine),
		cmocka_unit_test(a_filter_that_can_lie_is_refused),
		cmocka_unit_test(an_error_that_is_not_a_number_is_refused),
	};

	return cmocka_run_group_tests_name("oci/seccomp-check", tests, NULL, NULL);
}
