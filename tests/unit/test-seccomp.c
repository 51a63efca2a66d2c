/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "fixtures.h"
#include "oci/seccomp.h"

static const struct kf_seccomp_host amd64 = { "amd64", "SCMP_ARCH_X86_64", 6, 1 };
static const struct kf_seccomp_host arm64 = { "arm64", "SCMP_ARCH_AARCH64", 6, 1 };
static const struct kf_seccomp_host s390x = { "s390x", "SCMP_ARCH_S390X", 6, 1 };
static const struct kf_seccomp_host stranger = { NULL, NULL, 6, 1 };

#define ALLOW(name, more) "{'names':['" name "'],'action':'SCMP_ACT_ALLOW'" more "}"
#define RESOLVED(name) "{'defaultAction':'SCMP_ACT_KILL','syscalls':[" ALLOW(name, "") "]}"
#define NOTHING "{'defaultAction':'SCMP_ACT_KILL'}"
#define PROFILE(entry) "{'defaultAction':'SCMP_ACT_KILL','syscalls':[" entry "]}"

static void expect_resolved(const char *profile_text, const struct kf_seccomp_host *host, const char *caps_text,
			    const char *wanted)
{
	struct json_object *profile = json_from(profile_text), *seccomp = NULL;
	struct json_object *caps = caps_text ? json_from(caps_text) : NULL;
	struct kf_error err = { 0 };
	int r = kf_seccomp_resolve(profile, host, kf_json_member(caps, "c", json_type_array), &seccomp, &err);

	expect_success(profile_text, r, &err);
	expect_json(profile_text, seccomp, wanted);
	(void)json_object_put(profile);
	(void)json_object_put(caps);
	(void)json_object_put(seccomp);
}

static void entries_count_by_capability(void **state)
{
	static const struct {
		const char *filter, *caps;
		bool counts;
	} rows[] = {
		{ ",'includes':{'caps':['CAP_A']}", "{'c':['CAP_A']}", true },
		{ ",'includes':{'caps':['CAP_A']}", "{'c':['CAP_B','CAP_A']}", true },
		{ ",'includes':{'caps':['CAP_A']}", "{'c':['CAP_AB']}", false },
		{ ",'includes':{'caps':['CAP_A']}", "{'c':[]}", false },
		{ ",'includes':{'caps':['CAP_A']}", NULL, false },
		{ ",'includes':{'caps':['CAP_A']}", "{'c':[1,null,['CAP_A']]}", false },
		{ ",'includes':{'caps':['CAP_A','CAP_B']}", "{'c':['CAP_A']}", false },
		{ ",'includes':{'caps':['CAP_A','CAP_B']}", "{'c':['CAP_B','CAP_A']}", true },
		{ ",'includes':{'caps':[]}", NULL, true },
		{ ",'includes':{}", NULL, true },
		{ ",'excludes':{'caps':['CAP_A','CAP_B']}", NULL, true },
		{ ",'excludes':{'caps':['CAP_A','CAP_B']}", "{'c':['CAP_B']}", false },
		{ ",'excludes':{'caps':['CAP_A']}", "{'c':['CAP_C']}", true },
		{ ",'includes':{'caps':['CAP_A']},'excludes':{'caps':['CAP_B']}", "{'c':['CAP_A','CAP_B']}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char profile[512];

		(void)snprintf(profile, sizeof profile, PROFILE(ALLOW("read", "%s")), rows[i].filter);
		expect_resolved(profile, &amd64, rows[i].caps, rows[i].counts ? RESOLVED("read") : NOTHING);
	}
}

static void entries_count_by_machine(void **state)
{
	static const struct {
		const char *filter;
		const struct kf_seccomp_host *host;
		bool counts;
	} rows[] = {
		{ ",'includes':{'arches':['amd64','x32']}", &amd64, true },
		{ ",'includes':{'arches':['amd64','x32']}", &arm64, false },
		{ ",'includes':{'arches':['amd64','x32']}", &stranger, false },
		{ ",'includes':{'arches':[]}", &stranger, true },
		{ ",'excludes':{'arches':['s390','s390x']}", &s390x, false },
		{ ",'excludes':{'arches':['s390','s390x']}", &amd64, true },
		{ ",'excludes':{'arches':['s390','s390x']}", &stranger, true },
		{ ",'includes':{'minKernel':'4.8'}", &amd64, true },
		{ ",'includes':{'minKernel':'6.1'}", &amd64, true },
		{ ",'includes':{'minKernel':'6.2'}", &amd64, false },
		{ ",'includes':{'minKernel':'7.0'}", &amd64, false },
		{ ",'excludes':{'minKernel':'6.1'}", &amd64, false },
		{ ",'excludes':{'minKernel':'6.2'}", &amd64, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char profile[512];

		(void)snprintf(profile, sizeof profile, PROFILE(ALLOW("read", "%s")), rows[i].filter);
		expect_resolved(profile, rows[i].host, NULL, rows[i].counts ? RESOLVED("read") : NOTHING);
	}
}

static void architectures_are_the_hosts(void **state)
{
	static const char map[] =
		"{'defaultAction':'SCMP_ACT_KILL','archMap':["
		"{'architecture':'SCMP_ARCH_X86_64','subArchitectures':['SCMP_ARCH_X86','SCMP_ARCH_X32']},"
		"{'architecture':'SCMP_ARCH_AARCH64','subArchitectures':null}]}";

	(void)state;
	expect_resolved(map, &amd64, NULL,
			"{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86',"
			"'SCMP_ARCH_X32']}");
	expect_resolved(map, &arm64, NULL, "{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_AARCH64']}");
	expect_resolved(map, &s390x, NULL, NOTHING);
	expect_resolved(map, &stranger, NULL, NOTHING);
	expect_resolved("{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_ARM']}", &amd64, NULL,
			"{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_ARM']}");
}

static void a_second_architecture_is_asked_for(void **state)
{
	static const struct {
		const char *words, *left;
	} rows[] = {
		{ "", "['SCMP_ARCH_X86_64']" },
		{ "arm s390", "['SCMP_ARCH_X86_64']" },
		{ "x86", "['SCMP_ARCH_X86_64','SCMP_ARCH_X86']" },
		{ "x32", "['SCMP_ARCH_X86_64','SCMP_ARCH_X32']" },
		{ "x32 x86", "['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32']" },
		{ "x86_64 X8 x866", "['SCMP_ARCH_X86_64']" },
	};
	static const char map[] =
		"{'defaultAction':'SCMP_ACT_KILL','archMap':["
		"{'architecture':'SCMP_ARCH_X86_64','subArchitectures':['SCMP_ARCH_X86','SCMP_ARCH_X32']},"
		"{'architecture':'SCMP_ARCH_AARCH64','subArchitectures':null}]}";

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *profile = json_from(map), *seccomp = NULL;
		struct kf_error err = { 0 };
		struct kf_list words = { 0 };
		char wanted[256];

		for (const char *word = rows[i].words; *word; word += strspn(word, " ")) {
			assert_int_equal(kf_list_add(&words, word, strcspn(word, " ")), 0);
			word += strcspn(word, " ");
		}
		kf_seccomp_limit_architectures(profile, &words);
		expect_success(rows[i].words, kf_seccomp_resolve(profile, &amd64, NULL, &seccomp, &err), &err);
		(void)snprintf(wanted, sizeof wanted, "{'defaultAction':'SCMP_ACT_KILL','architectures':%s}",
			       rows[i].left);
		expect_json(rows[i].words, seccomp, wanted);
		(void)json_object_put(seccomp);
		(void)json_object_put(profile);
		kf_list_clear(&words);
	}
}

static void architectures_that_a_file_names_stay(void **state)
{
	static const char text[] = "{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_X86']}";
	struct json_object *profile = json_from(text);
	const struct kf_list none = { 0 };

	(void)state;
	kf_seccomp_limit_architectures(profile, &none);
	expect_json("architectures", profile, text);
	(void)json_object_put(profile);
}

/* The calls of a second architecture count where the filter is for it too, and what excludes it does not. */
static void entries_count_by_architecture_of_the_filter(void **state)
{
	static const struct {
		const char *subs, *filter;
		bool counts;
	} rows[] = {
		{ "'SCMP_ARCH_X86'", ",'includes':{'arches':['x86','arm']}", true },
		{ "'SCMP_ARCH_X32'", ",'includes':{'arches':['x86','arm']}", false },
		{ "'SCMP_ARCH_X86','SCMP_ARCH_X32'", ",'includes':{'arches':['arm','x32']}", true },
		{ "", ",'includes':{'arches':['x86']}", false },
		{ "'SCMP_ARCH_X86'", ",'excludes':{'arches':['x86']}", true },
		{ "'SCMP_ARCH_X86'", ",'excludes':{'arches':['amd64']}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char profile[512], wanted[512];
		const char *comma = rows[i].subs[0] ? "," : "";

		(void)snprintf(profile, sizeof profile,
			       "{'defaultAction':'SCMP_ACT_KILL','archMap':[{'architecture':'SCMP_ARCH_X86_64',"
			       "'subArchitectures':[%s]}],'syscalls':[" ALLOW("read", "%s") "]}",
			       rows[i].subs, rows[i].filter);
		(void)snprintf(wanted, sizeof wanted,
			       "{'defaultAction':'SCMP_ACT_KILL','architectures':['SCMP_ARCH_X86_64'%s%s]%s}", comma,
			       rows[i].subs, rows[i].counts ? ",'syscalls':[" ALLOW("read", "") "]" : "");
		expect_resolved(profile, &amd64, NULL, wanted);
	}
}

/*
 * Podman reads what its hook says and writes it anew: a member that Go leaves out would look like another filter
 * afterwards.
 */
static void the_form_is_the_one_go_writes(void **state)
{
	(void)state;
	expect_resolved(
		"{'syscalls':[{'action':'SCMP_ACT_ERRNO','names':['a','b'],'errnoRet':0,'errno':'','comment':'x',"
		"'args':[{'op':'SCMP_CMP_EQ','index':1,'value':18446744073709551615,'valueTwo':0},"
		"{'index':2,'value':0,'valueTwo':7,'op':'SCMP_CMP_MASKED_EQ'}]},"
		"{'names':['c'],'action':'SCMP_ACT_LOG','args':[]}],"
		"'flags':[],'listenerMetadata':'','listenerPath':'/run/x','architectures':[],"
		"'defaultErrno':'EPERM','defaultErrnoRet':1,'defaultAction':'SCMP_ACT_ERRNO'}",
		&amd64, NULL,
		"{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':1,'listenerPath':'/run/x','syscalls':["
		"{'names':['a','b'],'action':'SCMP_ACT_ERRNO','errnoRet':0,"
		"'args':[{'index':1,'value':18446744073709551615,'op':'SCMP_CMP_EQ'},"
		"{'index':2,'value':0,'valueTwo':7,'op':'SCMP_CMP_MASKED_EQ'}]},"
		"{'names':['c'],'action':'SCMP_ACT_LOG'}]}");
}

static void the_pods_own_filter_is_gone(void **state)
{
	static const struct {
		const char *before, *after;
		bool changed;
	} rows[] = {
		{ "{}", "{'linux':{'seccomp':" RESOLVED("read") "}}", true },
		{ "{'linux':null}", "{'linux':{'seccomp':" RESOLVED("read") "}}", true },
		{ "{'linux':{'seccomp':null,'x':-0}}", "{'linux':{'seccomp':" RESOLVED("read") ",'x':-0}}", true },
		{ "{'linux':{'seccomp':{},'x':1}}", "{'linux':{'seccomp':" RESOLVED("read") ",'x':1}}", true },
		{ "{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/run/s'}}}",
		  "{'linux':{'seccomp':" RESOLVED("read") "}}", true },
		{ "{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_KILL','DefaultAction':'SCMP_ACT_ALLOW','syscalls':"
		  "[" ALLOW("read", "") "]}}}",
		  "{'linux':{'seccomp':" RESOLVED("read") "}}", true },
		{ "{'linux':{'seccomp':" RESOLVED("read") "}}", "{'linux':{'seccomp':" RESOLVED("read") "}}", false },
		{ "{'linux':{'seccomp':" RESOLVED("reboot") "}}", "{'linux':{'seccomp':" RESOLVED("read") "}}", true },
		{ "{'process':{'capabilities':{'bounding':['CAP_SYS_BOOT'],'effective':['CAP_KILL']}}}",
		  "{'process':{'capabilities':{'bounding':['CAP_SYS_BOOT'],'effective':['CAP_KILL']}},"
		  "'linux':{'seccomp':" PROFILE(ALLOW("read", "") "," ALLOW("reboot", "")) "}}",
		  true },
		{ "{'process':{'capabilities':{'effective':['CAP_SYS_BOOT']}}}",
		  "{'process':{'capabilities':{'effective':['CAP_SYS_BOOT']}},"
		  "'linux':{'seccomp':" RESOLVED("read") "}}",
		  true },
	};
	struct json_object *profile =
		json_from(PROFILE(ALLOW("read", "") "," ALLOW("reboot", ",'includes':{'caps':['CAP_SYS_BOOT']}")));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].before);
		struct kf_error err = { 0 };
		bool changed = false;

		expect_success(rows[i].before, kf_seccomp_apply(spec, profile, &changed, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect(rows[i].before, changed == rows[i].changed);
		/* Twice is once. */
		changed = false;
		expect_success(rows[i].before, kf_seccomp_apply(spec, profile, &changed, &err), &err);
		expect(rows[i].before, !changed);
		(void)json_object_put(spec);
	}
	(void)json_object_put(profile);
}

static void a_linux_that_is_not_an_object_is_refused(void **state)
{
	struct json_object *spec = json_from("{'linux':[]}"), *profile = json_from(NOTHING);
	struct kf_error err = { 0 };
	bool changed = false;

	(void)state;
	expect_refusal("linux", kf_seccomp_apply(spec, profile, &changed, &err), EINVAL, &err);
	(void)json_object_put(spec);
	(void)json_object_put(profile);
}

static void this_host_is_known(void **state)
{
	struct kf_seccomp_host host;

	(void)state;
	assert_ptr_equal(kf_seccomp_this_host(&host), &host);
	assert_true(host.kernel_major >= 5);
	if (!host.arch)
		skip();
	assert_int_equal(strncmp(host.architecture, "SCMP_ARCH_", 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_count_by_capability),
		cmocka_unit_test(entries_count_by_machine),
		cmocka_unit_test(architectures_are_the_hosts),
		cmocka_unit_test(a_second_architecture_is_asked_for),
		cmocka_unit_test(architectures_that_a_file_names_stay),
		cmocka_unit_test(entries_count_by_architecture_of_the_filter),
		cmocka_unit_test(the_form_is_the_one_go_writes),
		cmocka_unit_test(the_pods_own_filter_is_gone),
		cmocka_unit_test(a_linux_that_is_not_an_object_is_refused),
		cmocka_unit_test(this_host_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
