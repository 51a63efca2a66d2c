/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/hooks.h"

#define PATH "/usr/libexec/oci/hooks.d/kubefence-hook"
#define TAIL "],'env':['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],'timeout':30}"
#define CREATE "{'path':'" PATH "','args':['kubefence-hook','--runtime-class','nono-runc','create-runtime'" TAIL
#define STOP "{'path':'" PATH "','args':['kubefence-hook','--runtime-class','nono-runc','poststop'" TAIL
#define BOTH "'createRuntime':[" CREATE "],'poststop':[" STOP "]"
#define OTHER "{'path':'/usr/bin/nvidia-hook','args':['nvidia-hook','x'],'env':['A=1'],'timeout':7,'future':1.0}"
#define ENGINES "{'path':'" PATH "','args':['kubefence-hook','create-runtime']}"
#define ENGINES_STOP "{'path':'" PATH "','args':['kubefence-hook','poststop']}"

static const struct kf_hook_call call = { .path = PATH, .handler = "nono-runc" };

static void hooks_are_added_behind_those_there(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "{}", "{'hooks':{" BOTH "}}" },
		{ "{'hooks':null,'x':1}", "{'hooks':{" BOTH "},'x':1}" },
		{ "{'hooks':{}}", "{'hooks':{" BOTH "}}" },
		{ "{'hooks':{'poststop':null,'createRuntime':[]}}",
		  "{'hooks':{'poststop':[" STOP "],'createRuntime':[" CREATE "]}}" },
		/* Docker's network is a hook; all others stay, in their stages and in their order. */
		{ "{'hooks':{'prestart':[" OTHER "],'createContainer':[" OTHER "],'future':[" OTHER "]}}",
		  "{'hooks':{'prestart':[" OTHER "],'createContainer':[" OTHER "],'future':[" OTHER "]," BOTH "}}" },
		{ "{'hooks':{'createRuntime':[" OTHER "," OTHER "],'poststop':[" OTHER "]}}",
		  "{'hooks':{'createRuntime':[" OTHER "," OTHER "," CREATE "],'poststop':[" OTHER "," STOP "]}}" },
		/* The engine's own entry does, wherever it is and by any name of the stage. */
		{ "{'hooks':{'createRuntime':[" OTHER "," ENGINES "],'poststop':[" ENGINES_STOP "]}}",
		  "{'hooks':{'createRuntime':[" OTHER "," ENGINES "],'poststop':[" ENGINES_STOP "]}}" },
		{ "{'hooks':{'prestart':[" ENGINES "],'poststop':[" ENGINES_STOP "]}}",
		  "{'hooks':{'prestart':[" ENGINES "],'poststop':[" ENGINES_STOP "]}}" },
		{ "{'hooks':{'createRuntime':[" ENGINES "]}}",
		  "{'hooks':{'createRuntime':[" ENGINES "],'poststop':[" STOP "]}}" },
		{ "{'hooks':{'poststop':[" ENGINES_STOP "]}}",
		  "{'hooks':{'poststop':[" ENGINES_STOP "],'createRuntime':[" CREATE "]}}" },
		/* In a stage that runs in the container, or too late, it does not count. */
		{ "{'hooks':{'createContainer':[" ENGINES "],'startContainer':[" ENGINES "],'poststart':[" ENGINES
		  "]}}",
		  "{'hooks':{'createContainer':[" ENGINES "],'startContainer':[" ENGINES "],'poststart':[" ENGINES
		  "]," BOTH "}}" },
		/* Another program of our name, wherever it lies, and ours with another command. */
		{ "{'hooks':{'createRuntime':[{'path':'/evil/"
		  "kubefence-hook','args':['kubefence-hook','create-runtime']}],"
		  "'poststop':[{'path':'/evil/kubefence-hook','args':['kubefence-hook','poststop']}]}}",
		  "{'hooks':{'createRuntime':[{'path':'/evil/"
		  "kubefence-hook','args':['kubefence-hook','create-runtime']}," CREATE
		  "],'poststop':[{'path':'/evil/kubefence-hook','args':['kubefence-hook','poststop']}," STOP "]}}" },
		{ "{'hooks':{'createRuntime':[" ENGINES_STOP ",{'path':'" PATH "'},{'path':'" PATH "','args':[]},"
		  "{'path':'" PATH "','args':['create-runtime','--help']}],'poststop':[" ENGINES "]}}",
		  "{'hooks':{'createRuntime':[" ENGINES_STOP ",{'path':'" PATH "'},{'path':'" PATH "','args':[]},"
		  "{'path':'" PATH "','args':['create-runtime','--help']}," CREATE "],'poststop':[" ENGINES "," STOP
		  "]}}" },
		/* Names that only look like ours. */
		{ "{'hooks':{'createRuntime':[{'path':'/x/kubefence-hook2'},{'path':'/x/my-kubefence-hook'},"
		  "{'path':'/kubefence-hook/x'},{'path':'/x/kubefence-hook/'},{'path':1},{},null,'kubefence-hook']}}",
		  "{'hooks':{'createRuntime':[{'path':'/x/kubefence-hook2'},{'path':'/x/my-kubefence-hook'},"
		  "{'path':'/kubefence-hook/x'},{'path':'/x/kubefence-hook/"
		  "'},{'path':1},{},null,'kubefence-hook'," CREATE "],'poststop':[" STOP "]}}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].before);
		struct kf_error err = { 0 };
		bool changed = false;

		expect_success(rows[i].before, kf_hooks_add(spec, &call, &changed, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect(rows[i].before, changed == (strcmp(rows[i].before, rows[i].after) != 0));
		changed = false;
		expect_success(rows[i].before, kf_hooks_add(spec, &call, &changed, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect(rows[i].before, !changed);
		(void)json_object_put(spec);
	}
}

/* The id must be in the args: Kata's Go runtime hands poststop the id of the sandbox. And createRuntime comes too late.
 */
static void under_kata_it_is_poststop_alone(void **state)
{
#define KATA                                                                                                           \
	"{'path':'" PATH                                                                                               \
	"','args':['kubefence-hook','--runtime-class','nono-runc','--container-id','c1','poststop'" TAIL
	static const struct kf_hook_call kata = { .path = PATH, .handler = "nono-runc", .vm_id = "c1" };
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "{}", "{'hooks':{'poststop':[" KATA "]}}" },
		{ "{'hooks':{'createRuntime':[" OTHER "],'poststop':[" OTHER "]}}",
		  "{'hooks':{'createRuntime':[" OTHER "],'poststop':[" OTHER "," KATA "]}}" },
		/* CRI-O's hooks.d has an entry, too, that does not know which container is meant. */
		{ "{'hooks':{'createRuntime':[" ENGINES "],'poststop':[" ENGINES_STOP "]}}",
		  "{'hooks':{'createRuntime':[" ENGINES "],'poststop':[" ENGINES_STOP "," KATA "]}}" },
		{ "{'hooks':{'poststop':[" KATA "," OTHER "]}}", "{'hooks':{'poststop':[" KATA "," OTHER "]}}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].before);
		struct kf_error err = { 0 };
		bool changed = false;

		expect_success(rows[i].before, kf_hooks_add(spec, &kata, &changed, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect(rows[i].before, changed == (strcmp(rows[i].before, rows[i].after) != 0));
		changed = false;
		expect_success(rows[i].before, kf_hooks_add(spec, &kata, &changed, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect(rows[i].before, !changed);
		(void)json_object_put(spec);
	}
}

/* Where crun says "/", for our own entries and for the engine's. */
static void the_bundle_is_told_where_it_is_given(void **state)
{
#define TOLD(command) "{'path':'" PATH "','args':['kubefence-hook','--bundle','/b'," command "]}"
	static const struct kf_hook_call told = { .path = PATH, .handler = "nono-runc", .bundle = "/b" };
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "{'hooks':{'createRuntime':[" OTHER "," ENGINES "],'poststop':[" ENGINES_STOP "]}}",
		  "{'hooks':{'createRuntime':[" OTHER
		  "," TOLD("'create-runtime'") "],'poststop':[" TOLD("'poststop'") "]}}" },
		{ "{'hooks':{'prestart':[" ENGINES "],'poststop':[" ENGINES_STOP "]}}",
		  "{'hooks':{'prestart':[" TOLD("'create-runtime'") "],'poststop':[" TOLD("'poststop'") "]}}" },
		/* Of another bundle, and without a value. */
		{ "{'hooks':{'prestart':[{'path':'" PATH "','args':['kubefence-hook','--bundle','/old','prestart']}],"
		  "'poststop':[{'path':'" PATH "','args':['kubefence-hook','--bundle','poststop']}]}}",
		  "{'hooks':{'prestart':[" TOLD("'prestart'") "],'poststop':[{'path':'" PATH
							      "','args':['kubefence-hook','--bundle','--bundle','/b',"
							      "'poststop']}]}}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].before);
		struct kf_error err = { 0 };
		bool changed = false;

		expect_success(rows[i].before, kf_hooks_add(spec, &told, &changed, &err), &err);
		expect_json(rows[i].before, spec, rows[i].after);
		expect(rows[i].before, changed);
		(void)json_object_put(spec);
	}

	struct json_object *spec = json_from("{}");
	struct kf_error err = { 0 };
	bool changed = false;

	expect_success("ours", kf_hooks_add(spec, &told, &changed, &err), &err);
	expect_text("ours", "args",
		    json_object_to_json_string(json_object_object_get(
			    json_object_array_get_idx(
				    json_object_object_get(json_object_object_get(spec, "hooks"), "poststop"), 0),
			    "args")),
		    "[ \"kubefence-hook\", \"--runtime-class\", \"nono-runc\", \"--bundle\", \"\\/b\", \"poststop\" ]");
	changed = false;
	expect_success("again", kf_hooks_add(spec, &told, &changed, &err), &err);
	assert_false(changed);
	(void)json_object_put(spec);
}

static void a_change_from_before_is_not_forgotten(void **state)
{
	struct json_object *spec = json_from("{'hooks':{'createRuntime':[" ENGINES "],'poststop':[" ENGINES_STOP "]}}");
	struct kf_error err = { 0 };
	bool changed = true;

	(void)state;
	expect_success("kept", kf_hooks_add(spec, &call, &changed, &err), &err);
	assert_true(changed);
	(void)json_object_put(spec);
}

static void the_configuration_is_handed_on(void **state)
{
	static const struct kf_hook_call with_config = { .path = "/h/kubefence-hook",
							 .config = "/etc/a b.conf",
							 .handler = "c" };
	struct json_object *spec = json_from("{}");
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	expect_success("config", kf_hooks_add(spec, &with_config, &changed, &err), &err);
	expect_json("config", spec,
		    "{'hooks':{'createRuntime':[{'path':'/h/kubefence-hook','args':['kubefence-hook','--config',"
		    "'/etc/a b.conf','--runtime-class','c','create-runtime'" TAIL
		    "],'poststop':[{'path':'/h/kubefence-hook','args':['kubefence-hook','--config',"
		    "'/etc/a b.conf','--runtime-class','c','poststop'" TAIL "]}}");
	(void)json_object_put(spec);
}

static void the_runtime_directory_is_handed_on(void **state)
{
	static const struct kf_hook_call with_dir = { .path = "/h/kubefence-hook",
						      .handler = "c",
						      .runtime_dir = "/run/user/1001" };
	struct json_object *spec =
		json_from("{'hooks':{'poststop':[{'path':'/h/kubefence-hook','args':['kubefence-hook','poststop']}]}}");
	struct kf_error err = { 0 };
	bool changed;

	(void)state;
	expect_success("dir", kf_hooks_add(spec, &with_dir, &changed, &err), &err);
	expect_json("dir", spec,
		    "{'hooks':{'poststop':[{'path':'/h/kubefence-hook','args':['kubefence-hook','poststop']}],"
		    "'createRuntime':[{'path':'/h/kubefence-hook',"
		    "'args':['kubefence-hook','--runtime-class','c','create-runtime'],"
		    "'env':['PATH=/usr/sbin:/usr/bin:/sbin:/bin','XDG_RUNTIME_DIR=/run/user/1001'],'timeout':30}]}}");
	(void)json_object_put(spec);
}

static void malformed_hooks_are_refused(void **state)
{
	static const char *const rows[] = {
		"{'hooks':[]}",
		"{'hooks':'x'}",
		"{'hooks':1}",
		"{'hooks':{'createRuntime':{}}}",
		"{'hooks':{'createRuntime':'x'}}",
		"{'hooks':{'createRuntime':[],'poststop':{}}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i]);
		struct kf_error err = { 0 };
		bool changed = false;

		expect_refusal(rows[i], kf_hooks_add(spec, &call, &changed, &err), EINVAL, &err);
		expect(rows[i], strstr(err.message, "hooks") != NULL);
		(void)json_object_put(spec);
	}
}

/* As an administrator may name it: through a symlink of the node's. */
static void another_path_of_the_same_program_is_ours(void **state)
{
	struct scratch *scratch = *state;
	char program[PATH_MAX], link_path[PATH_MAX], text[PATH_MAX * 3];
	struct kf_hook_call ours = { .path = program, .handler = "nono-runc" };
	struct kf_error err = { 0 };
	bool changed = false;

	(void)snprintf(program, sizeof program, "%s/kubefence-hook", scratch->path);
	(void)snprintf(link_path, sizeof link_path, "%s/elsewhere", scratch->path);
	put_text(program, "");
	assert_int_equal(symlink(scratch->path, link_path), 0);
	(void)snprintf(text, sizeof text,
		       "{'hooks':{'createRuntime':[{'path':'%s/kubefence-hook','args':['x','create-runtime']}],"
		       "'poststop':[{'path':'%s/kubefence-hook','args':['x','poststop']}]}}",
		       link_path, link_path);

	struct json_object *spec = json_from(text);

	expect_success("the link", kf_hooks_add(spec, &ours, &changed, &err), &err);
	assert_false(changed);
	(void)json_object_put(spec);
}

static void start_container_hooks_are_refused(void **state)
{
	static const struct {
		const char *hooks;
		int code;
	} rows[] = {
		{ "{}", 0 },
		{ "{'hooks':null}", 0 },
		{ "{'hooks':{'startContainer':[]}}", 0 },
		{ "{'hooks':{'startContainer':null,'createContainer':[" OTHER "]}}", 0 },
		{ "{'hooks':{'startContainer':[" OTHER "]}}", EPERM },
		{ "{'hooks':{'startContainer':[" ENGINES "]}}", EPERM },
		{ "{'hooks':{'startContainer':[null]}}", EPERM },
		{ "{'hooks':{'startContainer':{}}}", EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *spec = json_from(rows[i].hooks);
		struct kf_error err = { 0 };
		int r = kf_hooks_check(spec, &err);

		if (rows[i].code == 0)
			expect_success(rows[i].hooks, r, &err);
		else
			expect_refusal(rows[i].hooks, r, rows[i].code, &err);
		(void)json_object_put(spec);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_are_added_behind_those_there),
		cmocka_unit_test(under_kata_it_is_poststop_alone),
		cmocka_unit_test(the_bundle_is_told_where_it_is_given),
		cmocka_unit_test(a_change_from_before_is_not_forgotten),
		cmocka_unit_test(the_configuration_is_handed_on),
		cmocka_unit_test(the_runtime_directory_is_handed_on),
		cmocka_unit_test(malformed_hooks_are_refused),
		scratch_test(another_path_of_the_same_program_is_ours),
		cmocka_unit_test(start_container_hooks_are_refused),
	};

	return cmocka_run_group_tests_name("oci/hooks", tests, NULL, NULL);
}
