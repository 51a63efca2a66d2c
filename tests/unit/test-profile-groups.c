/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "nono/profile-groups.h"

static void groups_of_nono_are_fine(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{'groups':{}}",
		"{'groups':{'include':[],'exclude':[]}}",
		"{'groups':{'include':['git_config',{'name':'deny_credentials','when':'linux'}]}}",
		"{'groups':{'exclude':['system_write_linux','dangerous_commands',{'name':'user_tools'}]}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *document = json_from(rows[i]);
		struct kf_error err = { 0 };

		expect_success(rows[i], kf_profile_check_groups(document, "P", &err), &err);
		(void)json_object_put(document);
	}
}

static void other_names_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "{'groups':{'include':['git_config','git_confg']}}",
		  "'git_confg' in groups.include, which is not a" },
		{ "{'groups':{'include':['']}}", "'' in groups.include" },
		{ "{'groups':{'include':[{'name':'a\\nb'}]}}", "'a\\x0ab' in groups.include" },
		/* nono would pass over it, and leave the group in. */
		{ "{'groups':{'exclude':['system_write_linxu']}}",
		  "'system_write_linxu' in groups.exclude, which is not a" },
		{ "{'groups':{'exclude':['deny_credentials']}}",
		  "'deny_credentials' in groups.exclude, which nono does not" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *document = json_from(rows[i][0]);
		struct kf_error err = { 0 };

		expect_refusal(rows[i][0], kf_profile_check_groups(document, "P", &err), ENOTSUP, &err);
		if (!strstr(err.message, rows[i][1]) || !strstr(err.message, "profile P has ") ||
		    !strstr(err.message, "remove it"))
			fail_msg("%s: the message is '%s'", rows[i][0], err.message);
		(void)json_object_put(document);
	}
}

static void an_excluded_group_is_seen(void **state)
{
	static const struct {
		const char *text;
		bool excluded;
	} rows[] = {
		{ "{}", false },
		{ "{'groups':{'include':['a']}}", false },
		{ "{'groups':{'exclude':['b','ab',{'path':'a'}]}}", false },
		{ "{'groups':{'exclude':['b','a']}}", true },
		{ "{'groups':{'exclude':[{'name':'a','when':'linux'}]}}", true },
		{ "{'groups':{'exclude':'a'}}", false },
		{ "{'groups':['a']}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *document = json_from(rows[i].text);

		expect(rows[i].text, kf_profile_excludes_group(document, "a") == rows[i].excluded);
		(void)json_object_put(document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_of_nono_are_fine),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(an_excluded_group_is_seen),
	};

	return cmocka_run_group_tests_name("nono/profile-groups", tests, NULL, NULL);
}
