/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/profile.h"

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

static void what_wrap_enforces_is_fine(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{'$schema':'x','meta':{'name':'P'},'filesystem':{'read':['/usr'],'deny':['/run/secrets/**']}}",
		"{'groups':{'exclude':['user_tools']},'commands':{'allow':['npm']},'environment':{'set_vars':{'A':'1'}}"
		"}",
		"{'network':{'block':true,'open_port':[80],'listen_port':[80],'connect_port':[443]}}",
		"{'security':{'signal_mode':'isolated','process_info_mode':'x','ipc_mode':'y'}}",
		"{'linux':{'af_unix_mediation':'off'},'workdir':{'access':'none'}}",
		"{'filesystem':{'read':[{'path':'/usr','when':'linux'},'/a@b:c']}}",
		/* Said, but as nothing. */
		"{'extends':null,'packs':[],'command_policies':{},'network':{'allow_domain':[],'network_profile':null}"
		"}",
		"{'security':{'capability_elevation':false},'linux':{'sandbox_policy':null},'env_credentials':{}}",
		/* Without effect under wrap. */
		"{'rollback':{'exclude_patterns':['x']},'interactive':true,'open_urls':{'a':1},'skipdirs':['x']}",
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_success(rows[i], check(scratch, rows[i], &err), &err);
	}
}

static void what_it_does_not_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *key, *reason;
	} rows[] = {
		{ "{'extends':'default'}", "extends", "files of the image" },
		{ "{'extends':['a']}", "extends", "files of the image" },
		{ "{'network':{'network_profile':'developer'}}", "network.network_profile", "proxy" },
		{ "{'network':{'allow_domain':['a.b']}}", "network.allow_domain", "proxy" },
		{ "{'network':{'allow_proxy':['a.b']}}", "network.allow_proxy", "proxy" },
		{ "{'network':{'deny_domain':['a.b']}}", "network.deny_domain", "proxy" },
		{ "{'network':{'credentials':['openai']}}", "network.credentials", "proxy" },
		{ "{'network':{'custom_credentials':{'a':{}}}}", "network.custom_credentials", "proxy" },
		{ "{'network':{'upstream_proxy':'a:1'}}", "network.upstream_proxy", "proxy" },
		{ "{'network':{'something_new':true}}", "network.something_new", "not known" },
		{ "{'linux':{'sandbox_policy':'landlock'}}", "linux.sandbox_policy", "nono run" },
		{ "{'linux':{'af_unix_mediation':'pathname'}}", "linux.af_unix_mediation", "nono run" },
		{ "{'linux':{'af_unix_mediation':['off']}}", "linux.af_unix_mediation", "nono run" },
		{ "{'command_policies':{'a':1}}", "command_policies", "nono run" },
		{ "{'resources':{'memory':'1G'}}", "resources", "nono run" },
		{ "{'security':{'capability_elevation':true}}", "security.capability_elevation", "nono run" },
		{ "{'security':{'approval_backends':{'a':1}}}", "security.approval_backends", "not known" },
		{ "{'env_credentials':{'file:///etc/shadow':'X'}}", "env_credentials", "before the sandbox" },
		{ "{'secrets':{'a':'X'}}", "secrets", "before the sandbox" },
		{ "{'session_hooks':{'before':{'script':'/x'}}}", "session_hooks", "before the sandbox" },
		{ "{'hooks':{'a':1}}", "hooks", "before the sandbox" },
		{ "{'packs':['a/b']}", "packs", "before the sandbox" },
		{ "{'filesystem':{'read':['/usr','@git:toplevel']}}", "filesystem.@git:toplevel",
		  "before the sandbox" },
		{ "{'filesystem':{'deny':[{'path':'@x:y'}]}}", "filesystem.@x:y", "before the sandbox" },
		{ "{'binary':'/bin/sh'}", "binary", "command" },
		{ "{'command_args':['--yes']}", "command_args", "command" },
		{ "{'workdir':{'access':'readwrite'}}", "workdir.access", "$NONO_WORKDIR" },
		{ "{'platform_overrides':{'linux':{'network':{'network_profile':'x'}}}}", "platform_overrides",
		  "not known" },
		{ "{'policy':{'add_allow_read':['/']}}", "policy", "not known" },
		{ "{'Network':{'block':true}}", "Network", "not known" },
		{ "{'x\\ny':1}", "x\\x0ay", "not known" },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i].text, check(scratch, rows[i].text, &err), ENOTSUP, &err);
		expect(rows[i].text, strstr(err.message, "profile P"));
		expect(rows[i].text, strstr(err.message, rows[i].key));
		expect(rows[i].text, strstr(err.message, rows[i].reason));
		expect(rows[i].text, strstr(err.message, "default"));
	}
}

static void sections_are_objects(void **state)
{
	static const char *const rows[] = { "{'network':['network_profile']}", "{'security':true}", "{'linux':'off'}",
					    "{'workdir':1}", "{'filesystem':[]}" };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i], check(scratch, rows[i], &err), EINVAL, &err);
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
		struct kf_profile profile = { .workdir = true };
		struct kf_error err = { 0 };

		expect_refusal(rows[i], read_text(scratch, rows[i], strlen(rows[i]), &profile, &err), EINVAL, &err);
		expect(rows[i], strstr(err.message, "P.json"));
		expect(rows[i], !profile.document && profile.workdir);
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

static void the_grant_of_the_working_directory_is_seen(void **state)
{
	static const struct {
		const char *text;
		bool workdir;
	} rows[] = {
		{ "{}", false },
		{ "{\"filesystem\":{\"allow\":[\"/a\",\"/$NONO_WORKDIR\"]}}", true },
		{ "{\"filesystem\":{\"allow\":[\"$NONO_WORKDIR\",\"\"]}}", true },
		{ "{\"filesystem\":{\"allow\":[\"//$NONO_WORKDIR\",\"/$NONO_WORKDIR/x\"]}}", false },
		{ "{\"filesystem\":{\"read\":[{\"path\":\"$NONO_WORKDIR\",\"when\":\"linux\"}]}}", true },
		{ "{\"filesystem\":{\"allow\":[\"$NONO_WORKDIRX\",\"$WORKDIR\",\"NONO_WORKDIR\"]}}", false },
		{ "{\"filesystem\":{\"allow\":\"$NONO_WORKDIR\"}}", false },
		{ "{\"filesystem\":[\"$NONO_WORKDIR\"],\"meta\":{\"name\":\"$NONO_WORKDIR\"}}", false },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_profile profile = { 0 };
		struct kf_error err = { 0 };

		expect_success(rows[i].text, read_text(scratch, rows[i].text, strlen(rows[i].text), &profile, &err),
			       &err);
		expect(rows[i].text, profile.workdir == rows[i].workdir);
		kf_profile_done(&profile);
	}
}

static void home_in_a_granted_directory_is_refused(void **state)
{
	static const struct {
		const char *process;
		bool refused;
	} rows[] = {
		{ "{'env':['HOME=/tmp']}", true },
		{ "{'env':['A=1','HOME=/tmp/u']}", true },
		{ "{'env':['HOME=/usr/share/grafana']}", true },
		{ "{'env':['HOME=/data/']}", true },
		{ "{'env':['HOME=/tmpx','HOME=/tmp']}", false },
		{ "{'env':['HOME=/root']}", false },
		{ "{'env':['HOME=']}", false },
		{ "{'env':['HOME=tmp']}", false },
		{ "{'env':['XHOME=/tmp']}", false },
		{ "{'env':[]}", false },
		{ "{}", false },
		/* A file may lie anywhere. */
		{ "{'env':['HOME=/etc/passwd']}", false },
	};
	static const char text[] = "{\"filesystem\":{\"allow\":[\"/tmp\",\"$HOME/x\",\"/data/\"],\"read\":[\"/usr\"],"
				   "\"read_file\":[\"/etc/passwd\"],\"deny\":[\"/root\"]}}";
	const struct scratch *scratch = *state;
	struct kf_profile profile = { 0 };
	struct kf_error err = { 0 };

	expect_success("read", read_text(scratch, text, strlen(text), &profile, &err), &err);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *process = json_from(rows[i].process);
		struct kf_error problem = { 0 };
		int r = kf_profile_check_home(&profile, "P", process, &problem);

		if (rows[i].refused)
			expect_refusal(rows[i].process, r, ENOTSUP, &problem);
		else
			expect_success(rows[i].process, r, &problem);
		(void)json_object_put(process);
	}
	kf_profile_done(&profile);
}

static void tmpdir_moves_no_grant(void **state)
{
	static const struct {
		const char *profile, *process;
		bool refused;
	} rows[] = {
		{ "{}", "{'env':['TMPDIR=/etc']}", true },
		{ "{}", "{'env':['TMPDIR=']}", true },
		{ "{}", "{'env':['TMPDIR=/tmp/../etc']}", true },
		{ "{}", "{'env':['TMPDIR=/tmp','A=1','TMPDIR=/etc']}", true },
		{ "{'groups':{'exclude':['x','system_write_macos']}}", "{'env':['TMPDIR=/etc']}", true },
		{ "{'groups':{'include':['system_write_linux']}}", "{'env':['TMPDIR=/etc']}", true },
		{ "{'groups':{'exclude':'system_write_linux'}}", "{'env':['TMPDIR=/etc']}", true },
		{ "{'groups':{'exclude':['x','system_write_linux']}}", "{'env':['TMPDIR=/etc']}", false },
		{ "{}", "{'env':['TMPDIR=/tmp']}", false },
		{ "{}", "{'env':['XTMPDIR=/etc','TMPDIRS=/etc']}", false },
		{ "{}", "{'env':[]}", false },
		{ "{}", "{}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_profile profile = { .document = json_from(rows[i].profile) };
		struct json_object *process = json_from(rows[i].process);
		struct kf_error err = { 0 };
		int r = kf_profile_check_tmpdir(&profile, "P", process, &err);

		if (rows[i].refused)
			expect_refusal(rows[i].process, r, ENOTSUP, &err);
		else
			expect_success(rows[i].process, r, &err);
		(void)json_object_put(process);
		(void)json_object_put(profile.document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_wrap_enforces_is_fine),
		scratch_test(what_it_does_not_is_refused_with_a_reason),
		scratch_test(sections_are_objects),
		scratch_test(a_profile_is_strict_json),
		scratch_test(a_profile_has_a_size),
		scratch_test(the_grant_of_the_working_directory_is_seen),
		scratch_test(home_in_a_granted_directory_is_refused),
		cmocka_unit_test(tmpdir_moves_no_grant),
	};

	return cmocka_run_group_tests_name("oci/profile", tests, NULL, NULL);
}
