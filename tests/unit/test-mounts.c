/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/mounts.h"

#define SOURCE "/opt/nono-nri"
#define OURS "{'destination':'/nono','type':'bind','source':'" SOURCE "','options':['rbind','rprivate','ro']}"
#define PROC "{'destination':'/proc','type':'proc','source':'proc'}"

#define POLICY "/run/kubefence/abc/policy.json"
#define OUR_POLICY                                                                                                     \
	"{'destination':'/nono/profiles/tight.json','type':'bind','source':'" POLICY                                   \
	"','options':['rbind','rprivate','ro']}"

static const struct kf_nono_mounts none, directory = { .source = SOURCE },
					 both = { .source = SOURCE, .policy_source = POLICY, .profile = "tight" };

static int check(const char *mounts, const char *source, bool *ret_present, struct kf_error *err)
{
	char text[2048];
	struct json_object *spec;
	int r;

	(void)snprintf(text, sizeof text, "{'mounts':%s}", mounts);
	spec = json_from(text);
	const struct kf_nono_mounts ours = { .source = source };

	r = kf_mounts_check(spec, &ours, ret_present, err);
	(void)json_object_put(spec);
	return r;
}

static void no_destination_reaches_nono(void **state)
{
	static const struct {
		const char *destination;
		bool fine;
	} rows[] = {
		{ "/proc", true },
		{ "/etc/hosts", true },
		{ "relative", true },
		{ "/nonox", true },
		{ "/nono2/nono", true },
		{ "/non", true },
		{ "/n", true },
		{ "/NONO", true },
		{ "/ nono", true },
		{ "/nono ", true },
		{ "/a/nono", true },
		{ "/opt/nono", true },
		{ "/.nono", true },
		{ "/...", true },
		{ "/nono../x", true },
		{ "/nono/../etc", true },
		{ "/nono/x/../../etc", true },
		{ "\\\\nono", true },
		{ "/nono\\\\", true },
		{ "/%6eono", true },

		{ "/nono", false },
		{ "nono", false },
		{ "/nono/", false },
		{ "nono/", false },
		{ "//nono//", false },
		{ "///nono", false },
		{ "/./nono", false },
		{ "./nono", false },
		{ "/nono/.", false },
		{ "/nono/./.", false },
		{ "/a/../nono", false },
		{ "/../nono", false },
		{ "../nono", false },
		{ "../../../nono", false },
		{ "/a/b/../../nono", false },
		{ "a/../nono", false },
		{ "/a/..//./nono/.//", false },
		{ "/nono/x", false },
		{ "/nono/nono", false },
		{ "/nono/profiles", false },
		{ "/nono/profiles/default.json", false },
		{ "nono/x/..", false },
		{ "/nono/../nono", false },
		{ "/nono/../../nono/y", false },
		/* Above: our directory would lie in it. */
		{ "/", false },
		{ "//", false },
		{ ".", false },
		{ "/.", false },
		{ "..", false },
		{ "/..", false },
		{ "", false },
		{ "/nono/..", false },
		{ "/a/..", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static const char *const sources[] = { NULL, SOURCE };
		char mounts[512];

		(void)snprintf(mounts, sizeof mounts, "[" PROC ",{'destination':'%s','type':'tmpfs'}]",
			       rows[i].destination);
		for (size_t s = 0; s < COUNT(sources); s++) {
			struct kf_error err = { 0 };
			bool present = true;
			int r = check(mounts, sources[s], &present, &err);

			if (rows[i].fine) {
				expect_success(rows[i].destination, r, &err);
				expect(rows[i].destination, !present);
			} else {
				expect_refusal(rows[i].destination, r, EEXIST, &err);
				expect(rows[i].destination, present);
			}
		}
	}
}

static void every_place_in_the_list_counts(void **state)
{
	static const char *const rows[] = {
		"[{'destination':'/nono','type':'tmpfs'}," PROC "]",
		"[" PROC ",{'destination':'/nono/x'}," PROC "]",
		"[" PROC "," PROC ",{'destination':'nono'}]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		bool present;

		expect_refusal(rows[i], check(rows[i], NULL, &present, &err), EEXIST, &err);
		expect_refusal(rows[i], check(rows[i], SOURCE, &present, &err), EEXIST, &err);
	}
}

static void malformed_entries_are_refused(void **state)
{
	static const char *const rows[] = {
		"[{}]",
		"[{'destination':null}]",
		"[{'destination':['/nono']}]",
		"[{'destination':1}]",
		"[{'destination':'/nono\\u0000x'}]",
		"[{'destination':'/x\\u0000'}]",
		"[{'source':'/nono'}]",
		"[null]",
		"['/nono']",
		"[[" PROC "]]",
		"[" PROC ",null]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		bool present;

		expect_refusal(rows[i], check(rows[i], NULL, &present, &err), EINVAL, &err);
		expect_refusal(rows[i], check(rows[i], SOURCE, &present, &err), EINVAL, &err);
	}
}

/* Mounts that cannot be read may have one at /nono. */
static void mounts_that_are_no_list_are_refused(void **state)
{
	static const char *const rows[] = { "{}", "{'0':{'destination':'/nono'}}", "'x'", "1", "true" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		bool present;

		expect_refusal(rows[i], check(rows[i], NULL, &present, &err), EINVAL, &err);
	}
}

static void no_mounts_are_fine(void **state)
{
	static const char *const rows[] = { "{}", "{'mounts':null}", "{'mounts':[]}" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i]);
		struct kf_error err = { 0 };
		bool present = true;

		expect_success(rows[i], kf_mounts_check(spec, &directory, &present, &err), &err);
		expect(rows[i], !present);
		expect_json(rows[i], spec, rows[i]);
		(void)json_object_put(spec);
	}
}

/* A pod cannot forge newlines into our log through a path. */
static void a_message_quotes_the_destination(void **state)
{
	struct kf_error err = { 0 };
	bool present;

	(void)state;
	expect_refusal("quoted", check("[{'destination':'/nono/\\n\\u001b[2J'}]", NULL, &present, &err), EEXIST, &err);
	assert_non_null(strstr(err.message, "'/nono/\\x0a\\x1b[2J'"));
}

static void ours_is_known_as_the_last_entry_only(void **state)
{
	static const struct {
		const char *mounts, *source;
		int r;
	} rows[] = {
		{ "[" PROC "," OURS "]", SOURCE, 0 },
		{ "[" OURS "]", SOURCE, 0 },
		{ "[" PROC "," OURS "]", NULL, -EEXIST },
		{ "[" PROC "," OURS "]", "/opt/other", -EEXIST },
		{ "[" OURS "," PROC "]", SOURCE, -EEXIST },
		{ "[" OURS "," OURS "]", SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'tmpfs'}," OURS "]", SOURCE, -EEXIST },
		{ "[{'destination':'/'}," OURS "]", SOURCE, -EEXIST },
		/* Almost ours: another option, another place, a writable one, one with more to it. */
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE "','options':['rbind','rprivate']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE
		  "','options':['rbind','rprivate','ro','rw']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE "','options':['rbind','rprivate','rw']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE "','options':['ro','rprivate','rbind']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE "','options':'ro'}]", SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE "'}]", SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE "/','options':['rbind','rprivate','ro']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'/tmp','options':['rbind','rprivate','ro']}]", SOURCE,
		  -EEXIST },
		{ "[{'destination':'/nono/','type':'bind','source':'" SOURCE "','options':['rbind','rprivate','ro']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'none','source':'" SOURCE "','options':['rbind','rprivate','ro']}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE
		  "','options':['rbind','rprivate','ro'],'uidMappings':[]}]",
		  SOURCE, -EEXIST },
		{ "[{'destination':'/nono','type':'bind','source':'" SOURCE
		  "\\u0000','options':['rbind','rprivate','ro']}]",
		  SOURCE, -EEXIST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		bool present = false;
		int r = check(rows[i].mounts, rows[i].source, &present, &err);

		if (rows[i].r < 0) {
			expect_refusal(rows[i].mounts, r, -rows[i].r, &err);
			continue;
		}
		expect_success(rows[i].mounts, r, &err);
		expect(rows[i].mounts, present);
	}
}

static void append_adds_ours_behind_all_others(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "{'mounts':[" PROC "],'x':1}", "{'mounts':[" PROC "," OURS "],'x':1}" },
		{ "{'mounts':[]}", "{'mounts':[" OURS "]}" },
		{ "{'mounts':null,'x':1}", "{'mounts':[" OURS "],'x':1}" },
		{ "{'x':1}", "{'x':1,'mounts':[" OURS "]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].before);
		struct kf_error err = { 0 };
		bool present = false;

		expect_success(rows[i].before, kf_mounts_append(spec, &directory, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect_success(rows[i].before, kf_mounts_check(spec, &directory, &present, &err), &err);
		expect(rows[i].before, present);
		(void)json_object_put(spec);
	}

	struct json_object *spec = json_from("{'mounts':{}}");
	struct kf_error err = { 0 };

	expect_refusal("no list", kf_mounts_append(spec, &directory, &err), EINVAL, &err);
	(void)json_object_put(spec);
}

static void a_policy_comes_last(void **state)
{
	static const struct {
		const char *mounts;
		bool fine, present;
	} rows[] = {
		{ "[" PROC "," OURS "," OUR_POLICY "]", true, true },
		{ "[" PROC "]", true, false },
		{ "[" OURS "," OUR_POLICY "," PROC "]", false, false },
		{ "[" OUR_POLICY "," OURS "]", false, false },
		{ "[" OURS "]", false, false },
		{ "[" OUR_POLICY "]", false, false },
		{ "[" OURS "," OUR_POLICY "," OUR_POLICY "]", false, false },
		{ "[" OURS "," PROC "," OUR_POLICY "]", false, false },
		/* The policy of another container, or for another profile. */
		{ "[" OURS ",{'destination':'/nono/profiles/tight.json','type':'bind','source':'/run/x',"
		  "'options':['rbind','rprivate','ro']}]",
		  false, false },
		{ "[" OURS ",{'destination':'/nono/profiles/other.json','type':'bind','source':'" POLICY
		  "','options':['rbind','rprivate','ro']}]",
		  false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec;
		struct kf_error err = { 0 };
		char text[2048];
		bool present = false;
		int r;

		(void)snprintf(text, sizeof text, "{'mounts':%s}", rows[i].mounts);
		spec = json_from(text);
		r = kf_mounts_check(spec, &both, &present, &err);
		if (rows[i].fine)
			expect_success(rows[i].mounts, r, &err);
		else
			expect_refusal(rows[i].mounts, r, EEXIST, &err);
		expect(rows[i].mounts, present == rows[i].present);
		(void)json_object_put(spec);
	}

	struct json_object *spec = json_from("{'mounts':[" PROC "]}");
	struct kf_error err = { 0 };
	bool present = false;

	expect_success("both", kf_mounts_append(spec, &both, &err), &err);
	expect_json("both", spec, "{'mounts':[" PROC "," OURS "," OUR_POLICY "]}");
	expect_success("both", kf_mounts_check(spec, &both, &present, &err), &err);
	assert_true(present);
	/* Without a policy of its own the same container would be another one. */
	expect_refusal("both", kf_mounts_check(spec, &directory, &present, &err), EEXIST, &err);
	(void)json_object_put(spec);
}

/* The longest destinations: every component counts, no byte is written past the buffer. */
static void long_destinations_are_read_to_their_end(void **state)
{
	enum { LENGTH = 100 * 1000 };
	char *text = malloc(2 * LENGTH);
	struct kf_error err = { 0 };
	bool present;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < LENGTH / 2; i++)
		memcpy(text + 2 * i, "a/", 2);
	text[LENGTH] = '\0';

	struct json_object *spec = json_from("{'mounts':[{}]}");
	struct json_object *mount = json_object_array_get_idx(kf_json_member(spec, "mounts", json_type_array), 0);

	assert_int_equal(kf_json_set_string(mount, "destination", text), 0);
	expect_success("a/a/a", kf_mounts_check(spec, &none, &present, &err), &err);
	for (size_t i = 0; i < LENGTH / 3; i++)
		memcpy(text + 3 * i, "../", 3);
	(void)strcpy(text + LENGTH / 3 * 3, "nono");
	assert_int_equal(kf_json_set_string(mount, "destination", text), 0);
	expect_refusal("../../nono", kf_mounts_check(spec, &none, &present, &err), EEXIST, &err);
	(void)json_object_put(spec);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_destination_reaches_nono),
		cmocka_unit_test(every_place_in_the_list_counts),
		cmocka_unit_test(malformed_entries_are_refused),
		cmocka_unit_test(mounts_that_are_no_list_are_refused),
		cmocka_unit_test(no_mounts_are_fine),
		cmocka_unit_test(a_message_quotes_the_destination),
		cmocka_unit_test(ours_is_known_as_the_last_entry_only),
		cmocka_unit_test(append_adds_ours_behind_all_others),
		cmocka_unit_test(a_policy_comes_last),
		cmocka_unit_test(long_destinations_are_read_to_their_end),
	};

	return cmocka_run_group_tests_name("oci/mounts", tests, NULL, NULL);
}
