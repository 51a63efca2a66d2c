/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "fixtures.h"
#include "oci/process.h"

#define FIRST "'/nono/launcher/kubefence-launcher','first-step'"
#define PROFILED(argument) FIRST ",'--profile','" argument "','--'"
#define PREFIX PROFILED("/nono/profiles/P.json")
#define LIMITED(words) FIRST ",'--profile','/nono/profiles/P.json'," words ",'--'"
#define ENV "['NONO_PROFILE=P']"

static int wrap(struct json_object *process, const char *profile, bool *changed, struct kf_error *err)
{
	return kf_process_wrap(process, &(const struct kf_wrapping){ .profile = profile }, changed, err);
}

static void expect_wrapped(const char *before, const char *after)
{
	struct json_object *process = json_from(before);
	struct kf_error err = { 0 };
	bool changed = false;

	expect_success(before, wrap(process, "P", &changed, &err), &err);
	expect_json(before, process, after);
	expect(before, changed == (strcmp(before, after) != 0));
	/* A second time there is nothing left to do. */
	changed = true;
	expect_success(before, wrap(process, "P", &changed, &err), &err);
	expect_json(before, process, after);
	expect(before, !changed);
	(void)json_object_put(process);
}

static void args_stay_behind_the_prefix(void **state)
{
	static const struct {
		const char *args, *wrapped;
	} rows[] = {
		{ "['sh']", "[" PREFIX ",'sh']" },
		{ "['/bin/sh','-c','echo \\\"a b\\\" $x','']", "[" PREFIX ",'/bin/sh','-c','echo \\\"a b\\\" $x','']" },
		{ "['']", "[" PREFIX ",'']" },
		{ "['--']", "[" PREFIX ",'--']" },
		{ "['-s','--help']", "[" PREFIX ",'-s','--help']" },
		{ "['\\n\\t\\u0001','h\xc3\xa4llo\xf0\x9f\x98\x80','a/b\\\\c']",
		  "[" PREFIX ",'\\n\\t\\u0001','h\xc3\xa4llo\xf0\x9f\x98\x80','a/b\\\\c']" },
		/* Already ours. */
		{ "[" PREFIX ",'sh']", "[" PREFIX ",'sh']" },
		{ "[" LIMITED("'--rlimit','RLIMIT_CPU=1:1'") ",'sh']",
		  "[" LIMITED("'--rlimit','RLIMIT_CPU=1:1'") ",'sh']" },
		{ "[" PREFIX "," PREFIX ",'sh']", "[" PREFIX "," PREFIX ",'sh']" },
		/* The prefix alone wraps nothing. */
		{ "[" PREFIX "]", "[" PREFIX "," PREFIX "]" },
		/* Another program's words, a weaker profile, or only almost our prefix. */
		{ "['/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/Q.json','--','sh']",
		  "[" PREFIX
		  ",'/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/Q.json','--','sh']" },
		{ "['/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/P.json','sh','x']",
		  "[" PREFIX
		  ",'/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/P.json','sh','x']" },
		{ "['/nono/launcher/kubefence-launcher','first-step','--profile','P','--','sh']",
		  "[" PREFIX ",'/nono/launcher/kubefence-launcher','first-step','--profile','P','--','sh']" },
		{ "['/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/P.json','--allow','/"
		  "','--','sh']",
		  "[" PREFIX ",'/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/"
		  "P.json','--allow','/','--','sh']" },
		{ "['/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/P.json','--workdir','/"
		  "','--','sh']",
		  "[" PREFIX ",'/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/"
		  "P.json','--workdir','/','--','sh']" },
		{ "['/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/"
		  "P.json','--rlimit','x','--','sh']",
		  "[" PREFIX ",'/nono/launcher/kubefence-launcher','first-step','--profile','/nono/profiles/"
		  "P.json','--rlimit','x','--','sh']" },
		{ "['/nono/launcher/kubefence-launcher','last-step','--profile','/nono/profiles/P.json','--','sh']",
		  "[" PREFIX
		  ",'/nono/launcher/kubefence-launcher','last-step','--profile','/nono/profiles/P.json','--','sh']" },
		{ "['/nono//launcher/kubefence-launcher','first-step','--profile','/nono/profiles/P.json','--','sh']",
		  "[" PREFIX
		  ",'/nono//launcher/kubefence-launcher','first-step','--profile','/nono/profiles/P.json','--','sh']" },
		{ "['/nono/nono','-s','wrap','--profile','/nono/profiles/P.json','--','sh']",
		  "[" PREFIX ",'/nono/nono','-s','wrap','--profile','/nono/profiles/P.json','--','sh']" },
		{ "['nono','wrap','--','sh']", "[" PREFIX ",'nono','wrap','--','sh']" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char before[1024], after[1024];

		(void)snprintf(before, sizeof before, "{'args':%s,'env':" ENV ",'cwd':'/'}", rows[i].args);
		(void)snprintf(after, sizeof after, "{'args':%s,'env':" ENV ",'cwd':'/'}", rows[i].wrapped);
		expect_wrapped(before, after);
	}
}

static void env_keeps_its_order(void **state)
{
	static const struct {
		const char *env, *wrapped; /* without the brackets */
	} rows[] = {
		{ "", "'NONO_PROFILE=P'" },
		{ "'A=1','B='", "'A=1','B=','NONO_PROFILE=P'" },
		{ "'PATH=/bin','A=1'", "'PATH=/nono:/bin','A=1','NONO_PROFILE=P'" },
		/* In its place, with any old value: no index moves. */
		{ "'A=1','NONO_PROFILE=Q','PATH=/bin'", "'A=1','NONO_PROFILE=P','PATH=/nono:/bin'" },
		{ "'NONO_PROFILE=Q','A=1','NONO_PROFILE=R','PATH=/b'",
		  "'NONO_PROFILE=P','A=1','NONO_PROFILE=P','PATH=/nono:/b'" },
		{ "'NONO_PROFILE=Q','NONO_PROFILE=P','PATH=/b'", "'NONO_PROFILE=P','NONO_PROFILE=P','PATH=/nono:/b'" },
		{ "'NONO_PROFILE=P','NONO_PROFILE=P','PATH=/b'", "'NONO_PROFILE=P','NONO_PROFILE=P','PATH=/nono:/b'" },
		{ "'NONO_PROFILE=','PATH=/b'", "'NONO_PROFILE=P','PATH=/nono:/b'" },
		{ "'NONO_PROFILE=PP','PATH=/b'", "'NONO_PROFILE=P','PATH=/nono:/b'" },
		/* Nono does not see these, and the command sees all of them. */
		{ "'NONO_PROFILE','PATH=/b'", "'NONO_PROFILE','PATH=/nono:/b','NONO_PROFILE=P'" },
		{ "'NONO_ALLOW=/','X=1','NONO_ALLOW=/','NONO_','NONO_=','TOOL_SANDBOX_X=1','NONO_WORKDIR=/etc','PATH=/"
		  "b',"
		  "'KUBEFENCE_ENV_000001=.A=1','NONO_HOME=/','NONO_PROFILES=P'",
		  "'NONO_ALLOW=/','X=1','NONO_ALLOW=/','NONO_','NONO_=','TOOL_SANDBOX_X=1','NONO_WORKDIR=/etc',"
		  "'PATH=/nono:/b','KUBEFENCE_ENV_000001=.A=1','NONO_HOME=/','NONO_PROFILES=P','NONO_PROFILE=P'" },
		/* PATH: every one of them, and once; an environment without PATH gets none. */
		{ "'PATH=','NONO_PROFILE=P'", "'PATH=/nono:','NONO_PROFILE=P'" },
		{ "'PATH=/nono','NONO_PROFILE=P'", "'PATH=/nono:/nono','NONO_PROFILE=P'" },
		{ "'PATH=/nono:/bin','NONO_PROFILE=P'", "'PATH=/nono:/bin','NONO_PROFILE=P'" },
		{ "'PATH=/nonox:/bin','NONO_PROFILE=P'", "'PATH=/nono:/nonox:/bin','NONO_PROFILE=P'" },
		{ "'PATH=/bin:/nono','NONO_PROFILE=P'", "'PATH=/nono:/bin:/nono','NONO_PROFILE=P'" },
		{ "'PATH=/a','X=1','PATH=/b','NONO_PROFILE=P'",
		  "'PATH=/nono:/a','X=1','PATH=/nono:/b','NONO_PROFILE=P'" },
		{ "'PATH=/nono:/a','PATH=/b','NONO_PROFILE=P'", "'PATH=/nono:/a','PATH=/nono:/b','NONO_PROFILE=P'" },
		{ "'PATH','path=/a','PATHX=/a','NONO_PROFILE=P'", "'PATH','path=/a','PATHX=/a','NONO_PROFILE=P'" },
		/* Duplicates and malformed ones stay, in their order. */
		{ "'B=2','A=1','B=3','=x','','A','PATH=/nono:/b','NONO_PROFILE=P'",
		  "'B=2','A=1','B=3','=x','','A','PATH=/nono:/b','NONO_PROFILE=P'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char before[1024], after[1024];

		(void)snprintf(before, sizeof before, "{'args':[" PREFIX ",'a'],'env':[%s],'cwd':'/'}", rows[i].env);
		(void)snprintf(after, sizeof after, "{'args':[" PREFIX ",'a'],'env':[%s],'cwd':'/'}", rows[i].wrapped);
		expect_wrapped(before, after);
	}
}

static void a_missing_env_is_made(void **state)
{
	(void)state;
	expect_wrapped("{'args':['a'],'cwd':'/'}", "{'args':[" PREFIX ",'a'],'cwd':'/','env':" ENV "}");
	expect_wrapped("{'env':null,'args':['a']}", "{'env':" ENV ",'args':[" PREFIX ",'a']}");
}

static void other_members_stay(void **state)
{
	(void)state;
	expect_wrapped("{'x':1.0,'args':['a'],'y':{'args':['b']},'env':[],'z':18446744073709551615}",
		       "{'x':1.0,'args':[" PREFIX ",'a'],'y':{'args':['b']},'env':" ENV ",'z':18446744073709551615}");
}

static void malformed_processes_are_refused(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{'args':null}",
		"{'args':[]}",
		"{'args':{}}",
		"{'args':'sh'}",
		"{'args':[null]}",
		"{'args':['a',1]}",
		"{'args':['a',['b']]}",
		"{'args':['a\\u0000b']}",
		"{'args':['a','\\u0000']}",
		"{'args':[" PREFIX ",'a',1]}",
		"{'args':['a'],'env':{}}",
		"{'args':['a'],'env':'PATH=/'}",
		"{'args':['a'],'env':[null]}",
		"{'args':['a'],'env':['A=1',2]}",
		"{'args':['a'],'env':['A=\\u0000']}",
		"{'args':['a'],'env':['NONO_ALLOW=\\u0000']}",
		/* Windows only, and another shell's business. */
		"{'commandLine':'sh -c x'}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *process = json_from(rows[i]);
		struct kf_error err = { 0 };
		bool changed = false;

		expect_refusal(rows[i], wrap(process, "P", &changed, &err), EINVAL, &err);
		expect(rows[i], !changed);
		expect(rows[i], strstr(err.message, "process.") != NULL);
		(void)json_object_put(process);
	}
}

/* The longest name there can be: nothing is cut off. */
static void the_longest_profile_fits(void **state)
{
	static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct json_object *process = json_from("{'args':['a'],'env':['PATH=/b']}");
	struct kf_error err = { 0 };
	char wanted[512];
	bool changed;

	(void)state;
	assert_int_equal(sizeof name - 1, 64);
	expect_success(name, wrap(process, name, &changed, &err), &err);
	(void)snprintf(wanted, sizeof wanted,
		       "{'args':[" PROFILED("/nono/profiles/%s.json") ",'a'],"
								      "'env':['PATH=/nono:/b','NONO_PROFILE=%s']}",
		       name, name);
	expect_json(name, process, wanted);
	(void)json_object_put(process);
}

/* Another profile than the one it was wrapped with: inside the old sandbox nothing gets wider. */
static void another_profile_wraps_again(void **state)
{
	struct json_object *process = json_from("{'args':['a'],'env':['PATH=/b']}");
	struct kf_error err = { 0 };
	bool changed = false;

	(void)state;
	expect_success("P", wrap(process, "P", &changed, &err), &err);
	expect_success("Q", wrap(process, "Q", &changed, &err), &err);
	assert_true(changed);
	expect_json("Q", process,
		    "{'args':[" PROFILED("/nono/profiles/Q.json") "," PREFIX ",'a'],"
								  "'env':['PATH=/nono:/b','NONO_PROFILE=Q']}");
	(void)json_object_put(process);
}

static void thousands_of_words_are_fine(void **state)
{
	enum { WORDS = 20000 };
	struct json_object *process = json_from("{'args':[],'env':[]}");
	struct json_object *args = kf_json_member(process, "args", json_type_array);
	struct json_object *env = kf_json_member(process, "env", json_type_array);
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	for (int i = 0; i < WORDS; i++) {
		assert_int_equal(kf_json_append_string(args, "x"), 0);
		assert_int_equal(kf_json_append_string(env, i % 2 ? "NONO_X=1" : "A=1"), 0);
	}
	expect_success("many", wrap(process, "P", &changed, &err), &err);
	args = kf_json_member(process, "args", json_type_array);
	env = kf_json_member(process, "env", json_type_array);
	assert_int_equal(json_object_array_length(args), WORDS + 5);
	assert_int_equal(json_object_array_length(env), WORDS + 1); /* NONO_PROFILE */
	(void)json_object_put(process);
}

static void expect_wrapping(const struct kf_wrapping *wrapping, const char *before, const char *after)
{
	struct json_object *process = json_from(before);
	struct kf_error err = { 0 };
	bool changed = false;

	expect_success(before, kf_process_wrap(process, wrapping, &changed, &err), &err);
	expect_json(before, process, after);
	expect(before, changed);
	expect_success(before, kf_process_wrap(process, wrapping, &changed, &err), &err);
	expect_json(before, process, after);
	expect(before, !changed);
	(void)json_object_put(process);
}

static void a_profile_can_go_by_its_name(void **state)
{
	const struct kf_wrapping wrapping = { .profile = "P", .by_name = true };

	(void)state;
	expect_wrapping(&wrapping, "{'args':['a'],'env':['PATH=/b'],'cwd':'/app'}",
			"{'args':[" PROFILED("P") ",'a'],"
						  "'env':['PATH=/nono:/b','NONO_PROFILE=P'],'cwd':'/app'}");
	/* The two ways are not each other's. */
	expect_wrapping(&wrapping, "{'args':[" PREFIX ",'a'],'env':['PATH=/b']}",
			"{'args':[" PROFILED("P") "," PREFIX ",'a'],"
						  "'env':['PATH=/nono:/b','NONO_PROFILE=P']}");
}

static void limits_that_are_too_low_for_nono_are_put_aside(void **state)
{
	static const struct {
		const char *limits, *words, *left;
	} rows[] = {
		{ "{'type':'RLIMIT_STACK','hard':8192,'soft':4096}", "'--rlimit','RLIMIT_STACK=4096:8192'",
		  "{'type':'RLIMIT_STACK','hard':1048576,'soft':1048576}" },
		{ "{'type':'RLIMIT_CPU','hard':0,'soft':0}", "'--rlimit','RLIMIT_CPU=0:0'",
		  "{'type':'RLIMIT_CPU','hard':60,'soft':60}" },
		/* The hard one stays: only a privileged process could set it later. */
		{ "{'type':'RLIMIT_NOFILE','hard':1048576,'soft':16}", "'--rlimit','RLIMIT_NOFILE=16:1048576'",
		  "{'type':'RLIMIT_NOFILE','hard':1048576,'soft':1048576}" },
		{ "{'type':'RLIMIT_FSIZE','hard':18446744073709551615,'soft':0}",
		  "'--rlimit','RLIMIT_FSIZE=0:18446744073709551615'",
		  "{'type':'RLIMIT_FSIZE','hard':18446744073709551615,'soft':18446744073709551615}" },
		/* Two, and another one between them. */
		{ "{'type':'RLIMIT_AS','soft':1,'hard':2},{'type':'RLIMIT_NPROC','soft':1,'hard':2},"
		  "{'type':'RLIMIT_DATA','soft':3,'hard':4}",
		  "'--rlimit','RLIMIT_AS=1:2','--rlimit','RLIMIT_DATA=3:4'",
		  "{'type':'RLIMIT_AS','soft':268435456,'hard':268435456},{'type':'RLIMIT_NPROC','soft':1,'hard':2},"
		  "{'type':'RLIMIT_DATA','soft':67108864,'hard':67108864}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_wrapping wrapping = { .profile = "P" };
		char before[1024], after[1024];

		(void)snprintf(before, sizeof before, "{'args':['a'],'env':" ENV ",'rlimits':[%s]}", rows[i].limits);
		(void)snprintf(after, sizeof after, "{'args':[" LIMITED("%s") ",'a'],'env':" ENV ",'rlimits':[%s]}",
			       rows[i].words, rows[i].left);
		expect_wrapping(&wrapping, before, after);
	}
}

static void other_limits_stay(void **state)
{
	static const char *const rows[] = {
		"{'type':'RLIMIT_STACK','hard':8388608,'soft':8388608}",
		"{'type':'RLIMIT_NOFILE','hard':1024,'soft':1024}",
		"{'type':'RLIMIT_CORE','hard':0,'soft':0}",
		"{'type':'RLIMIT_MEMLOCK','hard':0,'soft':0}",
		"{'type':'RLIMIT_STACK','hard':'1','soft':1}",
		"{'type':'RLIMIT_STACK'}",
		"{'type':7,'hard':1,'soft':1}",
		"{}",
		"null",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_wrapping wrapping = { .profile = "P" };
		char before[1024], after[1024];

		(void)snprintf(before, sizeof before, "{'args':['a'],'env':" ENV ",'rlimits':[%s]}", rows[i]);
		(void)snprintf(after, sizeof after, "{'args':[" PREFIX ",'a'],'env':" ENV ",'rlimits':[%s]}", rows[i]);
		expect_wrapping(&wrapping, before, after);
	}
}

/* Also the limits: a runtime takes the rest of a plain exec from config.json. */
static void a_further_command_gets_the_words_of_the_container(void **state)
{
	static const char *const words[] = { "/nono/launcher/kubefence-launcher",
					     "first-step",
					     "--profile",
					     "/nono/profiles/P.json",
					     "--rlimit",
					     "RLIMIT_CPU=1:1",
					     "--" };
	struct json_object *container = json_from("{'args':['a'],'cwd':'/app','rlimits':"
						  "[{'type':'RLIMIT_CPU','soft':1,'hard':1}]}");
	struct kf_wrapping wrapping = { .profile = "P" };
	cleanup_list struct kf_list list = { 0 };
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	expect_success("P", kf_process_wrap(container, &wrapping, &changed, &err), &err);
	wrapping.container = container;
	assert_int_equal(kf_process_prefix(&wrapping, &list), 0);
	assert_int_equal(list.count, COUNT(words));
	for (size_t i = 0; i < COUNT(words); i++)
		assert_string_equal(list.items[i], words[i]);
	(void)json_object_put(container);
}

static void the_prefix_by_itself_is_the_one_in_args(void **state)
{
	struct json_object *process = json_from("{'args':['a'],'env':[]}");
	cleanup_list struct kf_list words = { 0 };
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	expect_success("P", wrap(process, "P", &changed, &err), &err);
	assert_int_equal(kf_process_prefix(&(const struct kf_wrapping){ .profile = "P" }, &words), 0);

	struct json_object *args = kf_json_member(process, "args", json_type_array);

	assert_int_equal(words.count + 1, json_object_array_length(args));
	for (size_t i = 0; i < words.count; i++)
		assert_string_equal(words.items[i], kf_json_string_value(json_object_array_get_idx(args, i)));
	(void)json_object_put(process);
}

static void one_variable_is_edited_as_many_are(void **state)
{
	static const struct {
		const char *before, *after; /* NULL: it stays */
	} rows[] = {
		{ "NONO_PROFILE=other", "NONO_PROFILE=P" },
		{ "NONO_PROFILE=", "NONO_PROFILE=P" },
		/* Nono does not see these, and the first step would only take /nono away again. */
		{ "NONO_PROFILE", NULL },
		{ "NONO_PROFILES=x", NULL },
		{ "NONO_ALLOW=/", NULL },
		{ "TOOL_SANDBOX_X=1", NULL },
		{ "PATH=/bin", NULL },
		{ "PATH=/nono:/bin", NULL },
		{ "XDG_CONFIG_HOME=/x", NULL },
		{ "=NONO_PROFILE=/", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *edited = (char *)"stale";

		assert_int_equal(kf_process_env_edit(rows[i].before, "P", &edited), 0);
		expect_text(rows[i].before, "the variable", edited, rows[i].after);
		free(edited);
	}
}

static void the_wrapping_is_read_from_our_own_prefix_only(void **state)
{
	static const struct {
		const char *process, *profile; /* NULL: it is not wrapped */
		bool by_name;
	} rows[] = {
		{ .process = "{'args':[" PREFIX ",'a']}", .profile = "P" },
		{ .process = "{'args':[" FIRST ",'--profile','/nono/profiles/P.json','--workdir','/x','--','a']}" },
		{ .process = "{'args':[" LIMITED("'--rlimit','RLIMIT_AS=1:2'") ",'a']}", .profile = "P" },
		{ .process = "{'args':[" LIMITED("'--rlimit','RLIMIT_AS=1'") ",'a']}" },
		{ .process = "{'args':[" LIMITED("'--rlimit','RLIMIT_CORE=1:1'") ",'a']}" },
		{ .process = "{'args':[" LIMITED("'--rlimit','RLIMIT_AS=-1:1'") ",'a']}" },
		{ .process = "{'args':[" LIMITED("'--rlimit'") ",'a']}" },
		{ .process = "{'args':[" LIMITED("'--x','y'") ",'a']}" },
		{ .process = "{'args':[" PREFIX ",'a'],'env':['NONO_WORKDIR=/x']}", .profile = "P" },
		{ .process = "{'args':[" PREFIX "," PREFIX ",'a']}", .profile = "P" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/Q.json") "," PREFIX ",'a']}", .profile = "Q" },
		{ .process = "{'args':[" PROFILED("P") ",'a']}", .profile = "P", .by_name = true },
		{ .process = "{'args':[" PREFIX "]}" },
		{ .process = "{'args':[" FIRST ",'--profile','/nono/profiles/P.json','a','b']}" },
		{ .process = "{'args':[" FIRST ",'--workdir','/x','--profile','/nono/profiles/P.json','--','a']}" },
		{ .process = "{'args':['/x/kubefence-launcher','first-step','--profile','/nono/profiles/"
			     "P.json','--','a']}" },
		{ .process = "{'args':['/nono/nono','-s','wrap','--profile','/nono/profiles/P.json','--','a']}" },
		{ .process = "{'args':[" FIRST ",'--profile',1,'--','a']}" },
		{ .process = "{'args':[" FIRST ",'--','a']}" },
		{ .process = "{'args':[" FIRST "]}" },
		{ .process = "{'args':[" PROFILED("/tmp/P.json") ",'a']}" },
		{ .process = "{'args':[" PROFILED("P.json") ",'a']}" },
		{ .process = "{'args':[" PROFILED("") ",'a']}" },
		{ .process = "{'args':[" PROFILED("-P") ",'a']}" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/P") ",'a']}" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/P.jsonx") ",'a']}" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/.json") ",'a']}" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/json") ",'a']}" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/../P.json") ",'a']}" },
		{ .process = "{'args':[" PROFILED("/nono/profiles/a/P.json") ",'a']}" },
		{ .process = "{'args':['a']}" },
		{ .process = "{'args':[]}" },
		{ .process = "{'args':{}}" },
		{ .process = "{}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *process = json_from(rows[i].process);
		struct kf_wrapping wrapping = { .profile = "untouched" };
		char profile[KF_PROFILE_NAME_MAX + 1];

		expect(rows[i].process, kf_process_wrapping(process, &wrapping, profile) == (rows[i].profile != NULL));
		expect_text(rows[i].process, "the profile", wrapping.profile,
			    rows[i].profile ? rows[i].profile : "untouched");
		expect(rows[i].process, wrapping.by_name == rows[i].by_name);
		(void)json_object_put(process);
	}
	assert_false(kf_process_wrapping(NULL, &(struct kf_wrapping){ 0 }, (char[KF_PROFILE_NAME_MAX + 1]){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(args_stay_behind_the_prefix),
		cmocka_unit_test(env_keeps_its_order),
		cmocka_unit_test(a_missing_env_is_made),
		cmocka_unit_test(other_members_stay),
		cmocka_unit_test(malformed_processes_are_refused),
		cmocka_unit_test(the_longest_profile_fits),
		cmocka_unit_test(another_profile_wraps_again),
		cmocka_unit_test(thousands_of_words_are_fine),
		cmocka_unit_test(a_profile_can_go_by_its_name),
		cmocka_unit_test(limits_that_are_too_low_for_nono_are_put_aside),
		cmocka_unit_test(other_limits_stay),
		cmocka_unit_test(a_further_command_gets_the_words_of_the_container),
		cmocka_unit_test(the_prefix_by_itself_is_the_one_in_args),
		cmocka_unit_test(one_variable_is_edited_as_many_are),
		cmocka_unit_test(the_wrapping_is_read_from_our_own_prefix_only),
	};

	return cmocka_run_group_tests_name("oci/process", tests, NULL, NULL);
}
