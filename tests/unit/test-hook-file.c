/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hook-file.h"
#include "fixtures.h"

#define OURS "'version':'1.0.0','hook':{'path':'/usr/libexec/oci/hooks.d/kubefence-hook'}"

static int parse(const char *text, struct json_object **ret, struct kf_error *err)
{
	char *quoted = strdup(text);
	int r;

	assert_non_null(quoted);
	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	r = kf_hook_file_parse(quoted, strlen(quoted), "x.json", ret, err);
	free(quoted);
	return r;
}

static void files_that_engines_refuse_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"[]",
		"{",
		"null",
		"{}",
		"{'hook':{'path':'/x'},'stages':[]}",
		"{'version':'0.1.0','hook':{'path':'/x'},'stages':[]}",
		"{'version':1,'hook':{'path':'/x'},'stages':[]}",
		"{'version':'1.0.0','stages':[]}",
		"{'version':'1.0.0','hook':'/x','stages':[]}",
		"{'version':'1.0.0','hook':{'path':'x'},'stages':[]}",
		"{'version':'1.0.0','hook':{'path':''},'stages':[]}",
		"{'version':'1.0.0','hook':{'path':['/x']},'stages':[]}",
		"{'version':'1.0.0','hook':{'path':'/x'}}",
		"{'version':'1.0.0','hook':{'path':'/x'},'stages':'poststop'}",
	};
	struct kf_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *file = NULL;

		expect_refusal(rows[i], parse(rows[i], &file, &err), EINVAL, &err);
		assert_null(file);
	}
}

static void its_members_are_found(void **state)
{
	static const struct {
		const char *text, *program;
		bool ours, create, precreate, all;
	} rows[] = {
		{ "{" OURS ",'when':{'always':true},'stages':['createRuntime']}",
		  "/usr/libexec/oci/hooks.d/kubefence-hook", true, true, false, true },
		{ "{" OURS ",'when':{'annotations':{'a':'b'}},'stages':['precreate','createRuntime']}",
		  "/usr/libexec/oci/hooks.d/kubefence-hook", true, true, true, false },
		{ "{" OURS ",'when':{'always':'true'},'stages':[]}", "/usr/libexec/oci/hooks.d/kubefence-hook", true,
		  false, false, false },
		{ "{" OURS ",'stages':[['createRuntime'],null,3]}", "/usr/libexec/oci/hooks.d/kubefence-hook", true,
		  false, false, false },
		{ "{'version':'1.0.0','hook':{'path':'/opt/not-kubefence-hook'},'stages':['precreate']}",
		  "/opt/not-kubefence-hook", false, false, true, false },
		{ "{'version':'1.0.0','hook':{'path':'/kubefence-hook/'},'when':[],'stages':[]}", "/kubefence-hook/",
		  false, false, false, false },
	};
	struct kf_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *file = NULL;

		expect_success(rows[i].text, parse(rows[i].text, &file, &err), &err);
		expect_text(rows[i].text, "program", kf_hook_file_program(file), rows[i].program);
		expect(rows[i].text, kf_hook_file_is_ours(file) == rows[i].ours);
		expect(rows[i].text, kf_hook_file_has_stage(file, "createRuntime") == rows[i].create);
		expect(rows[i].text, kf_hook_file_has_stage(file, "precreate") == rows[i].precreate);
		expect(rows[i].text, kf_hook_file_is_for_all(file) == rows[i].all);
		(void)json_object_put(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_engines_refuse_are_refused),
		cmocka_unit_test(its_members_are_found),
	};

	return cmocka_run_group_tests_name("cli/hook-file", tests, NULL, NULL);
}
