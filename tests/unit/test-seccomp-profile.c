/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/seccomp-profile.h"

#define ACTION "'defaultAction':'SCMP_ACT_ERRNO'"
#define RULE(members) "{" ACTION ",'syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'," members "}]}"
#define ARG(members) RULE("'args':[{" members "}]")

/* TEXT with ' for ", as a file would have it. */
static int parse(const char *text, struct json_object **ret, struct kf_error *err)
{
	char *quoted = strdup(text);

	assert_non_null(quoted);
	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';

	int r = kf_seccomp_profile_parse(quoted, strlen(quoted), "/etc/p.json", ret, err);

	free(quoted);
	return r;
}

static void files_that_engines_write_are_taken(void **state)
{
	static const char *const rows[] = {
		"{" ACTION "}",
		"{'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':38,'defaultErrno':'ENOSYS','syscalls':[]}",
		"{" ACTION ",'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_LOONGARCH64'],'flags':[]}",
		"{" ACTION ",'flags':['SECCOMP_FILTER_FLAG_LOG'],'listenerPath':'/run/a.sock','listenerMetadata':'x'}",
		"{" ACTION ",'archMap':[{'architecture':'SCMP_ARCH_X86_64','subArchitectures':['SCMP_ARCH_X86']},"
		"{'architecture':'SCMP_ARCH_RISCV64','subArchitectures':null}]}",
		RULE("'args':null,'comment':'','includes':{},'excludes':{}"),
		RULE("'args':[],'comment':'why','errnoRet':1,'errno':'EPERM'"),
		RULE("'includes':{'caps':['CAP_SYS_ADMIN'],'arches':['amd64'],'minKernel':'4.8'}"),
		RULE("'includes':null,'excludes':null"),
		ARG("'index':5,'value':18446744073709551615,'valueTwo':0,'op':'SCMP_CMP_MASKED_EQ'"),
		ARG("'index':0,'value':0,'op':'SCMP_CMP_NE'"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *profile = NULL;
		struct kf_error err = { 0 };

		expect_success(rows[i], parse(rows[i], &profile, &err), &err);
		expect_json(rows[i], profile, rows[i]);
		(void)json_object_put(profile);
	}
}

static void a_profile_that_could_have_a_hole_is_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "", "not valid JSON" },
		{ "[]", "not a JSON object" },
		{ "{}", "defaultAction is missing" },
		{ "{'defaultAction':null}", "defaultAction is missing" },
		{ "{'defaultAction':'SCMP_ACT_ERNO'}", "is not an action" },
		{ "{'defaultAction':'SCMP_ACT_ERRNO\\u0000'}", "is not an action" },
		{ "{'defaultAction':1}", "is not an action" },
		{ "{'DefaultAction':'SCMP_ACT_ERRNO'}", "unknown key 'DefaultAction'" },
		{ "{" ACTION "," ACTION "}", "same key twice" },
		{ "{" ACTION ",'defaultaction':'SCMP_ACT_ALLOW'}", "unknown key 'defaultaction'" },
		{ "{" ACTION ",'syscall':[]}", "unknown key 'syscall'" },
		{ "{" ACTION ",'defaultErrnoRet':4096}", "more than 4095" },
		{ "{" ACTION ",'defaultErrnoRet':-1}", "whole number" },
		{ "{" ACTION ",'defaultErrnoRet':'1'}", "whole number" },
		{ "{" ACTION ",'defaultErrno':'EPERM'}", "add the number" },
		{ "{" ACTION ",'architectures':'SCMP_ARCH_X86'}", "is not an array" },
		{ "{" ACTION ",'architectures':['x86_64']}", "starts with SCMP_ARCH_" },
		{ "{" ACTION ",'architectures':['SCMP_ARCH_']}", "starts with SCMP_ARCH_" },
		{ "{" ACTION ",'architectures':[null]}", "architectures[0] is null" },
		{ "{" ACTION ",'architectures':[],'archMap':[]}", "keep one" },
		{ "{" ACTION ",'archMap':[{'subArchitectures':[]}]}", "architecture is missing" },
		{ "{" ACTION ",'archMap':[{'architecture':'SCMP_ARCH_X86','x':1}]}", "unknown key 'x'" },
		{ "{" ACTION ",'flags':['LOG']}", "starts with SECCOMP_FILTER_FLAG_" },
		{ "{" ACTION ",'listenerPath':'run/x'}", "absolute path" },
		{ "{" ACTION ",'syscalls':{}}", "is not an array" },
		{ "{" ACTION ",'syscalls':[[]]}", "is not an object" },
		{ "{" ACTION ",'syscalls':[{'action':'SCMP_ACT_ALLOW'}]}", "names is missing" },
		{ "{" ACTION ",'syscalls':[{'names':['read']}]}", "action is missing" },
		{ "{" ACTION ",'syscalls':[{'name':'read','action':'SCMP_ACT_ALLOW'}]}", "unknown key 'name'" },
		{ "{" ACTION ",'syscalls':[{'names':[],'action':'SCMP_ACT_ALLOW'}]}", "names is empty" },
		{ "{" ACTION ",'syscalls':[{'names':['a b'],'action':'SCMP_ACT_ALLOW'}]}", "name of a system call" },
		{ "{" ACTION ",'syscalls':[{'names':[''],'action':'SCMP_ACT_ALLOW'}]}", "name of a system call" },
		{ "{" ACTION ",'syscalls':[{'names':[7],'action':'SCMP_ACT_ALLOW'}]}", "syscalls[0]: names[0]" },
		{ RULE("'errno':'EPERM'"), "add the number" },
		{ RULE("'comment':1"), "is not a string" },
		{ RULE("'includes':{'cap':['CAP_SYS_ADMIN']}"), "unknown key 'cap'" },
		{ RULE("'includes':{'caps':['SYS_ADMIN']}"), "starts with CAP_" },
		{ RULE("'includes':{'minKernel':'5'}"), "version of a kernel" },
		{ RULE("'includes':{'minKernel':'5.x'}"), "version of a kernel" },
		{ RULE("'includes':{'minKernel':'-5.1'}"), "version of a kernel" },
		{ RULE("'args':{}"), "is not an array" },
		{ ARG("'index':6,'value':0,'op':'SCMP_CMP_EQ'"), "more than 5" },
		{ ARG("'value':0,'op':'SCMP_CMP_EQ'"), "index is missing" },
		{ ARG("'index':0,'op':'SCMP_CMP_EQ'"), "value is missing" },
		{ ARG("'index':0,'value':0"), "op is missing" },
		{ ARG("'index':0,'value':0,'op':'EQ'"), "is not an operator" },
		{ ARG("'index':0,'value':1.0,'op':'SCMP_CMP_EQ'"), "whole number" },
		{ ARG("'index':0,'value':-0,'op':'SCMP_CMP_EQ'"), "whole number" },
		{ ARG("'index':0,'value':-5,'op':'SCMP_CMP_EQ'"), "whole number" },
		{ ARG("'index':0,'value':18446744073709551616,'op':'SCMP_CMP_EQ'"), "whole number" },
		{ ARG("'index':0,'value':true,'op':'SCMP_CMP_EQ'"), "whole number" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *profile = NULL;
		struct kf_error err = { 0 };

		expect_refusal(rows[i].text, parse(rows[i].text, &profile, &err), EINVAL, &err);
		expect(rows[i].text, profile == NULL);
		if (!strstr(err.message, rows[i].message) || strncmp(err.message, "/etc/p.json", 11) != 0)
			fail_msg("%s: the message is '%s'", rows[i].text, err.message);
	}
}

/* HEAD, COUNT times PIECE with commas between, TAIL. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
	size_t room = strlen(head) + count * (strlen(piece) + 1) + strlen(tail) + 1;
	char *text = malloc(room), *end = text;

	assert_non_null(text);
	end = stpcpy(end, head);
	for (size_t i = 0; i < count; i++) {
		end = stpcpy(end, i ? "," : "");
		end = stpcpy(end, piece);
	}
	(void)stpcpy(end, tail);
	return text;
}

static void everything_has_a_limit(void **state)
{
	static const struct {
		const char *head, *piece;
		size_t count;
		const char *tail;
		int code;
	} rows[] = {
		{ "{" ACTION ",'syscalls':[", "{'names':['a'],'action':'SCMP_ACT_LOG'}", 2048, "]}", 0 },
		{ "{" ACTION ",'syscalls':[", "{'names':['a'],'action':'SCMP_ACT_LOG'}", 2049, "]}", E2BIG },
		{ "{" ACTION ",'syscalls':[", "{'names':['a'],'action':'SCMP_ACT_LOG'}", 100000, "]}", EFBIG },
		{ "{" ACTION ",'syscalls':[{'action':'SCMP_ACT_LOG','names':[", "'a'", 1024, "]}]}", 0 },
		{ "{" ACTION ",'syscalls':[{'action':'SCMP_ACT_LOG','names':[", "'a'", 1025, "]}]}", E2BIG },
		{ RULE("'args':["), "{'index':0,'value':0,'op':'SCMP_CMP_EQ'}", 17, "]}", EINVAL },
		{ "{" ACTION ",'flags':[", "'SECCOMP_FILTER_FLAG_X'", 1025, "]}", E2BIG },
		{ "{" ACTION ",'flags':", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 3, "}", EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = repeated(rows[i].head, rows[i].piece, rows[i].count, rows[i].tail);
		struct json_object *profile = NULL;
		struct kf_error err = { 0 };
		int r = parse(text, &profile, &err);

		if (rows[i].code)
			expect_refusal(rows[i].piece, r, rows[i].code, &err);
		else
			expect_success(rows[i].piece, r, &err);
		(void)json_object_put(profile);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_engines_write_are_taken),
		cmocka_unit_test(a_profile_that_could_have_a_hole_is_refused),
		cmocka_unit_test(everything_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
