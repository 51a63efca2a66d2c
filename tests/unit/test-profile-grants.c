/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "nono/profile-grants.h"

/* Each group on one line: "what: item item". */
static const char *grants_of(const char *text)
{
	static char lines[4096];
	struct kf_profile profile = { .document = json_from(text) };
	struct kf_grants grants = { 0 };
	size_t used = 0;

	lines[0] = '\0';
	assert_int_equal(kf_profile_grants(&profile, &grants), 0);
	for (size_t i = 0; i < grants.count; i++) {
		used += (size_t)snprintf(lines + used, sizeof lines - used, "%s:", grants.items[i].what);
		for (size_t n = 0; n < grants.items[i].items.count; n++)
			used += (size_t)snprintf(lines + used, sizeof lines - used, " %s",
						 grants.items[i].items.items[n]);
		used += (size_t)snprintf(lines + used, sizeof lines - used, "\n");
	}
	kf_grants_done(&grants);
	kf_profile_done(&profile);
	return lines;
}

static void grants_are_sorted(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "{}", "" },
		{ "{'meta':{'name':'x'},'filesystem':{}}", "" },
		{ "{'filesystem':{'read':['/a','/b'],'allow':['/w'],'read_file':['/f'],'write':[],'deny':['/s']}}",
		  "read: /a /b /f\nread and write: /w\ndeny: /s\n" },
		{ "{'filesystem':{'write_file':['/x'],'allow_file':['/y'],'bypass_protection':['/z']}}",
		  "write: /x\nread and write: /y\nfilesystem.bypass_protection: /z\n" },
		{ "{'network':{'block':true,'open_port':[80,443]},'groups':{'include':['a'],'exclude':['b']}}",
		  "groups.include: a\ngroups.exclude: b\nnetwork.block: true\nnetwork.open_port: 80 443\n" },
		/* Of another shape than ours: shown as it is, or not at all. */
		{ "{'filesystem':{'read':'/a','write':{'path':'/b'},'deny':null,'allow':[null,3,['/c']]}}",
		  "read: /a\nwrite: {\"path\":\"/b\"}\nread and write: null 3 [\"/c\"]\n" },
		{ "{'filesystem':['/a'],'groups':'all','network':null}", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_text(rows[i].text, "grants", grants_of(rows[i].text), rows[i].wanted);
}

static void there_is_room_for_some_groups(void **state)
{
	struct kf_profile profile = { .document = json_from("{'network':{}}") };
	struct json_object *network = kf_json_member(profile.document, "network", json_type_object);
	struct kf_grants grants = { 0 };
	char key[128];

	(void)state;
	for (int i = 0; i < KF_GRANTS_MAX + 3; i++) {
		(void)snprintf(key, sizeof key, "%d-a-key-that-is-longer-than-anything-that-nono-knows-of", i);
		assert_int_equal(kf_json_set_string(network, key, "x"), 0);
	}
	assert_int_equal(kf_profile_grants(&profile, &grants), 0);
	assert_int_equal(grants.count, KF_GRANTS_MAX);
	assert_int_equal(grants.left_out, 3);
	kf_grants_done(&grants);
	kf_profile_done(&profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grants_are_sorted),
		cmocka_unit_test(there_is_room_for_some_groups),
	};

	return cmocka_run_group_tests_name("nono/profile-grants", tests, NULL, NULL);
}
