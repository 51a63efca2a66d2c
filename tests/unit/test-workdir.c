/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/workdir.h"

static bool granted(const char *text)
{
	struct json_object *process = json_from(text);
	bool is = kf_workdir_grant(process) != NULL;

	(void)json_object_put(process);
	return is;
}

static bool cwd_granted(const char *cwd)
{
	char text[4096];

	(void)snprintf(text, sizeof text, "{'cwd':'%s'}", cwd);
	return granted(text);
}

static void work_is_granted(void **state)
{
	static const char *const rows[] = {
		"/app",
		"/testbed",
		"/workspace/x",
		"/usr/src/app",
		"/usr/local/tomcat",
		"/opt/x",
		"/srv/www",
		"/var/www",
		"/var/www/html",
		"/var/lib/x",
		"/home/u/project",
		"/root/project",
		"/mnt/data",
		"/tmp",
		"/data.d/a-b_c+1",
		"/apps",
		"/etcetera",
		"/runner",
		"/var/runner/job",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i], cwd_granted(rows[i]));
}

static void what_may_hold_secrets_is_not(void **state)
{
	static const char *const rows[] = {
		"/",
		"",
		"app",
		".",
		"..",
		"./x",
		"/etc",
		"/etc/x",
		"/etc/creds/deep",
		"/run",
		"/run/secrets/x",
		"/var",
		"/var/run",
		"/var/run/secrets",
		"/var/lib",
		"/var/secrets/x",
		"/proc",
		"/proc/1/root/x",
		"/sys/fs",
		"/dev/shm",
		"/nono",
		"/nono/profiles",
		"/usr",
		"/usr/bin",
		"/usr/src",
		"/usr/local",
		"/bin",
		"/lib64/x",
		"/home",
		"/home/u",
		"/root",
		"/mnt",
		"/mnt/secrets-store/x",
		"/secrets/a",
		"/vault/secrets",
		"/opt",
		"/srv",
		"/boot",
		/* Hidden, or not what it looks like. */
		"/root/.ssh",
		"/home/u/.aws",
		"/app/.x/y",
		"/app/../etc",
		"/app/./x",
		"/app//x",
		"/app/",
		"//app",
		"/.app",
		/* What nono would not take literally. */
		"/app/*",
		"/*",
		"/app/$HOME",
		"$HOME",
		"~",
		"/a~b/~",
		"/a,/etc",
		"/a b",
		"/a:b",
		"/a[b]",
		"/a\\u0001",
		"/a\\n",
		"/\xc3\xa4",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i], !cwd_granted(rows[i]));
}

static void what_holds_home_is_not(void **state)
{
	static const struct {
		const char *process;
		bool granted;
	} rows[] = {
		{ "{'cwd':'/app','env':['HOME=/app']}", false },
		{ "{'cwd':'/app','env':['HOME=/app/']}", false },
		{ "{'cwd':'/app','env':['HOME=/app/home/u']}", false },
		{ "{'cwd':'/app','env':['HOME=/root','HOME=/app']}", false },
		{ "{'cwd':'/app','env':['HOME=/app','HOME=/root']}", false },
		{ "{'cwd':'/app/x','env':['HOME=/app']}", true },
		{ "{'cwd':'/app','env':['HOME=/apps','XHOME=/app','HOMEX=/app']}", true },
		{ "{'cwd':'/app','env':['HOME=','HOME']}", true },
		{ "{'cwd':'/app','env':[]}", true },
		{ "{'cwd':7}", false },
		{ "{'cwd':null}", false },
		{ "{'cwd':'/app\\u0000/x'}", false },
		{ "{}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].process, granted(rows[i].process) == rows[i].granted);
}

static void endless_ones_are_not(void **state)
{
	char cwd[1200] = "/app/";

	(void)state;
	memset(cwd + 5, 'x', sizeof cwd - 6);
	assert_false(cwd_granted(cwd));
	cwd[1000] = '\0';
	assert_true(cwd_granted(cwd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_is_granted),
		cmocka_unit_test(what_may_hold_secrets_is_not),
		cmocka_unit_test(what_holds_home_is_not),
		cmocka_unit_test(endless_ones_are_not),
	};

	return cmocka_run_group_tests_name("oci/workdir", tests, NULL, NULL);
}
