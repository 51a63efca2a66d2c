/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/spec-edit.h"

#define FIRST "'/nono/launcher/kubefence-launcher','first-step'"
#define PROFILED(argument) FIRST ",'--profile','" argument "','--'"
#define PREFIX PROFILED("/nono/profiles/tight.json")
#define ENV "'PATH=/nono:/bin','NONO_PROFILE=tight'"
#define WRAPPED "'process':{'args':[" PREFIX ",'sh'],'env':[" ENV "]}"
#define OWN "'linux':{'namespaces':[{'type':'pid'},{'type':'mount'}]}"
#define HOOK(command) "{'path':'/h/kubefence-hook','args':['kubefence-hook','" command "']}"
#define HOOKS "'hooks':{'createRuntime':[" HOOK("create-runtime") "],'poststop':[" HOOK("poststop") "]}"
#define OURS "{'destination':'/nono','type':'bind','source':'/opt/nono-nri','options':['rbind','rprivate','ro']}"

static const struct kf_hook_call hook = { .path = "/h/kubefence-hook", .handler = "nono-runc" };
static const struct kf_spec_edit by_hook = { .handler = "nono-runc", .wrapping.profile = "tight", .hook = &hook };
static const struct kf_spec_edit by_mount = {
	.handler = "nono-runc", .wrapping.profile = "tight", .hook = &hook, .mount_source = "/opt/nono-nri"
};

/* A spec with a mount namespace of its own, and the members in TEXT. */
static const char *with_namespace(const char *text)
{
	static char specs[2][16384];
	static size_t next;
	char *spec = specs[next++ % 2];

	(void)snprintf(spec, sizeof specs[0], "{" OWN "%s%s", strcmp(text, "{}") == 0 ? "" : ",", text + 1);
	return spec;
}

static void a_realistic_spec_changes_where_it_should_only(void **state)
{
	struct json_object *spec = json_from(realistic_spec()), *before = json_from(realistic_spec());
	static const char *const untouched[] = { "ociVersion", "root", "hostname", "linux", "x-future" };
	struct kf_error err = { 0 };
	bool changed = false;

	(void)state;
	expect_success("rewrite", kf_spec_edit_apply(spec, &by_mount, &changed, &err), &err);
	assert_true(changed);
	for (size_t i = 0; i < COUNT(untouched); i++) {
		struct json_object *a, *b;

		assert_true(json_object_object_get_ex(spec, untouched[i], &a));
		assert_true(json_object_object_get_ex(before, untouched[i], &b));
		char *text = strdup(json_text(a));

		expect_text(untouched[i], "the member", text, json_text(b));
		free(text);
	}

	/* The rest, by putting back the additions. */
	struct json_object *process = kf_json_member(spec, "process", json_type_object);

	expect_json("args", kf_json_member(spec, "process", json_type_object),
		    "{'terminal':false,'user':{'uid':1000,'gid':0,'umask':18,'additionalGids':[10,4294967295]},"
		    "'args':[" PREFIX ",'/usr/bin/python3','-c','print(\\\"h\xc3\xa4llo\\\")',''],"
		    "'env':['PATH=/nono:/usr/local/bin:/usr/bin','TERM=xterm','EMPTY=','NONO_ALLOW=/','HOME=/root',"
		    "'NONO_PROFILE=tight'],"
		    "'cwd':'/app','capabilities':{'bounding':['CAP_KILL'],'effective':[]},"
		    "'rlimits':[{'type':'RLIMIT_NOFILE','hard':18446744073709551615,'soft':1048576}],"
		    "'noNewPrivileges':true,'oomScoreAdj':-997,'apparmorProfile':null}");
	assert_non_null(process);
	assert_string_equal(
		kf_json_string(kf_json_member(spec, "annotations", json_type_object), "nono.sh/runtime-class"),
		"nono-runc");
	assert_string_equal(kf_json_string(kf_json_member(spec, "annotations", json_type_object), "nono.sh/profile"),
			    "claude-code");
	(void)json_object_put(spec);
	(void)json_object_put(before);
}

static void twice_is_once_to_the_byte(void **state)
{
	static const struct kf_spec_edit *const rewrites[] = { &by_hook, &by_mount };

	(void)state;
	for (size_t i = 0; i < COUNT(rewrites); i++) {
		struct json_object *spec = json_from(realistic_spec()), *again;
		struct kf_error err = { 0 };
		bool changed = false;

		expect_success("once", kf_spec_edit_apply(spec, rewrites[i], &changed, &err), &err);
		assert_true(changed);

		char *once = strdup(json_text(spec));

		assert_non_null(once);
		expect_success("same document", kf_spec_edit_apply(spec, rewrites[i], &changed, &err), &err);
		assert_false(changed);
		assert_string_equal(json_text(spec), once);
		/* And through the file. */
		again = json_from(once);
		changed = true;
		expect_success("read again", kf_spec_edit_apply(again, rewrites[i], &changed, &err), &err);
		assert_false(changed);
		assert_string_equal(json_text(again), once);
		expect_success("verify", kf_spec_edit_verify(again, rewrites[i], &err), &err);
		free(once);
		(void)json_object_put(spec);
		(void)json_object_put(again);
	}
}

static void the_stamp_replaces_a_pod_s_annotation(void **state)
{
	static const struct {
		const char *before, *after; /* the annotations */
	} rows[] = {
		{ "", ",'annotations':{'nono.sh/runtime-class':'nono-runc'}" },
		{ ",'annotations':null", ",'annotations':{'nono.sh/runtime-class':'nono-runc'}" },
		{ ",'annotations':{'a':'b'}", ",'annotations':{'a':'b','nono.sh/runtime-class':'nono-runc'}" },
		{ ",'annotations':{'nono.sh/runtime-class':'runc','a':'b'}",
		  ",'annotations':{'nono.sh/runtime-class':'nono-runc','a':'b'}" },
		{ ",'annotations':{'nono.sh/runtime-class':'','a':'b'}",
		  ",'annotations':{'nono.sh/runtime-class':'nono-runc','a':'b'}" },
		{ ",'annotations':{'nono.sh/runtime-class':1}",
		  ",'annotations':{'nono.sh/runtime-class':'nono-runc'}" },
		{ ",'annotations':{'nono.sh/runtime-class':'nono-runc\\u0000x'}",
		  ",'annotations':{'nono.sh/runtime-class':'nono-runc'}" },
		{ ",'annotations':{'nono.sh/runtime-class':'nono-runc'}",
		  ",'annotations':{'nono.sh/runtime-class':'nono-runc'}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char before[1024], after[1024];
		struct json_object *spec;
		struct kf_error err = { 0 };
		bool changed = false;

		(void)snprintf(before, sizeof before, "{" WRAPPED "," HOOKS "%s}", rows[i].before);
		(void)snprintf(after, sizeof after, "{" WRAPPED "," HOOKS "%s}", rows[i].after);
		spec = json_from(with_namespace(before));
		expect_success(before, kf_spec_edit_apply(spec, &by_hook, &changed, &err), &err);
		expect_json(before, spec, with_namespace(after));
		expect(before, changed == (strcmp(before, after) != 0));
		(void)json_object_put(spec);
	}
}

static void steering_annotations_are_dropped(void **state)
{
	static const struct {
		const char *key;
		bool stays;
	} rows[] = {
		{ "run.oci.hooks.stdout", false },
		{ "run.oci.hooks.stderr", false },
		{ "run.oci.hooks.", false },
		{ "run.oci.hooks.future", false },
		{ "run.oci.handler", false },
		{ "run.oci.seccomp_bpf_data", false },
		{ "run.oci.seccomp.plugins", false },
		{ "run.oci.seccomp.receiver", false },
		{ "run.oci.pidfd_receiver", false },
		{ "module.wasm.image/variant", false },
		{ "org.criu.config", false },
		{ "bundle", false },
		{ "run.oci.hooks", true },
		{ "run.oci.handlers", true },
		{ "run.oci.keep_original_groups", true },
		{ "xrun.oci.hooks.stdout", true },
		{ "bundle=/elsewhere", false },
		{ "bundle2", true },
		{ "nono.sh/profile", true },
		{ "", true },
	};
	char annotations[2048] = "", kept[2048] = "";
	size_t used = 0, kept_used = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[512];
		struct json_object *spec;
		struct kf_error err = { 0 };
		bool changed = false;

		used += (size_t)snprintf(annotations + used, sizeof annotations - used, "'%s':'%zu',", rows[i].key, i);
		if (rows[i].stays)
			kept_used += (size_t)snprintf(kept + kept_used, sizeof kept - kept_used, "'%s':'%zu',",
						      rows[i].key, i);
		(void)snprintf(text, sizeof text,
			       "{" WRAPPED "," HOOKS ",'annotations':{'nono.sh/runtime-class':'nono-runc','%s':'x'}}",
			       rows[i].key);
		spec = json_from(with_namespace(text));
		expect_success(rows[i].key, kf_spec_edit_apply(spec, &by_hook, &changed, &err), &err);
		expect(rows[i].key, changed == !rows[i].stays);
		(void)json_object_put(spec);
	}

	/* All of them together, in one annotations object. */
	char before[8192], after[8192];
	struct kf_error err = { 0 };
	bool changed = false;

	(void)snprintf(before, sizeof before, "{" WRAPPED "," HOOKS ",'annotations':{%s'last':1}}", annotations);
	(void)snprintf(after, sizeof after,
		       "{" WRAPPED "," HOOKS ",'annotations':{%s'last':1,'nono.sh/runtime-class':'nono-runc'}}", kept);

	struct json_object *spec = json_from(with_namespace(before));

	expect_success("all", kf_spec_edit_apply(spec, &by_hook, &changed, &err), &err);
	expect_json("all", spec, with_namespace(after));
	(void)json_object_put(spec);
}

static void delivery_decides_about_the_mount(void **state)
{
	struct json_object *spec = json_from(with_namespace("{" WRAPPED "," HOOKS ",'mounts':[]}"));
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	expect_success("hook", kf_spec_edit_apply(spec, &by_hook, &changed, &err), &err);
	assert_int_equal(json_object_array_length(kf_json_member(spec, "mounts", json_type_array)), 0);
	expect_success("mount", kf_spec_edit_apply(spec, &by_mount, &changed, &err), &err);
	assert_true(changed);
	expect_json("mount", spec,
		    with_namespace("{" WRAPPED "," HOOKS ",'mounts':[" OURS
				   "],'annotations':{'nono.sh/runtime-class':'nono-runc'}}"));
	(void)json_object_put(spec);
}

static void a_spec_that_cannot_be_sandboxed_is_refused(void **state)
{
	static const struct {
		const char *spec;
		int code;
	} rows[] = {
		{ "{}", EINVAL },
		{ "{'process':null}", EINVAL },
		{ "{'process':[]}", EINVAL },
		{ "{'process':'sh'}", EINVAL },
		{ "{'process':{}}", EINVAL },
		{ "{'process':{'args':[]}}", EINVAL },
		{ "{'process':{'args':['a'],'env':{}}}", EINVAL },
		{ "{'process':{'args':['a']},'annotations':[]}", EINVAL },
		{ "{'process':{'args':['a']},'annotations':'x'}", EINVAL },
		{ "{'process':{'args':['a']},'hooks':[]}", EINVAL },
		{ "{'process':{'args':['a']},'mounts':[{}]}", EINVAL },
		{ "{'process':{'args':['a']},'mounts':[{'destination':'/nono'}]}", EEXIST },
		{ "{'process':{'args':['a']},'mounts':[{'destination':'/nono/profiles'}]}", EEXIST },
	};
	static const struct kf_spec_edit *const rewrites[] = { &by_hook, &by_mount };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t r = 0; r < COUNT(rewrites); r++) {
			struct json_object *spec = json_from(with_namespace(rows[i].spec));
			struct kf_error err = { 0 };
			bool changed = false;

			expect_refusal(rows[i].spec, kf_spec_edit_apply(spec, rewrites[r], &changed, &err),
				       rows[i].code, &err);
			expect(rows[i].spec, !changed);
			(void)json_object_put(spec);
		}
}

static void verify_says_yes_to_ours_only(void **state)
{
	static const struct {
		const char *spec;
		bool by_hook, by_mount;
	} rows[] = {
		{ "{" WRAPPED "}", true, false },
		{ "{" WRAPPED ",'mounts':[{'destination':'/proc','type':'proc'}]}", true, false },
		{ "{" WRAPPED ",'mounts':[{'destination':'/proc','type':'proc'}," OURS "]}", false, true },
		/* Not wrapped at all. */
		{ "{'process':{'args':['sh'],'env':[" ENV "]}}", false, false },
		/* No command after the prefix. */
		{ "{'process':{'args':[" PREFIX "],'env':[" ENV "]}}", false, false },
		/* Another profile, a bare name, a file of the image's. */
		{ "{'process':{'args':[" PROFILED("/nono/profiles/weak.json") ",'sh'],'env':[" ENV "]}}", false,
		  false },
		{ "{'process':{'args':[" PROFILED("tight") ",'sh'],'env':[" ENV "]}}", false, false },
		{ "{'process':{'args':[" PROFILED("/tmp/tight.json") ",'sh'],'env':[" ENV "]}}", false, false },
		/* Another launcher, another step, nono itself, more grants, no "--", our words in another order. */
		{ "{'process':{'args':['/tmp/kubefence-launcher','first-step','--profile','/nono/profiles/"
		  "tight.json','--',"
		  "'sh'],'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':['/nono/launcher/kubefence-launcher','last-step','--variables','0','--','sh'],"
		  "'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':['/nono/nono','-s','wrap','--profile','/nono/profiles/tight.json','--','sh'],"
		  "'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':[" FIRST ",'--profile','/nono/profiles/tight.json','-a','/','--','sh'],"
		  "'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':[" FIRST ",'--profile','/nono/profiles/tight.json','--workdir','/x','--','sh'],"
		  "'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':[" FIRST ",'--profile','/nono/profiles/tight.json','sh'],'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':[" FIRST ",'--','--profile','/nono/profiles/tight.json','sh'],'env':[" ENV "]}}",
		  false, false },
		{ "{'process':{'args':['sh'," PREFIX ",'sh'],'env':[" ENV "]}}", false, false },
		/* The environment is part of it. */
		{ "{'process':{'args':[" PREFIX ",'sh']}}", false, false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':['PATH=/nono:/bin']}}", false, false },
		/* An environment without PATH gets none. Nono does not see the container's variables. */
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':['NONO_PROFILE=tight']}}", true, false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':['PATH=/bin','NONO_PROFILE=tight']}}", false, false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':['PATH=/nono:/bin','NONO_PROFILE=weak']}}", false,
		  false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV ",'NONO_PROFILE=weak']}}", false, false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV ",'NONO_ALLOW=/']}}", true, false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV ",'TOOL_SANDBOX_X=1']}}", true, false },
		{ "{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV ",'PATH=/tmp']}}", false, false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		const char *text = rows[i / 2].spec;
		struct json_object *spec = json_from(with_namespace(text));
		struct kf_error err = { 0 };
		int r = kf_spec_edit_verify(spec, i % 2 ? &by_mount : &by_hook, &err);

		if (i % 2 ? rows[i / 2].by_mount : rows[i / 2].by_hook)
			expect_success(text, r, &err);
		else
			expect(text, r == -EPERM || r == -EEXIST);
		(void)json_object_put(spec);
	}
}

static void seccomp_is_the_class_s_and_verified(void **state)
{
	struct json_object *profile = json_from("{'defaultAction':'SCMP_ACT_LOG'}");
	struct json_object *spec = json_from(realistic_spec()), *other;
	const struct kf_spec_edit strict = {
		.handler = "nono-runc", .wrapping.profile = "tight", .hook = &hook, .seccomp = profile
	};
	struct kf_error err = { 0 };
	bool changed = false;

	(void)state;
	expect_success("rewrite", kf_spec_edit_apply(spec, &strict, &changed, &err), &err);
	expect_json("seccomp", json_object_object_get(kf_json_member(spec, "linux", json_type_object), "seccomp"),
		    "{'defaultAction':'SCMP_ACT_LOG'}");
	changed = true;
	expect_success("again", kf_spec_edit_apply(spec, &strict, &changed, &err), &err);
	assert_false(changed);
	expect_success("verify", kf_spec_edit_verify(spec, &strict, &err), &err);
	(void)json_object_put(spec);

	/* Wrapped, with the pod's own filter. */
	other = json_from(realistic_spec());
	expect_success("rewrite", kf_spec_edit_apply(other, &by_hook, &changed, &err), &err);
	expect_success("verify", kf_spec_edit_verify(other, &by_hook, &err), &err);
	expect_refusal("other filter", kf_spec_edit_verify(other, &strict, &err), EPERM, &err);
	assert_non_null(strstr(err.message, "seccomp"));
	(void)json_object_put(other);
	(void)json_object_put(profile);
}

static void verify_needs_no_stamp_and_no_hooks(void **state)
{
	static const struct kf_spec_edit bare = { .handler = "nono-runc", .wrapping.profile = "tight" };
	struct json_object *spec =
		json_from(with_namespace("{" WRAPPED ",'annotations':{'nono.sh/runtime-class':'other'}}"));
	struct kf_error err = { 0 };

	(void)state;
	expect_success("bare", kf_spec_edit_verify(spec, &bare, &err), &err);
	(void)json_object_put(spec);
	spec = json_from(with_namespace("{'process':{'args':['sh']}}"));
	expect_refusal("not wrapped", kf_spec_edit_verify(spec, &bare, &err), EPERM, &err);
	assert_non_null(strstr(err.message, "tight"));
	(void)json_object_put(spec);
	spec = json_from(with_namespace("{}"));
	expect_refusal("no process", kf_spec_edit_verify(spec, &bare, &err), EINVAL, &err);
	(void)json_object_put(spec);
}

/* The hook mounts in it, and so does the runtime: in the host's, /nono would appear on the node. */
static void a_mount_namespace_of_its_own_is_needed(void **state)
{
	static const struct {
		const char *linux_part;
		bool fine;
	} rows[] = {
		{ "'linux':{'namespaces':[{'type':'mount'}]}", true },
		{ "'linux':{'namespaces':[{'type':'pid'},{'type':'mount','path':''}]}", true },
		{ "'x':1", false },
		{ "'linux':null", false },
		{ "'linux':{}", false },
		{ "'linux':{'namespaces':null}", false },
		{ "'linux':{'namespaces':[]}", false },
		{ "'linux':{'namespaces':{'type':'mount'}}", false },
		{ "'linux':{'namespaces':['mount']}", false },
		{ "'linux':{'namespaces':[{'type':'pid'},{'type':'user'}]}", false },
		{ "'linux':{'namespaces':[{'type':'mount\\u0000'}]}", false },
		/* That of other processes: the node's own, for instance. */
		{ "'linux':{'namespaces':[{'type':'mount','path':'/proc/1/ns/mnt'}]}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[1024];
		struct json_object *spec;
		struct kf_error err = { 0 };
		bool changed;
		int r;

		(void)snprintf(text, sizeof text, "{" WRAPPED ",%s}", rows[i].linux_part);
		spec = json_from(text);
		r = kf_spec_edit_verify(spec, &by_hook, &err);
		if (rows[i].fine)
			expect_success(text, r, &err);
		else
			expect_refusal(text, r, EINVAL, &err);
		(void)json_object_put(spec);
		spec = json_from(text);
		expect(text, (kf_spec_edit_apply(spec, &by_hook, &changed, &err) == 0) == rows[i].fine);
		(void)json_object_put(spec);
	}
}

/*
 * runc reads config.json with Go's encoding/json, which takes a key for a field in any case, the last one
 * winning: wrapped under one spelling, the command would start under the other.
 */
static void another_spelling_of_a_key_hides_nothing(void **state)
{
	static const char *const rows[] = {
		"{" WRAPPED ",'Process':{'args':['sh']}}",
		"{" WRAPPED ",'PROCESS':{'args':['sh']}}",
		"{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV "],'Args':['sh']}}",
		"{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV "],'ENV':['NONO_ALLOW=/']}}",
		"{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV "],'Capabilities':{'bounding':['CAP_BPF']}}}",
		"{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV "],'capabilities':{'BOUNDING':['CAP_BPF']}}}",
		"{" WRAPPED ",'Mounts':[{'destination':'/nono','type':'tmpfs'}]}",
		"{" WRAPPED ",'mounts':[{'destination':'/x','Destination':'/nono'}]}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(with_namespace(rows[i]));
		struct kf_error err = { 0 };

		expect(rows[i], kf_spec_edit_verify(spec, &by_hook, &err) < 0);
		(void)json_object_put(spec);
	}
}

static void another_spelling_below_linux_hides_nothing(void **state)
{
	static const char *const rows[] = {
		"'Resources':{'devices':[{'allow':true}]}",
		"'resources':{'Devices':[{'allow':true}]}",
		"'resources':{'devices':[{'Allow':true}]}",
		"'resources':{'devices':[{'allow':false,'ACCESS':'rwm'}]}",
		"'Namespaces':[{'type':'mount','path':'/proc/1/ns/mnt'}]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[1024];
		struct json_object *spec;
		struct kf_error err = { 0 };

		(void)snprintf(text, sizeof text, "{" WRAPPED ",'linux':{'namespaces':[{'type':'mount'}],%s}}",
			       rows[i]);
		spec = json_from(text);
		expect_refusal(rows[i], kf_spec_edit_verify(spec, &by_hook, &err), EINVAL, &err);
		(void)json_object_put(spec);
	}
}

/* The class decides; the rewrite and the hook say the same. */
static void privileges_are_refused_unless_the_class_allows_them(void **state)
{
	struct kf_spec_edit edit = by_hook;
	struct json_object *spec = json_from(with_namespace("{'process':{'args':[" PREFIX ",'sh'],'env':[" ENV
							    "],'capabilities':{'bounding':['CAP_BPF']}}}"));
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	expect_refusal("apply", kf_spec_edit_apply(spec, &edit, &changed, &err), EPERM, &err);
	assert_int_equal(err.reason, KF_REASON_PRIVILEGES_REFUSED);
	expect_refusal("verify", kf_spec_edit_verify(spec, &edit, &err), EPERM, &err);
	assert_int_equal(err.reason, KF_REASON_PRIVILEGES_REFUSED);
	edit.privileged = true;
	expect_success("allowed", kf_spec_edit_verify(spec, &edit, &err), &err);
	(void)json_object_put(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_realistic_spec_changes_where_it_should_only),
		cmocka_unit_test(twice_is_once_to_the_byte),
		cmocka_unit_test(the_stamp_replaces_a_pod_s_annotation),
		cmocka_unit_test(steering_annotations_are_dropped),
		cmocka_unit_test(delivery_decides_about_the_mount),
		cmocka_unit_test(a_spec_that_cannot_be_sandboxed_is_refused),
		cmocka_unit_test(verify_says_yes_to_ours_only),
		cmocka_unit_test(seccomp_is_the_class_s_and_verified),
		cmocka_unit_test(verify_needs_no_stamp_and_no_hooks),
		cmocka_unit_test(a_mount_namespace_of_its_own_is_needed),
		cmocka_unit_test(another_spelling_of_a_key_hides_nothing),
		cmocka_unit_test(another_spelling_below_linux_hides_nothing),
		cmocka_unit_test(privileges_are_refused_unless_the_class_allows_them),
	};

	return cmocka_run_group_tests_name("oci/spec-edit", tests, NULL, NULL);
}
