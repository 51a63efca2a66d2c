/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "nono/profile.h"

static int read_text(const struct scratch *scratch, const char *text, size_t length, struct kf_profile *ret,
		     struct kf_error *err)
{
	const char *path = in(scratch, "P.json");

	put_bytes(path, text, length, 0644);

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = kf_profile_read(fd, "P", ret, err);

	(void)close(fd);
	return r;
}

/* TEXT in single quotes instead of double ones. */
static int check(const struct scratch *scratch, const char *text, struct kf_error *err)
{
	struct json_object *document = json_from(text);
	const char *strict = json_text(document);
	cleanup_profile struct kf_profile profile = { 0 };
	int r = read_text(scratch, strict, strlen(strict), &profile, err);

	(void)json_object_put(document);
	return r < 0 ? r : kf_profile_check_wrap(&profile, "P", err);
}

static void profiles_that_wrap_enforces_are_fine(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{'$schema':'x','meta':{'name':'P'},'filesystem':{'read':['/usr'],'deny':['/run/secrets']}}",
		"{'groups':{'exclude':['user_tools']},'commands':{'allow':['npm']},'environment':{'set_vars':{'A':'1'}}"
		"}",
		"{'network':{'block':true,'open_port':[80],'open_port_range':[[1,2]],'connect_port':[443]}}",
		"{'network':{'connect_port':[443]}}",
		"{'network':{'open_port':[],'open_port_range':[],'listen_port':[],'listen_port_range':[]}}",
		"{'security':{'signal_mode':'isolated','process_info_mode':'allow_all','ipc_mode':'full'}}",
		"{'linux':{'af_unix_mediation':'off'},'workdir':{'access':'none'}}",
		"{'filesystem':{'read':[{'path':'/usr','when':'linux'},'/a@b:c']}}",
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_success(rows[i], check(scratch, rows[i], &err), &err);
	}
}

/* Each of the judgements has its say: keys, groups, ports, paths. */
static void other_profiles_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *key, *reason;
	} rows[] = {
		{ "{'filesystem':{'alow':['/a']}}", "filesystem.alow", "not a key that nono knows" },
		{ "{'groups':{'include':['no_such_group']}}", "groups.include", "not a group of nono" },
		{ "{'network':{'open_port':[80]}}", "network.open_port", "network.block = true" },
		{ "{'network':{'open_port_range':[[80,81]],'block':false}}", "network.open_port_range",
		  "network.block = true" },
		{ "{'network':{'open_port':[80],'connect_port':[80]}}", "network.open_port", "network.block = true" },
		{ "{'network':{'block':true,'listen_port':[80]}}", "network.listen_port", "confines nothing" },
		{ "{'filesystem':{'read':['/a/*']}}", "filesystem.read", "a pattern" },
		{ "{'filesystem':{'allow':['/a'],'read':['/a/b']}}", "filesystem.read", "below '/a'" },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i].text, check(scratch, rows[i].text, &err), ENOTSUP, &err);
		expect(rows[i].text, strstr(err.message, "profile P "));
		expect(rows[i].text, strstr(err.message, rows[i].key));
		expect(rows[i].text, strstr(err.message, rows[i].reason));
	}
}

static void a_profile_is_strict_json(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"null",
		"{} {}",
		"{\"meta\":{}} // comment",
		"{\"meta\":{},}",
		"{'meta':{}}",
		"{\"meta\":{},\"meta\":{}}",
		"{\"network\":{\"block\":true,\"block\":false}}",
		"{\"a\":\"\xff\"}",
		"{\"a\":NaN}",
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_profile profile = { .composed = true };
		struct kf_error err = { 0 };

		expect_refusal(rows[i], read_text(scratch, rows[i], strlen(rows[i]), &profile, &err), EINVAL, &err);
		expect(rows[i], strstr(err.message, "P.json"));
		expect(rows[i], !profile.document && profile.composed);
	}
}

static void a_profile_has_a_size(void **state)
{
	enum { MAX = 256 * 1024 };
	const struct scratch *scratch = *state;
	char *text = malloc(MAX + 2);
	struct kf_profile profile = { 0 };
	struct kf_error err = { 0 };

	assert_non_null(text);
	memset(text, ' ', MAX + 1);
	memcpy(text, "{}", 2);
	expect_success("largest", read_text(scratch, text, MAX, &profile, &err), &err);
	kf_profile_done(&profile);
	expect_refusal("larger", read_text(scratch, text, MAX + 1, &profile, &err), EFBIG, &err);
	free(text);
}

static void variables_and_denials_make_a_profile_composed(void **state)
{
	static const struct {
		const char *text;
		bool composed;
	} rows[] = {
		{ "{}", false },
		{ "{\"filesystem\":{\"allow\":[\"/a\",\"/$NONO_WORKDIR\"]}}", true },
		{ "{\"filesystem\":{\"allow\":[\"$NONO_WORKDIR\",\"\"]}}", true },
		{ "{\"filesystem\":{\"allow\":[\"//$NONO_WORKDIR\",\"/$NONO_WORKDIR/x\"]}}", true },
		{ "{\"filesystem\":{\"read\":[{\"path\":\"$NONO_WORKDIR\",\"when\":\"linux\"}]}}", true },
		{ "{\"filesystem\":{\"allow\":[\"$WORKDIR\",\"NONO_WORKDIR\",\"/x/$NONO_HOME\"]}}", false },
		{ "{\"filesystem\":{\"deny\":[\"/a\"]}}", true },
		{ "{\"filesystem\":{\"deny\":[]}}", false },
		{ "{\"filesystem\":{\"allow\":\"$NONO_WORKDIR\"}}", false },
		{ "{\"filesystem\":[\"$NONO_WORKDIR\"],\"meta\":{\"name\":\"$NONO_WORKDIR\"}}", false },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_profile profile = { 0 };
		struct kf_error err = { 0 };

		expect_success(rows[i].text, read_text(scratch, rows[i].text, strlen(rows[i].text), &profile, &err),
			       &err);
		expect(rows[i].text, profile.composed == rows[i].composed);
		kf_profile_done(&profile);
	}
}

static void the_last_step_needs_something_that_is_denied(void **state)
{
	static const struct {
		const char *profile, *part; /* NULL: it is fine */
	} rows[] = {
		{ "{}", NULL },
		{ "{'filesystem':{'read':['/nono/launcher','/usr'],'allow':['/nono/profiles']}}", NULL },
		{ "{'filesystem':{'deny':['/nono'],'write':['/nono']}}", NULL },
		{ "{'filesystem':{'read':['/nonono','/nono/nonos']}}", NULL },
		{ "{'filesystem':{'read':['/nono']}}", "/nono/launcher" },
		{ "{'filesystem':{'allow':['/x','/nono/']}}", "/nono/launcher" },
		{ "{'filesystem':{'read':[{'path':'/nono','when':'linux'}]}}", "/nono/launcher" },
		{ "{'filesystem':{'read_file':['/nono/nono']}}", "/nono/launcher" },
		{ "{'filesystem':{'allow_file':['/nono/nono']}}", "/nono/launcher" },
		/* The variables of the container go through nono in pieces, all of them or none. */
		{ "{'environment':{'allow_vars':['*'],'deny_vars':['NONO_WORKDIR']}}", NULL },
		{ "{'environment':{'allow_vars':null,'deny_vars':[],'set_vars':{'A':'1'}}}", NULL },
		/* nono takes this for: no variable at all. */
		{ "{'environment':{'allow_vars':[]}}", "allow_vars" },
		{ "{'environment':{'allow_vars':['PATH']}}", "allow_vars" },
		{ "{'environment':{'allow_vars':['*','PATH']}}", "allow_vars" },
		{ "{'environment':{'deny_vars':['AWS_*']}}", "deny_vars" },
		{ "{'environment':{'deny_vars':['NONO_WORKDIR','KUBEFENCE_*']}}", "deny_vars" },
		{ "{'environment':{'deny_vars':[7]}}", "deny_vars" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_profile profile = { .document = json_from(rows[i].profile) };
		struct kf_error err = { 0 };
		int r = kf_profile_check_last_step(&profile, "P", &err);

		if (rows[i].part) {
			expect_refusal(rows[i].profile, r, ENOTSUP, &err);
			expect(rows[i].profile, strstr(err.message, rows[i].part) != NULL);
		} else {
			expect_success(rows[i].profile, r, &err);
		}
		(void)json_object_put(profile.document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(profiles_that_wrap_enforces_are_fine),
		scratch_test(other_profiles_are_refused_with_a_reason),
		scratch_test(a_profile_is_strict_json),
		scratch_test(a_profile_has_a_size),
		scratch_test(variables_and_denials_make_a_profile_composed),
		cmocka_unit_test(the_last_step_needs_something_that_is_denied),
	};

	return cmocka_run_group_tests_name("nono/profile", tests, NULL, NULL);
}
