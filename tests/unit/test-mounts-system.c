/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/mounts-system.h"

#define MOUNT(at, type, source, options)                                                                               \
	"{'destination':'" at "','type':'" type "','source':'" source "','options':[" options "]}"
#define PIDS "'linux':{'namespaces':[{'type':'pid'}]}"

static int check(const char *mounts, const char *rest, struct kf_error *err)
{
	char text[4096];
	struct json_object *spec;
	int r;

	(void)snprintf(text, sizeof text, "{'mounts':[%s]%s%s}", mounts, *rest ? "," : "", rest);
	spec = json_from(text);
	r = kf_spec_check_system_mounts(spec, err);
	(void)json_object_put(spec);
	return r;
}

static void the_mounts_of_engines_and_pods_are_fine(void **state)
{
	static const char *const rows[] = {
		MOUNT("/proc", "proc", "proc", "'nosuid','noexec','nodev'"),
		MOUNT("/dev", "tmpfs", "tmpfs", "'nosuid','strictatime','mode=755','size=65536k'"),
		MOUNT("/dev/pts", "devpts", "devpts", "'nosuid','noexec','newinstance','ptmxmode=0666','mode=0620'"),
		MOUNT("/dev/shm", "tmpfs", "shm", "'nosuid'"),
		MOUNT("/dev/shm", "bind", "/var/lib/x/shm", "'rw','rbind'"),
		MOUNT("/dev/mqueue", "mqueue", "mqueue", "'nosuid'"),
		MOUNT("/dev/hugepages", "bind", "/var/lib/kubelet/x", "'rbind'"),
		MOUNT("/dev/termination-log", "bind", "/var/lib/kubelet/x", "'rbind','rprivate','rw'"),
		MOUNT("/dev/net/tun", "bind", "/dev/net/tun", "'rbind'"),
		MOUNT("/dev/dri", "bind", "/dev/dri", "'rbind'"),
		MOUNT("/dev/bus/usb", "bind", "/dev/bus/usb", "'rbind'"),
		MOUNT("/dev/nullx", "bind", "/x", "'rbind'"),
		MOUNT("/dev/tty1", "bind", "/x", "'rbind'"),
		MOUNT("/x/dev/null", "bind", "/x", "'rbind'"),
		MOUNT("/proc/meminfo", "bind", "/var/lib/lxcfs/proc/meminfo", "'rbind'"),
		MOUNT("/proc/pressure", "bind", "/var/lib/lxcfs/proc/pressure", "'rbind'"),
		MOUNT("/proc/selfish", "bind", "/x", "'rbind'"),
		MOUNT("/proc/1x", "bind", "/x", "'rbind'"),
		MOUNT("/processes", "bind", "/x", "'rbind'"),
		MOUNT("/sys", "sysfs", "sysfs", "'nosuid'"),
		MOUNT("/sys/fs/cgroup", "cgroup", "cgroup", "'ro'"),
		MOUNT("/sys/fs/bpf", "bind", "/sys/fs/bpf", "'rbind'"),
		MOUNT("/sys/devices/system/cpu/online", "bind", "/x", "'rbind'"),
		/* Rootless Podman gives a privileged container the host's nodes. */
		MOUNT("/dev/null", "bind", "/dev/null", "'nosuid','rbind'"),
		MOUNT("/dev/ptmx", "bind", "/dev/ptmx", "'rbind'"),
		MOUNT("/dev", "bind", "/dev", "'rbind'"),
		MOUNT("/dev", "none", "/dev", "'bind'"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_success(rows[i], check(rows[i], PIDS, &err), &err);
	}
}

static void mounts_that_falsify_the_runtime_s_paths_are_refused(void **state)
{
	static const char *const rows[] = {
		MOUNT("/dev", "bind", "/x", "'rbind'"),
		MOUNT("/dev", "tmpfs", "/x", "'rbind'"),
		MOUNT("/dev", "tmpfs", "/x", "'bind'"),
		MOUNT("/dev", "tmpfs", "tmpfs", "'tmpcopyup'"),
		MOUNT("/dev", "overlay", "overlay", "'lowerdir=/x'"),
		MOUNT("/dev", "", "/x", ""),
		"{'destination':'/dev'}",
		MOUNT("/dev/", "bind", "/x", "'rbind'"),
		MOUNT("dev", "bind", "/x", "'rbind'"),
		MOUNT("//dev//.", "bind", "/x", "'rbind'"),
		MOUNT("/x/../dev", "bind", "/x", "'rbind'"),
		MOUNT("/dev/pts", "bind", "/x", "'rbind'"),
		MOUNT("/dev/pts", "tmpfs", "tmpfs", ""),
		MOUNT("/dev/pts", "devpts", "/x", "'bind'"),
		MOUNT("/dev/pts", "bind", "/dev/pts", "'rbind'"),
		MOUNT("/dev/pts/0", "bind", "/x", "'rbind'"),
		MOUNT("/dev/null", "bind", "/x", "'rbind'"),
		MOUNT("/dev/null", "bind", "/dev/zero", "'rbind'"),
		MOUNT("/dev/null", "tmpfs", "/dev/null", ""),
		MOUNT("/dev/./null", "bind", "/x", "'rbind'"),
		MOUNT("/dev/null/x", "bind", "/x", "'rbind'"),
		MOUNT("/dev/zero", "bind", "/x", "'rbind'"),
		MOUNT("/dev/full", "bind", "/x", "'rbind'"),
		MOUNT("/dev/random", "bind", "/x", "'rbind'"),
		MOUNT("/dev/urandom", "bind", "/x", "'rbind'"),
		MOUNT("/dev/tty", "bind", "/x", "'rbind'"),
		MOUNT("/dev/console", "bind", "/x", "'rbind'"),
		MOUNT("/dev/ptmx", "bind", "/x", "'rbind'"),
		MOUNT("/dev/fd", "bind", "/x", "'rbind'"),
		MOUNT("/dev/fd/3", "bind", "/x", "'rbind'"),
		MOUNT("/dev/stdin", "bind", "/x", "'rbind'"),
		MOUNT("/dev/stdout", "bind", "/x", "'rbind'"),
		MOUNT("/dev/stderr", "bind", "/x", "'rbind'"),
		MOUNT("/proc", "bind", "/x", "'rbind'"),
		MOUNT("/proc", "tmpfs", "tmpfs", ""),
		MOUNT("/proc", "proc", "/x", "'rbind'"),
		MOUNT("/proc", "bind", "/proc", "'rbind'"),
		MOUNT("/proc/self", "bind", "/x", "'rbind'"),
		MOUNT("/proc/self/exe", "bind", "/x", "'rbind'"),
		MOUNT("/proc/self", "bind", "/proc/self", "'rbind'"),
		MOUNT("/proc/thread-self", "bind", "/x", "'rbind'"),
		MOUNT("/proc/sys", "bind", "/x", "'rbind'"),
		MOUNT("/proc/sys/kernel/core_pattern", "bind", "/x", "'rbind'"),
		MOUNT("/proc/net", "bind", "/x", "'rbind'"),
		MOUNT("/proc/mounts", "bind", "/x", "'rbind'"),
		MOUNT("/proc/1", "bind", "/x", "'rbind'"),
		MOUNT("/proc/4711/root", "bind", "/x", "'rbind'"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		expect_refusal(rows[i], check(rows[i], PIDS, &err), EPERM, &err);
		assert_int_equal(err.reason, KF_REASON_MOUNT_REFUSED);
		/* Not only as the first one. */
		char both[2048];

		(void)snprintf(both, sizeof both, "%s,%s", MOUNT("/proc", "proc", "proc", ""), rows[i]);
		expect_refusal(both, check(both, PIDS, &err), EPERM, &err);
	}
}

/* podman --pid=host in a user namespace. */
static void the_host_s_proc_goes_with_the_host_s_processes(void **state)
{
	static const char mount[] = MOUNT("/proc", "bind", "/proc", "'rbind'");
	struct kf_error err = { 0 };

	(void)state;
	expect_success("no pid namespace", check(mount, "'linux':{'namespaces':[{'type':'mount'}]}", &err), &err);
	expect_success("its path",
		       check(mount, "'linux':{'namespaces':[{'type':'pid','path':'/proc/self/ns/pid'}]}", &err), &err);
	expect_refusal("its own", check(mount, PIDS, &err), EPERM, &err);
	expect_refusal("another's source",
		       check(MOUNT("/proc", "bind", "/procx", "'rbind'"), "'linux':{'namespaces':[]}", &err), EPERM,
		       &err);
}

static void a_device_has_its_own_numbers(void **state)
{
	static const struct {
		const char *device;
		bool fine;
	} rows[] = {
		{ "{'path':'/dev/fuse','type':'c','major':10,'minor':229}", true },
		{ "{'path':'/dev/sda','type':'b','major':8,'minor':0}", true },
		{ "{'path':'/data/disk','type':'b','major':8,'minor':0}", true },
		{ "{'path':'/dev/null','type':'c','major':1,'minor':3}", true },
		{ "{'path':'/dev/tty','type':'c','major':5,'minor':0}", true },
		{ "{'path':'/dev/tty1','type':'c','major':4,'minor':1}", true },
		{ "{'path':'/dev/null','type':'b','major':1,'minor':3}", false },
		{ "{'path':'/dev/null','type':'c','major':1,'minor':5}", false },
		{ "{'path':'/dev/null','type':'c','major':1}", false },
		{ "{'path':'/dev/null'}", false },
		{ "{'path':'dev/null','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/x/../dev//null','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/dev/console','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/dev/pts','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/dev/pts/0','type':'c','major':136,'minor':0}", false },
		{ "{'path':'/dev/fd','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/dev','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/proc','type':'b','major':8,'minor':0}", false },
		{ "{'path':'/proc/self','type':'b','major':8,'minor':0}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };
		char rest[512];

		(void)snprintf(rest, sizeof rest, "'linux':{'devices':[%s]}", rows[i].device);
		if (rows[i].fine)
			expect_success(rows[i].device, check("", rest, &err), &err);
		else
			expect_refusal(rows[i].device, check("", rest, &err), EPERM, &err);
	}
}

static void an_entry_without_a_place_is_refused(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	expect_refusal("mount", check("{'type':'proc'}", PIDS, &err), EINVAL, &err);
	expect_refusal("no object", check("'/dev'", PIDS, &err), EINVAL, &err);
	expect_refusal("device", check("", "'linux':{'devices':[{'type':'c'}]}", &err), EINVAL, &err);
}

static void the_three_are_counted(void **state)
{
	struct json_object *spec = json_from(
		"{'mounts':[" MOUNT("/proc", "proc", "proc", "") "," MOUNT("/dev/", "tmpfs", "tmpfs", "") "," MOUNT(
			"/dev/pts", "devpts", "devpts", "") "," MOUNT("dev/pts", "devpts", "devpts",
								      "") "," MOUNT("/dev/shm", "tmpfs", "shm",
										    "") ",{'type':'tmpfs'}]}");
	struct kf_system_mounts count = kf_spec_system_mounts(spec);

	(void)state;
	assert_int_equal(count.dev, 1);
	assert_int_equal(count.proc, 1);
	assert_int_equal(count.pts, 2);
	assert_false(count.hosts_dev);
	(void)json_object_put(spec);
	spec = json_from("{'mounts':[" MOUNT("/dev", "bind", "/dev", "'rbind'") "]}");
	count = kf_spec_system_mounts(spec);
	assert_int_equal(count.dev, 1);
	assert_true(count.hosts_dev);
	(void)json_object_put(spec);
	spec = json_from("{}");
	count = kf_spec_system_mounts(spec);
	assert_int_equal(count.dev + count.proc + count.pts, 0);
	(void)json_object_put(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mounts_of_engines_and_pods_are_fine),
		cmocka_unit_test(mounts_that_falsify_the_runtime_s_paths_are_refused),
		cmocka_unit_test(the_host_s_proc_goes_with_the_host_s_processes),
		cmocka_unit_test(a_device_has_its_own_numbers),
		cmocka_unit_test(an_entry_without_a_place_is_refused),
		cmocka_unit_test(the_three_are_counted),
	};

	return cmocka_run_group_tests_name("oci/mounts-system", tests, NULL, NULL);
}
