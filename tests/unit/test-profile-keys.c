/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "nono/profile-keys.h"

static int check(const char *text, struct kf_error *err)
{
	struct json_object *document = json_from(text);
	int r = kf_profile_check_keys(document, "P", err);

	(void)json_object_put(document);
	return r;
}

static void settings_that_wrap_enforces_are_fine(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{'$schema':null,'meta':{'name':'P','version':'1','description':null,'author':'x'}}",
		"{'groups':{'include':['a',{'name':'b'}],'exclude':[{'name':'c','when':'linux'}]}}",
		"{'commands':{'allow':['npm'],'deny':[]}}",
		"{'filesystem':{'allow':[],'read':['/a'],'write':['/b'],'allow_file':['/c'],'read_file':['/d'],"
		"'write_file':['/e'],'deny':['/f'],'bypass_protection':['/g'],'suppress_save_prompt':['/h']}}",
		"{'environment':null}",
		"{'environment':{'allow_vars':null,'deny_vars':['NONO_*'],'case_insensitive_vars':true,"
		"'set_vars':{'A_1':'x','_':''}}}",
		"{'network':{'block':true,'open_port':[1,65535],'open_port_range':[[1,1],[2,65535]],'connect_port':["
		"443]}}",
		"{'security':{'signal_mode':'allow_same_sandbox','process_info_mode':'isolated',"
		"'ipc_mode':'shared_memory_only'}}",
		"{'security':{'signal_mode':null,'process_info_mode':null,'ipc_mode':null}}",
		"{'linux':{'af_unix_mediation':null},'workdir':{'access':'none'}}",
		/* Set, but without effect. */
		"{'extends':null,'packs':[],'command_policies':{},'credential_routes':[],'binary':null}",
		"{'extends':[],'env_credentials':{},'hooks':{},'session_hooks':{},'platform_overrides':{}}",
		"{'network':{'allow_domain':[],'network_profile':null,'credentials':null,'allow_http2':false}}",
		"{'security':{'capability_elevation':false,'approval_backends':{},'approval_defaults':null}}",
		"{'linux':{'sandbox_policy':null},'filesystem':{'unix_socket_subtree':[]}}",
		/* Without effect under wrap. */
		"{'rollback':{'exclude_patterns':['x'],'exclude_globs':['*']},'skipdirs':['x'],'allow_gpu':true}",
		"{'open_urls':{'allow_origins':['https://a',{'origin':'b'}],'allow_localhost':true}}",
		"{'diagnostics':{'suppress_system_services':['x'],'redaction':{'extra_env_vars':['*_KEY']},"
		"'network_denial_audit':{}}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_success(rows[i], check(rows[i], &err), &err);
	}
}

/* The message names the key, the reason and the remedy. */
static void expect_refused(const char *text, const char *key, const char *reason)
{
	struct kf_error err = { 0 };
	char wanted[128];

	(void)snprintf(wanted, sizeof wanted, "profile P sets %s: ", key);
	expect_refusal(text, check(text, &err), ENOTSUP, &err);
	if (!strstr(err.message, wanted) || !strstr(err.message, reason) || !strstr(err.message, "remove it"))
		fail_msg("%s: the message is '%s'", text, err.message);
}

static void a_key_that_nono_does_not_know_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "{'ignore':[]}", "ignore" },
		{ "{'interactive':true}", "interactive" },
		{ "{'undo':null}", "undo" },
		{ "{'resources':{}}", "resources" },
		{ "{'secrets':{}}", "secrets" },
		{ "{'policy':{'add_allow_read':['/']}}", "policy" },
		{ "{'Network':{'block':true}}", "Network" },
		{ "{'network.block':true}", "network.block" },
		{ "{'x\\ny':1}", "x\\x0ay" },
		{ "{'':1}", "" },
		{ "{'meta':{'name':'P','nmae':'x'}}", "meta.nmae" },
		{ "{'groups':{'includes':[]}}", "groups.includes" },
		{ "{'commands':{'block':[]}}", "commands.block" },
		{ "{'filesystem':{'alow':[]}}", "filesystem.alow" },
		{ "{'filesystem':{'network':{}}}", "filesystem.network" },
		{ "{'environment':{'allow':[]}}", "environment.allow" },
		{ "{'network':{'allow_proxy':[]}}", "network.allow_proxy" },
		{ "{'network':{'something_new':false}}", "network.something_new" },
		{ "{'security':{'groups':[]}}", "security.groups" },
		{ "{'security':{'allowed_commands':[]}}", "security.allowed_commands" },
		{ "{'linux':{'landlock':true}}", "linux.landlock" },
		{ "{'workdir':{'acess':'none'}}", "workdir.acess" },
		{ "{'rollback':{'exclude':[]}}", "rollback.exclude" },
		{ "{'open_urls':{'origins':[]}}", "open_urls.origins" },
		{ "{'diagnostics':{'redact':{}}}", "diagnostics.redact" },
		{ "{'diagnostics':{'redaction':{'env_vars':[]}}}", "diagnostics.redaction.env_vars" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(rows[i][0], rows[i][1], "not a key that nono knows");
}

static void settings_that_wrap_cannot_enforce_are_refused(void **state)
{
	static const char *const rows[][3] = {
		{ "{'extends':'default'}", "extends", "files of the image" },
		{ "{'extends':['a']}", "extends", "files of the image" },
		{ "{'platform_overrides':{'linux':{}}}", "platform_overrides", "unseen" },
		{ "{'network':{'network_profile':'developer'}}", "network.network_profile", "proxy" },
		{ "{'network':{'network_profile':''}}", "network.network_profile", "proxy" },
		{ "{'network':{'allow_domain':['a.b']}}", "network.allow_domain", "proxy" },
		{ "{'network':{'deny_domain':['a.b']}}", "network.deny_domain", "proxy" },
		{ "{'network':{'credentials':['openai']}}", "network.credentials", "proxy" },
		{ "{'network':{'custom_credentials':{'a':{}}}}", "network.custom_credentials", "proxy" },
		{ "{'network':{'upstream_proxy':'a:1'}}", "network.upstream_proxy", "proxy" },
		{ "{'network':{'upstream_bypass':['a']}}", "network.upstream_bypass", "proxy" },
		{ "{'network':{'no_proxy':['a']}}", "network.no_proxy", "proxy" },
		{ "{'network':{'allow_http2':true}}", "network.allow_http2", "proxy" },
		{ "{'network':{'tls_intercept':{}}}", "network.tls_intercept", "proxy" },
		{ "{'network':{'listen_port':[80]}}", "network.listen_port", "confines nothing" },
		{ "{'network':{'block':true,'listen_port_range':[[1,2]]}}", "network.listen_port_range",
		  "confines nothing" },
		{ "{'linux':{'sandbox_policy':'landlock'}}", "linux.sandbox_policy", "nono run" },
		{ "{'linux':{'sandbox_policy':'auto'}}", "linux.sandbox_policy", "nono run" },
		{ "{'linux':{'af_unix_mediation':'pathname'}}", "linux.af_unix_mediation", "nono run" },
		{ "{'linux':{'af_unix_mediation':['off']}}", "linux.af_unix_mediation", "nono run" },
		{ "{'command_policies':{'a':1}}", "command_policies", "nono run" },
		{ "{'credential_capture':{'a':{}}}", "credential_capture", "nono run" },
		{ "{'security':{'capability_elevation':true}}", "security.capability_elevation", "nono run" },
		{ "{'security':{'approval_backends':{'a':1}}}", "security.approval_backends", "nono run" },
		{ "{'diagnostics':{'network_denial_audit':{'burst':1}}}", "diagnostics.network_denial_audit",
		  "nono run" },
		{ "{'env_credentials':{'file:///etc/shadow':'X'}}", "env_credentials", "before the sandbox" },
		{ "{'session_hooks':{'before':{'script':'/x'}}}", "session_hooks", "before the sandbox" },
		{ "{'hooks':{'a':1}}", "hooks", "before the sandbox" },
		{ "{'packs':['a/b']}", "packs", "before the sandbox" },
		{ "{'binary':'/bin/sh'}", "binary", "command" },
		{ "{'command_args':['--yes']}", "command_args", "command" },
		{ "{'commands':{'deny':['rm']}}", "commands.deny", "confine nothing" },
		{ "{'filesystem':{'unix_socket':['/run/s']}}", "filesystem.unix_socket", "unix sockets" },
		{ "{'filesystem':{'unix_socket_dir_bind':['/run']}}", "filesystem.unix_socket_dir_bind",
		  "unix sockets" },
		{ "{'workdir':{'access':'readwrite'}}", "workdir.access", "$NONO_WORKDIR" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(rows[i][0], rows[i][1], rows[i][2]);
}

/* nono ends with exit status 1 for each of them. */
static void values_have_the_type_that_nono_wants(void **state)
{
	static const char *const rows[][3] = {
		{ "{'network':['network_profile']}", "network", "not an object" },
		{ "{'network':null}", "network", "not an object" },
		{ "{'security':true}", "security", "not an object" },
		{ "{'linux':'off'}", "linux", "not an object" },
		{ "{'workdir':1}", "workdir", "not an object" },
		{ "{'filesystem':[]}", "filesystem", "not an object" },
		{ "{'environment':[]}", "environment", "not an object" },
		{ "{'diagnostics':{'redaction':null}}", "diagnostics.redaction", "not an object" },
		{ "{'meta':{'name':null}}", "meta.name", "not a string" },
		{ "{'meta':{'name':7}}", "meta.name", "not a string" },
		{ "{'network':{'block':'yes'}}", "network.block", "neither true nor false" },
		{ "{'network':{'block':1}}", "network.block", "neither true nor false" },
		{ "{'network':{'block':null}}", "network.block", "neither true nor false" },
		{ "{'network':{'block':true,'open_port':80}}", "network.open_port", "array of ports" },
		{ "{'network':{'block':true,'open_port':[0]}}", "network.open_port", "array of ports" },
		{ "{'network':{'block':true,'open_port':[65536]}}", "network.open_port", "array of ports" },
		{ "{'network':{'block':true,'open_port':[80.0]}}", "network.open_port", "array of ports" },
		{ "{'network':{'block':true,'open_port':['80']}}", "network.open_port", "array of ports" },
		{ "{'network':{'block':true,'connect_port':[-1]}}", "network.connect_port", "array of ports" },
		{ "{'network':{'block':true,'open_port_range':[1,2]}}", "network.open_port_range", "pairs of ports" },
		{ "{'network':{'block':true,'open_port_range':[[2,1]]}}", "network.open_port_range", "pairs of ports" },
		{ "{'network':{'block':true,'open_port_range':[[1,2,3]]}}", "network.open_port_range",
		  "pairs of ports" },
		{ "{'security':{'signal_mode':'Isolated'}}", "security.signal_mode", "one of these words: isolated" },
		{ "{'security':{'signal_mode':''}}", "security.signal_mode", "one of these words: isolated" },
		{ "{'security':{'ipc_mode':'isolated'}}", "security.ipc_mode", "words: shared_memory_only full" },
		{ "{'workdir':{'access':null}}", "workdir.access", "$NONO_WORKDIR" },
		{ "{'packs':null}", "packs", "before the sandbox" },
		{ "{'commands':{'allow':'npm'}}", "commands.allow", "array of strings" },
		{ "{'commands':{'allow':[{'name':'npm'}]}}", "commands.allow", "array of strings" },
		{ "{'skipdirs':[1]}", "skipdirs", "array of strings" },
		{ "{'environment':{'deny_vars':[' ']}}", "environment.deny_vars", "names of variables" },
		{ "{'environment':{'deny_vars':[null]}}", "environment.deny_vars", "names of variables" },
		{ "{'environment':{'set_vars':{'A':1}}}", "environment.set_vars", "names of variables" },
		{ "{'environment':{'set_vars':{'PATH':'/x'}}}", "environment.set_vars", "without PATH" },
		{ "{'environment':{'set_vars':{'NONO_HOME':'/x'}}}", "environment.set_vars", "without PATH" },
		{ "{'environment':{'set_vars':{'1A':'x'}}}", "environment.set_vars", "names of variables" },
		{ "{'environment':{'set_vars':{'A-B':'x'}}}", "environment.set_vars", "names of variables" },
		{ "{'environment':{'set_vars':['A']}}", "environment.set_vars", "names of variables" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(rows[i][0], rows[i][1], rows[i][2]);
}

/* A condition on the distribution would be decided by a file of the image. */
static void entries_are_strings_or_conditions_that_always_hold(void **state)
{
	static const char *const rows[] = {
		"7",
		"null",
		"true",
		"['/a']",
		"{}",
		"{'path':1}",
		"{'path':null}",
		"{'name':'/a'}",
		"{'path':'/a','when':null}",
		"{'path':'/a','when':'macos'}",
		"{'path':'/a','when':'!linux'}",
		"{'path':'/a','when':'linux:debian'}",
		"{'path':'/a','when':'linux:debian:>=12'}",
		"{'path':'/a','when':['linux']}",
		"{'path':'/a','when':''}",
		"{'path':'/a','wen':'linux'}",
		"{'path':'/a','when':'linux','else':'/b'}",
		"'/a\\u0000b'",
	};
	static const char *const keys[] = { "allow", "read", "write_file", "deny", "bypass_protection" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * COUNT(keys); i++) {
		const char *list = keys[i % COUNT(keys)];
		char text[128], key[64];

		(void)snprintf(text, sizeof text, "{'filesystem':{'%s':['/z',%s]}}", list, rows[i / COUNT(keys)]);
		(void)snprintf(key, sizeof key, "filesystem.%s", list);
		expect_refused(text, key, "{\"path\": \"...\", \"when\": \"linux\"}");
	}
	expect_refused("{'groups':{'include':[{'path':'a'}]}}", "groups.include", "{\"name\": \"...\"");
	expect_refused("{'groups':{'exclude':[7]}}", "groups.exclude", "{\"name\": \"...\"");
}

static void meta_has_a_name(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	expect_refusal("no name", check("{'meta':{'version':'1'}}", &err), ENOTSUP, &err);
	assert_non_null(strstr(err.message, "meta.name"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_that_wrap_enforces_are_fine),
		cmocka_unit_test(a_key_that_nono_does_not_know_is_refused),
		cmocka_unit_test(settings_that_wrap_cannot_enforce_are_refused),
		cmocka_unit_test(values_have_the_type_that_nono_wants),
		cmocka_unit_test(entries_are_strings_or_conditions_that_always_hold),
		cmocka_unit_test(meta_has_a_name),
	};

	return cmocka_run_group_tests_name("nono/profile-keys", tests, NULL, NULL);
}
