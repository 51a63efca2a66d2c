/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "nono/profile-paths.h"

static int check(const char *text, struct kf_error *err)
{
	struct json_object *document = json_from(text);
	int r = kf_profile_check_paths(document, "P", err);

	(void)json_object_put(document);
	return r;
}

static const char *const lists[] = { "allow",
				     "read",
				     "write",
				     "allow_file",
				     "read_file",
				     "write_file",
				     "deny",
				     "bypass_protection",
				     "suppress_save_prompt" };

static void known_paths_are_fine_in_each_list(void **state)
{
	static const char *const rows[] = {
		"/a",
		"/a/b.c/..d/...",
		"/a b/\xc3\xbc",
		"/a~b/~",
		"/$NONO_IMAGE",
		"$NONO_IMAGE",
		"/$NONO_WORKDIR",
		"/$NONO_HOME",
		"$NONO_HOME/.cache",
		"/$NONO_HOME/.cache/x",
		"/$NONO_VOLUMES",
		"/$NONO_CONFIGS",
		"/$NONO_DEVICES",
		"/$NONO_SECRETS",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * COUNT(lists); i++) {
		struct kf_error err = { 0 };
		char text[128];

		(void)snprintf(text, sizeof text, "{'filesystem':{'%s':['%s',{'path':'%s','when':'linux'}]}}",
			       lists[i % COUNT(lists)], rows[i / COUNT(lists)], rows[i / COUNT(lists)]);
		expect_success(text, check(text, &err), &err);
	}
}

static void unknown_paths_are_refused_in_each_list(void **state)
{
	static const char *const rows[][2] = {
		{ "/a/*", "a pattern" },
		{ "/a/**", "a pattern" },
		{ "**/.env", "a pattern" },
		{ "/a?", "a pattern" },
		{ "/a/[bc]", "a pattern" },
		{ "/$NONO_HOME/*", "a pattern" },
		{ "~", "/$NONO_HOME" },
		{ "~/.ssh", "/$NONO_HOME" },
		{ "~root", "/$NONO_HOME" },
		{ "$HOME", "/$NONO_HOME" },
		{ "/$HOME/x", "/$NONO_HOME" },
		{ "/a$HOME", "/$NONO_HOME" },
		{ "$WORKDIR", "/$NONO_WORKDIR" },
		{ "$TMPDIR/x", "absolute" },
		{ "$XDG_CONFIG_HOME", "absolute" },
		{ "$XDG_RUNTIME_DIR/x", "absolute" },
		{ "/run/user/$UID", "absolute" },
		{ "/$NONO_PACKAGES", "/$NONO_IMAGE" },
		{ "/$NONO_CONFIG", "/$NONO_IMAGE" },
		{ "/$NONO_HOMES", "/$NONO_IMAGE" },
		{ "/$NONO_PRIVATE_HOME/.ssh", "/$NONO_IMAGE" },
		{ "/a/$NONO_HOME", "/$NONO_IMAGE" },
		{ "//$NONO_HOME", "/$NONO_IMAGE" },
		{ "/$NONO_HOME/$NONO_HOME", "/$NONO_IMAGE" },
		{ "/${NONO_HOME}", "/$NONO_IMAGE" },
		{ "/$NONO_HOME/", "empty component" },
		{ "/$NONO_HOME/..", "'..'" },
		{ "/a/..", "'..'" },
		{ "/../a", "'..'" },
		{ "/a/./b", "'.'" },
		{ "//a", "empty component" },
		{ "/a//b", "empty component" },
		{ "/a/", "empty component" },
		{ "", "empty component" },
		{ "/", "whole file system" },
		{ "a", "not an absolute path" },
		{ "./a", "not an absolute path" },
		{ "../a", "not an absolute path" },
		{ "@git:toplevel", "before the sandbox" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * COUNT(lists); i++) {
		const char *path = rows[i / COUNT(lists)][0], *list = lists[i % COUNT(lists)];
		struct kf_error err = { 0 };
		char text[128], wanted[128];

		(void)snprintf(text, sizeof text, "{'filesystem':{'%s':['/z','%s']}}", list, path);
		(void)snprintf(wanted, sizeof wanted, "profile P has '%s' in filesystem.%s: ", path, list);
		expect_refusal(text, check(text, &err), ENOTSUP, &err);
		if (!strstr(err.message, wanted) || !strstr(err.message, rows[i / COUNT(lists)][1]))
			fail_msg("%s: the message is '%s'", text, err.message);
	}
}

static void a_path_that_is_too_long_is_refused_and_quoted(void **state)
{
	char text[5000] = "{'filesystem':{'read':['/\\u001b";
	struct kf_error err = { 0 };
	size_t start = strlen(text);

	(void)state;
	memset(text + start, 'a', PATH_MAX);
	(void)strcpy(text + start + PATH_MAX, "']}}");
	expect_refusal("long", check(text, &err), ENOTSUP, &err);
	assert_non_null(strstr(err.message, "too long"));
	assert_non_null(strstr(err.message, "'/\\x1b"));
}

static void a_grant_below_a_writable_one_is_refused(void **state)
{
	static const char *const rows[][3] = {
		{ "{'allow':['/w'],'read':['/w/r']}", "'/w/r' in filesystem.read", "'/w' in filesystem.allow" },
		{ "{'write':['/w'],'read':['/w/r']}", "'/w/r' in filesystem.read", "'/w' in filesystem.write" },
		{ "{'write':['/w'],'allow':['/w/r']}", "'/w/r' in filesystem.allow", "'/w' in filesystem.write" },
		{ "{'allow':['/w/a/b/c','/w']}", "'/w/a/b/c' in filesystem.allow", "'/w' in filesystem.allow" },
		{ "{'allow':['/w'],'read_file':['/w/f']}", "'/w/f' in filesystem.read_file", "'/w'" },
		{ "{'allow':['/w'],'allow_file':['/w/f']}", "'/w/f' in filesystem.allow_file", "'/w'" },
		{ "{'allow':['/w'],'write_file':['/w/f']}", "'/w/f' in filesystem.write_file", "'/w'" },
		{ "{'allow_file':['/w'],'read':['/w/f']}", "'/w/f' in filesystem.read",
		  "'/w' in filesystem.allow_file" },
		{ "{'write_file':['/w'],'read':['/w/f']}", "'/w/f' in filesystem.read", "filesystem.write_file" },
		/* The closest one. */
		{ "{'allow':['/a','/a/b'],'read':['/a/b/c']}", "'/a/b' in filesystem.allow", "'/a' in" },
		{ "{'allow':['/a-b','/a','/a.c'],'read':['/a/b']}", "'/a/b' in filesystem.read", "'/a' in" },
		/* A variable is a root of its own, with or without the slash. */
		{ "{'allow':['/$NONO_HOME'],'read':['/$NONO_HOME/.cache']}", "'/$NONO_HOME/.cache' in",
		  "'/$NONO_HOME' in" },
		{ "{'allow':['$NONO_HOME'],'read':['/$NONO_HOME/x']}", "'/$NONO_HOME/x' in", "'$NONO_HOME' in" },
		{ "{'allow':['/$NONO_HOME'],'read':['$NONO_HOME/x']}", "'$NONO_HOME/x' in", "'/$NONO_HOME' in" },
		{ "{'allow':['/$NONO_WORKDIR','/$NONO_WORKDIR/a']}", "'/$NONO_WORKDIR/a' in", "'/$NONO_WORKDIR' in" },
		{ "{'allow':[{'path':'/w','when':'linux'}],'read':[{'path':'/w/r'}]}", "'/w/r' in", "'/w' in" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char text[256];

		(void)snprintf(text, sizeof text, "{'filesystem':%s}", rows[i][0]);
		expect_refusal(text, check(text, &err), ENOTSUP, &err);
		if (!strstr(err.message, rows[i][1]) || !strstr(err.message, rows[i][2]) ||
		    !strstr(err.message, " below '"))
			fail_msg("%s: the message is '%s'", text, err.message);
	}
}

static void grants_beside_and_above_are_fine(void **state)
{
	static const char *const rows[] = {
		"{'allow':['/w'],'read':['/w']}",
		"{'allow':['/w','/w'],'write':['/w']}",
		"{'read':['/w','/w/r'],'allow':['/x']}",
		"{'read':['/usr'],'allow':['/usr/src/app']}",
		"{'allow':['/w'],'read':['/w2','/wx/y']}",
		"{'allow':['/w-a'],'read':['/w/b']}",
		/* What is denied is hidden. */
		"{'allow':['/w'],'deny':['/w/d']}",
		"{'allow':['/w'],'bypass_protection':['/w/d'],'suppress_save_prompt':['/w/e']}",
		"{'allow':['/$NONO_HOME'],'read':['/$NONO_WORKDIR','/home/u']}",
		"{'allow':['/$NONO_HOME/.cache','/$NONO_HOME/.config'],'read':['/$NONO_HOME/.local']}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char text[256];

		(void)snprintf(text, sizeof text, "{'filesystem':%s}", rows[i]);
		expect_success(text, check(text, &err), &err);
	}
}

/* A profile has nono's groups unless it excludes them. */
static void the_write_group_grants_tmp(void **state)
{
	static const char *const refused[] = {
		"{'filesystem':{'read':['/tmp/x']}}",
		"{'filesystem':{'allow':['/tmp/x']},'groups':{'exclude':['system_write_macos']}}",
	};
	static const char *const fine[] = {
		"{'filesystem':{'read':['/tmp','/tmpx']}}",
		"{'filesystem':{'read':['/tmp/x']},'groups':{'exclude':['a','system_write_linux']}}",
		"{'filesystem':{'read':['/tmp/"
		"x']},'groups':{'exclude':[{'name':'system_write_linux','when':'linux'}]}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct kf_error err = { 0 };

		expect_refusal(refused[i], check(refused[i], &err), ENOTSUP, &err);
		expect(err.message, strstr(err.message, "'/tmp' in nono's group system_write_linux") != NULL);
	}
	for (size_t i = 0; i < COUNT(fine); i++) {
		struct kf_error err = { 0 };

		expect_success(fine[i], check(fine[i], &err), &err);
	}
}

/* Nearly as large as a profile can be. */
static void many_grants_are_judged_quickly(void **state)
{
	enum { MANY = 6000 };
	struct json_object *document = json_object_new_object(), *filesystem = json_object_new_object(),
			   *allow = json_object_new_array(), *read = json_object_new_array();
	struct kf_error err = { 0 };
	char path[32];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof path, "/w/%d", i);
		(void)json_object_array_add(allow, json_object_new_string(path));
		(void)snprintf(path, sizeof path, "/r/%d/x", i);
		(void)json_object_array_add(read, json_object_new_string(path));
	}
	(void)json_object_object_add(filesystem, "allow", allow);
	(void)json_object_object_add(filesystem, "read", read);
	(void)json_object_object_add(document, "filesystem", filesystem);
	(void)alarm(30);
	expect_success("many", kf_profile_check_paths(document, "P", &err), &err);
	(void)json_object_array_add(read, json_object_new_string("/w/5999/x"));
	expect_refusal("many", kf_profile_check_paths(document, "P", &err), ENOTSUP, &err);
	(void)alarm(0);
	(void)json_object_put(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_paths_are_fine_in_each_list),
		cmocka_unit_test(unknown_paths_are_refused_in_each_list),
		cmocka_unit_test(a_path_that_is_too_long_is_refused_and_quoted),
		cmocka_unit_test(a_grant_below_a_writable_one_is_refused),
		cmocka_unit_test(grants_beside_and_above_are_fine),
		cmocka_unit_test(the_write_group_grants_tmp),
		cmocka_unit_test(many_grants_are_judged_quickly),
	};

	return cmocka_run_group_tests_name("nono/profile-paths", tests, NULL, NULL);
}
