/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/wait.h>

#include "fixtures.h"
#include "oci/capabilities.h"
#include "oci/namespaces.h"

#define NAMESPACES(list) "'linux':{'namespaces':[" list "],'resources':{'devices':[" CLOSED "]}}"
#define DEVICES(rules) "'linux':{'namespaces':[" PID "],'resources':{'devices':[" rules "]}}"
#define PID "{'type':'pid'}"
#define CLOSED "{'allow':false,'access':'rwm'}"
#define NODES "{'allow':true,'type':'c','access':'m'},{'allow':true,'type':'b','access':'m'}"

/* capabilities(7) as this machine's headers number them, in that order. */
static const char *const known[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

static int check_spec(const char *capabilities, const char *linux_part, bool vm, struct kf_error *err)
{
	char text[4096];
	struct json_object *spec;
	int r;

	(void)snprintf(text, sizeof text, "{'process':{'capabilities':%s},%s}", capabilities, linux_part);
	spec = json_from(text);

	const struct kf_capability_ground ground = { .spec = spec, .vm = vm };

	r = kf_capabilities_check(kf_json_member(spec, "process", json_type_object), &ground, "nono-runc", err);
	(void)json_object_put(spec);
	return r;
}

/* As Docker and containerd, CRI-O, Podman 4 and 5, and `runc spec` have them. */
static void the_default_sets_start(void **state)
{
	static const char *const sets[] = {
		"'CAP_CHOWN','CAP_DAC_OVERRIDE','CAP_FSETID','CAP_FOWNER','CAP_MKNOD','CAP_NET_RAW','CAP_SETGID',"
		"'CAP_SETUID','CAP_SETFCAP','CAP_SETPCAP','CAP_NET_BIND_SERVICE','CAP_SYS_CHROOT','CAP_KILL',"
		"'CAP_AUDIT_WRITE'",
		"'CAP_CHOWN','CAP_DAC_OVERRIDE','CAP_FSETID','CAP_FOWNER','CAP_SETGID','CAP_SETUID','CAP_SETPCAP',"
		"'CAP_NET_BIND_SERVICE','CAP_KILL'",
		"'CAP_CHOWN','CAP_DAC_OVERRIDE','CAP_FOWNER','CAP_FSETID','CAP_KILL','CAP_NET_BIND_SERVICE',"
		"'CAP_SETFCAP','CAP_SETGID','CAP_SETPCAP','CAP_SETUID','CAP_SYS_CHROOT'",
		"'CAP_AUDIT_WRITE','CAP_KILL','CAP_NET_BIND_SERVICE'",
		"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sets); i++) {
		struct kf_error err = { 0 };
		char capabilities[2048];

		(void)snprintf(capabilities, sizeof capabilities,
			       "{'bounding':[%s],'effective':[%s],'permitted':[%s],'inheritable':[],'ambient':null}",
			       sets[i], sets[i], sets[i]);
		expect_success(sets[i], check_spec(capabilities, DEVICES(CLOSED "," NODES), false, &err), &err);
		/* With the host's pid namespace, too. */
		expect_success(sets[i], check_spec(capabilities, NAMESPACES(""), false, &err), &err);
	}
	struct kf_error err = { 0 };

	expect_success("no sets", check_spec("null", DEVICES(CLOSED), false, &err), &err);
}

static void capabilities_around_landlock_are_refused_in_any_set(void **state)
{
	static const char *const rows[] = { "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
					    "CAP_BPF",       "CAP_PERFMON",    "CAP_DAC_READ_SEARCH",
					    "CAP_SYS_BOOT",  "CAP_MAC_ADMIN",  "CAP_MAC_OVERRIDE" };
	static const char *const sets[] = { "bounding", "effective", "permitted", "inheritable", "ambient" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t s = 0; s < COUNT(sets); s++) {
			struct kf_error err = { 0 };
			char capabilities[256];

			(void)snprintf(capabilities, sizeof capabilities, "{'%s':['CAP_KILL','%s']}", sets[s], rows[i]);
			expect_refusal(rows[i], check_spec(capabilities, DEVICES(CLOSED), false, &err), EPERM, &err);
			assert_int_equal(err.reason, KF_REASON_PRIVILEGES_REFUSED);
			assert_non_null(strstr(err.message, rows[i]));
			assert_non_null(strstr(err.message, "hostUsers: false"));
			assert_non_null(strstr(err.message, "privileged = allow in [class nono-runc]"));
		}
}

/* crun reads the names with libcap, in any case, and takes numbers; a future kernel has more of them. */
static void a_name_in_another_spelling_is_refused(void **state)
{
	static const char *const rows[] = { "cap_sys_admin", "Cap_Sys_Admin",  "21", "0x15",      "SYS_ADMIN", "ALL",
					    "all",           " CAP_SYS_ADMIN", "",   "CAP_FUTURE" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char capabilities[256];

		(void)snprintf(capabilities, sizeof capabilities, "{'bounding':['%s']}", rows[i]);
		expect_refusal(rows[i], check_spec(capabilities, DEVICES(CLOSED), false, &err), EPERM, &err);
		assert_int_equal(err.reason, KF_REASON_PRIVILEGES_REFUSED);
	}
}

static void sets_that_cannot_be_read_are_refused(void **state)
{
	static const char *const rows[] = { "['CAP_SYS_ADMIN']",
					    "'CAP_SYS_ADMIN'",
					    "{'bounding':'CAP_SYS_ADMIN'}",
					    "{'bounding':{'CAP_SYS_ADMIN':true}}",
					    "{'ambient':[21]}",
					    "{'effective':[['CAP_SYS_ADMIN']]}",
					    "{'permitted':[null]}" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i], check_spec(rows[i], DEVICES(CLOSED), false, &err), EINVAL, &err);
	}
}

static void every_capability_of_the_kernel_is_judged(void **state)
{
	const struct kf_capability_ground harmless = { 0 };

	(void)state;
	assert_int_equal(COUNT(known), CAP_LAST_CAP + 1);
	for (size_t i = 0; i < COUNT(known); i++) {
		struct kf_error err = { 0 };

		if (kf_capability_check(known[i], &harmless, "nono-runc", &err) < 0)
			expect(known[i], !strstr(err.message, "not known"));
	}
}

static void a_user_namespace_of_its_own_holds_them_all(void **state)
{
	static const char all[] = "{'bounding':['CAP_SYS_ADMIN','CAP_MKNOD','CAP_SYS_MODULE','21']}";
	static const struct {
		const char *linux_part;
		bool vm, fine;
	} rows[] = {
		{ NAMESPACES("{'type':'user'}"), false, true },
		{ NAMESPACES("{'type':'user','path':''}"), false, true },
		{ NAMESPACES(""), false, false },
		{ NAMESPACES("{'type':'mount'},{'type':'pid'}"), false, false },
		/* The agent of a virtual machine makes none. */
		{ NAMESPACES("{'type':'user'}"), true, false },
		/* Ours, which is the host's; and paths to nothing. */
		{ NAMESPACES("{'type':'user','path':'/proc/self/ns/user'}"), false, false },
		{ NAMESPACES("{'type':'user','path':'/proc/thread-self/ns/user'}"), false, false },
		{ NAMESPACES("{'type':'user','path':'/proc/self/ns/nothing'}"), false, false },
		{ NAMESPACES("{'type':'user'},{'type':'user'}"), false, false },
		{ NAMESPACES("{'type':'user','path':'/proc/self/ns/user'},{'type':'user'}"), false, false },
		{ NAMESPACES("{'type':'user'},{'type':'user','path':'/proc/self/ns/user'}"), false, false },
		{ "'linux':{'namespaces':{'type':'user'}}", false, false },
		{ "'linux':{'namespaces':['user']}", false, false },
		{ "'linux':{}", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		int r = check_spec(all, rows[i].linux_part, rows[i].vm, &err);

		if (rows[i].fine)
			expect_success(rows[i].linux_part, r, &err);
		else
			expect_refusal(rows[i].linux_part, r, EPERM, &err);
	}
}

/* A pod's user namespace, which its containers join by path. */
static void a_user_namespace_by_path_counts_if_it_is_another(void **state)
{
	int ready[2], done[2];
	char text[256], path[64], byte = 0;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);

	pid_t pid = fork();

	if (pid == 0) {
		(void)close(done[1]);
		byte = unshare(CLONE_NEWUSER) == 0;
		(void)!write(ready[1], &byte, 1);
		(void)!read(done[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
	(void)snprintf(text, sizeof text, "{'linux':{'namespaces':[{'type':'user','path':'%s'}]}}", path);

	struct json_object *spec = json_from(text);
	bool own = kf_namespace_is_own(spec, "user"), of_pids = kf_namespace_is_own(spec, "pid");

	(void)json_object_put(spec);
	(void)close(done[1]);
	(void)waitpid(pid, NULL, 0);
	(void)close(done[0]);
	(void)close(ready[0]);
	(void)close(ready[1]);
	assert_int_equal(own, byte);
	assert_false(of_pids);
	assert_false(kf_namespace_is_own(NULL, "user"));
}

static void ptrace_is_refused_with_the_pids_of_the_host(void **state)
{
	static const char ptrace[] = "{'bounding':['CAP_SYS_PTRACE']}";
	struct kf_error err = { 0 };

	(void)state;
	expect_success("own", check_spec(ptrace, NAMESPACES(PID), false, &err), &err);
	expect_refusal("host's", check_spec(ptrace, NAMESPACES(""), false, &err), EPERM, &err);
	expect_refusal("host's, by path",
		       check_spec(ptrace, NAMESPACES("{'type':'pid','path':'/proc/self/ns/pid'}"), false, &err), EPERM,
		       &err);
}

static void mknod_is_refused_with_devices_that_can_be_opened(void **state)
{
	static const struct {
		const char *rules;
		bool fine, fine_without;
	} rows[] = {
		{ CLOSED, true, true },
		{ CLOSED "," NODES, true, true },
		{ "{'allow':false,'type':'a','access':'rwm'}", true, true },
		{ "{'allow':false,'type':'a','major':-1,'minor':-1,'access':'rwm'}", true, true },
		{ CLOSED ",{'allow':true,'type':'c','major':1,'minor':3,'access':'rwm'}", true, true },
		{ CLOSED ",{'allow':true,'type':'c','major':189,'minor':-1,'access':'rwm'}", true, true },
		/* Nothing closes them. */
		{ "", false, true },
		{ NODES, false, true },
		{ "{'allow':false,'type':'b','access':'rwm'}", false, true },
		{ "{'allow':false,'type':'a','access':'m'}", false, true },
		{ "{'allow':false,'type':'a','minor':3,'access':'rwm'}", false, true },
		/* A rule opens them. */
		{ "{'allow':true,'access':'rwm'}", false, false },
		{ CLOSED ",{'allow':true,'access':'rwm'}", false, false },
		{ CLOSED ",{'allow':true}", false, false },
		{ CLOSED ",{'allow':true,'type':'a','major':-1,'minor':-1,'access':'r'}", false, false },
		{ CLOSED ",{'allow':true,'type':'b','access':'w'}", false, false },
		{ CLOSED ",{'allow':true,'type':'c','major':null,'minor':null,'access':'rwm'}", false, false },
		{ CLOSED ",{'allow':true,'type':'b','minor':0,'access':'rwm'}", false, false },
		{ CLOSED ",{'allow':true,'access':'rwm'},{'allow':false,'type':'b','access':'rwm'}", false, false },
		{ CLOSED ",{'allow':true,'access':'rwm'}," CLOSED, true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char linux_part[1024];

		(void)snprintf(linux_part, sizeof linux_part, DEVICES("%s"), rows[i].rules);

		int r = check_spec("{'bounding':['CAP_MKNOD']}", linux_part, false, &err);

		if (rows[i].fine)
			expect_success(rows[i].rules, r, &err);
		else
			expect_refusal(rows[i].rules, r, EPERM, &err);
		r = check_spec("{}", linux_part, false, &err);
		if (rows[i].fine_without)
			expect_success(rows[i].rules, r, &err);
		else
			expect_refusal(rows[i].rules, r, EPERM, &err);
	}
}

/* A container that runs: its devices were looked at when it started. */
static void without_a_spec_the_default_set_is_fine(void **state)
{
	const struct kf_capability_ground ground = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	expect_success("mknod", kf_capability_check("CAP_MKNOD", &ground, "nono-runc", &err), &err);
	expect_refusal("admin", kf_capability_check("CAP_SYS_ADMIN", &ground, "nono-runc", &err), EPERM, &err);
	expect_refusal("ptrace", kf_capability_check("CAP_SYS_PTRACE", &ground, "nono-runc", &err), EPERM, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_sets_start),
		cmocka_unit_test(capabilities_around_landlock_are_refused_in_any_set),
		cmocka_unit_test(a_name_in_another_spelling_is_refused),
		cmocka_unit_test(sets_that_cannot_be_read_are_refused),
		cmocka_unit_test(every_capability_of_the_kernel_is_judged),
		cmocka_unit_test(a_user_namespace_of_its_own_holds_them_all),
		cmocka_unit_test(a_user_namespace_by_path_counts_if_it_is_another),
		cmocka_unit_test(ptrace_is_refused_with_the_pids_of_the_host),
		cmocka_unit_test(mknod_is_refused_with_devices_that_can_be_opened),
		cmocka_unit_test(without_a_spec_the_default_set_is_fine),
	};

	return cmocka_run_group_tests_name("oci/capabilities", tests, NULL, NULL);
}
