/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "fixtures.h"
#include "node/volume.h"

#define UID "0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f"

static const struct kf_volume_owner pod = { .pod = true, .pod_uid = UID };
static const struct kf_volume_owner podman = { 0 };

/* PATH below the directory, with all that is above it. */
static const char *make_dir(const struct scratch *scratch, const char *path)
{
	char partial[PATH_MAX];

	for (size_t i = 0; i <= strlen(path); i++) {
		if (path[i] == '/' || path[i] == '\0') {
			memcpy(partial, path, i);
			partial[i] = '\0';
			if (mkdirat(scratch->fd, partial, 0755) < 0)
				assert_int_equal(errno, EEXIST);
		}
	}
	return in(scratch, path);
}

static void bind(const char *source, const char *target)
{
	assert_int_equal(mount(source, target, "none", MS_BIND, NULL), 0);
}

/* The last mount goes first. */
static int teardown(void **state)
{
	const struct scratch *scratch = *state;
	char target[PATH_MAX], last[PATH_MAX];

	do {
		FILE *table = fopen("/proc/self/mountinfo", "re");

		last[0] = '\0';
		while (table && fscanf(table, "%*s %*s %*s %*s %4095s%*[^\n]", target) == 1)
			if (strncmp(target, scratch->path, strlen(scratch->path)) == 0)
				memcpy(last, target, sizeof last);
		if (table)
			(void)fclose(table);
	} while (last[0] && umount2(last, MNT_DETACH) == 0);
	return scratch_teardown(state);
}

static void expect_told(const struct kf_volume_owner *owner, const struct kf_volume_rules *rules, const char *source,
			const char *kind, const char *wanted)
{
	const struct kf_volume_mount mount = { .destination = "/x", .source = source, .type = "bind", .bind = true };
	struct kf_volume_looker looker = KF_VOLUME_LOOKER_NONE;
	struct kf_volume volume;
	struct kf_error err = { 0 };
	char text[KF_VOLUME_TEXT_MAX];

	expect_success(source, kf_volume_look(&looker, &mount, owner, rules, &volume, &err), &err);
	kf_volume_looker_done(&looker);
	expect_text(source, "text", kf_volume_describe(&volume, text), wanted);
	expect_text(source, "kind", kf_volume_kind_name(volume.kind), kind);
}

#define PODS "kubelet/pods/" UID
#define CSI PODS "/volumes/kubernetes.io~csi/"
#define UNREADABLE "CSI volume: its vol_data.json cannot be read"
#define SILENT "CSI volume: its vol_data.json does not tell its kind"

static void csi_volumes_by_vol_data(void **state)
{
	static const struct {
		const char *json, *kind, *text;
	} rows[] = {
		{ "{\"driverName\":\"ebs.csi.aws.com\",\"volumeLifecycleMode\":\"Persistent\",\"volumeHandle\":\"h\"}",
		  "volume", "CSI persistent volume (ebs.csi.aws.com)" },
		{ "{\"driverName\":\"csi.spiffe.io\",\"volumeLifecycleMode\":\"Ephemeral\"}", "secret",
		  "CSI inline volume (csi.spiffe.io)" },
		{ "{\"driverName\":\"ebs.csi.aws.com\"}", "secret", SILENT },
		{ "{\"driverName\":5,\"volumeLifecycleMode\":\"Persistent\"}", "secret", SILENT },
		{ "{\"driverName\":\"a\",\"volumeLifecycleMode\":\"Persistent\\u0000\"}", "secret", SILENT },
		/* Readers differ in which one counts. */
		{ "{\"driverName\":\"a\",\"volumeLifecycleMode\":\"Ephemeral\",\"volumeLifecycleMode\":\"Persistent\"}",
		  "secret", UNREADABLE },
		{ "{\"driverName\":\"a\",\"volumeLifecycleMode\":\"Persistent\"} x", "secret", UNREADABLE },
		{ "{'driverName':'a','volumeLifecycleMode':'Persistent'}", "secret", UNREADABLE },
		{ "[]", "secret", UNREADABLE },
		{ "", "secret", UNREADABLE },
	};
	const struct scratch *scratch = *state;
	const char *source = make_dir(scratch, CSI "pv/mount");

	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		put_text(in(scratch, CSI "pv/vol_data.json"), rows[i].json);
		expect_told(&pod, NULL, source, rows[i].kind, rows[i].text);
	}
}

#define PERSISTENT "{\"driverName\":\"a\",\"volumeLifecycleMode\":\"Persistent\"}"

static void vol_data_counts_only_from_root(void **state)
{
	const struct scratch *scratch = *state;
	const char *source = make_dir(scratch, CSI "pv/mount"), *data = in(scratch, CSI "pv/vol_data.json");
	char *large = calloc(1, 70000);

	put_text(data, PERSISTENT);
	expect_told(&pod, NULL, source, "volume", "CSI persistent volume (a)");
	assert_int_equal(chmod(data, 0664), 0);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	assert_int_equal(chmod(data, 0644), 0);
	assert_int_equal(chown(data, NOBODY, 0), 0);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	assert_int_equal(unlink(data), 0);
	put_text(in(scratch, "elsewhere"), PERSISTENT);
	assert_int_equal(symlink(in(scratch, "elsewhere"), data), 0);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	assert_int_equal(unlink(data), 0);
	assert_int_equal(mkfifo(data, 0644), 0);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	assert_int_equal(unlink(data), 0);
	assert_int_equal(mkdir(data, 0755), 0);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	assert_int_equal(rmdir(data), 0);
	assert_non_null(large);
	memset(large, ' ', 70000);
	memcpy(large, PERSISTENT, strlen(PERSISTENT));
	put_bytes(data, large, 70000, 0644);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	put_bytes(data, large, 60000, 0644);
	expect_told(&pod, NULL, source, "volume", "CSI persistent volume (a)");
	/* Others can put a file of their own in its place. */
	assert_int_equal(chmod(in(scratch, CSI "pv"), 0777), 0);
	expect_told(&pod, NULL, source, "secret", UNREADABLE);
	free(large);
}

#define SUB PODS "/volume-subpaths/"

/* A subPath as the kubelet makes it: a bind mount of a directory or file of the volume. */
static const char *make_sub_path(const struct scratch *scratch, const char *name, const char *directory)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, SUB "%s/app/0", name);

	const char *target = make_dir(scratch, path);

	bind(directory, target);
	return target;
}

static void a_sub_path_is_of_its_volume_s_kind(void **state)
{
	static const struct {
		const char *plugin, *name, *kind, *text;
	} rows[] = {
		{ "kubernetes.io~empty-dir", "cache", "volume", "subPath of emptyDir" },
		{ "kubernetes.io~configmap", "cm", "config", "subPath of ConfigMap" },
		{ "kubernetes.io~downward-api", "info", "config", "subPath of downward API" },
		{ "kubernetes.io~secret", "s", "secret", "subPath of Secret" },
		{ "kubernetes.io~projected", "kube-api-access-abcde", "secret", "subPath of service account token" },
		{ "kubernetes.io~local-volume", "pv-1", "volume",
		  "subPath of in-tree persistent volume (local-volume)" },
		{ "example.com~driver", "flex", "secret", "subPath of FlexVolume (example.com~driver)" },
	};
	const struct scratch *scratch = *state;
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)snprintf(path, sizeof path, PODS "/volumes/%s/%s/sub dir", rows[i].plugin, rows[i].name);
		expect_told(&pod, NULL, make_sub_path(scratch, rows[i].name, make_dir(scratch, path)), rows[i].kind,
			    rows[i].text);
	}
}

/* The kubelet keeps Secrets in a tmpfs, and a subPath of one key is a file of it. */
static void a_sub_path_in_a_tmpfs_and_of_a_file(void **state)
{
	const struct scratch *scratch = *state;
	const char *secret = make_dir(scratch, PODS "/volumes/kubernetes.io~secret/s"), *target, *key;

	assert_int_equal(mount("tmpfs", secret, "tmpfs", 0, NULL), 0);
	make_dir(scratch, PODS "/volumes/kubernetes.io~secret/s/..2026_11_28");
	key = in(scratch, PODS "/volumes/kubernetes.io~secret/s/..2026_11_28/k");
	put_text(key, "secret");
	make_dir(scratch, SUB "s/app");
	target = in(scratch, SUB "s/app/1");
	put_text(target, "");
	bind(key, target);
	expect_told(&pod, NULL, target, "secret", "subPath of Secret");
}

static void a_sub_path_of_a_csi_volume(void **state)
{
	const struct scratch *scratch = *state;
	const char *volume = make_dir(scratch, CSI "pvc-1/mount"), *source;

	assert_int_equal(mount("tmpfs", volume, "tmpfs", 0, NULL), 0);
	source = make_sub_path(scratch, "pvc-1", make_dir(scratch, CSI "pvc-1/mount/db"));
	expect_told(&pod, NULL, source, "secret", "subPath of " UNREADABLE);
	put_text(in(scratch, CSI "pvc-1/vol_data.json"), PERSISTENT);
	expect_told(&pod, NULL, source, "volume", "subPath of CSI persistent volume (a)");
	put_text(in(scratch, CSI "pvc-1/vol_data.json"),
		 "{\"driverName\":\"b\",\"volumeLifecycleMode\":\"Ephemeral\"}");
	expect_told(&pod, NULL, source, "secret", "subPath of CSI inline volume (b)");
}

/* The name of a volume is the author's to choose: the directory has to be in the volume. */
static void a_sub_path_of_a_host_path_is_not_a_volume(void **state)
{
	const struct scratch *scratch = *state;
	const char *other = make_dir(scratch, "srv/host/sub"), *source;
	struct kf_list dirs = { 0 };
	const struct kf_volume_rules rules = { .provisioner_dirs = &dirs };

	make_dir(scratch, PODS "/volumes/kubernetes.io~empty-dir/pv-1");
	source = make_sub_path(scratch, "pv-1", other);
	expect_told(&pod, NULL, source, "secret", "subPath of hostPath");
	/* A PVC on a hostPath. */
	assert_int_equal(kf_list_add(&dirs, in(scratch, "srv"), strlen(in(scratch, "srv"))), 0);
	expect_told(&pod, &rules, source, "volume", "subPath of volume of a hostPath provisioner");
	kf_list_clear(&dirs);
	/* The directory of the provisioner itself, and one whose name only starts like it. */
	assert_int_equal(kf_list_add(&dirs, other, strlen(other)), 0);
	expect_told(&pod, &rules, source, "secret", "subPath of hostPath");
	kf_list_clear(&dirs);
	make_dir(scratch, "srv/host/su");
	assert_int_equal(kf_list_add(&dirs, in(scratch, "srv/host/su"), strlen(in(scratch, "srv/host/su"))), 0);
	expect_told(&pod, &rules, source, "secret", "subPath of hostPath");
	kf_list_clear(&dirs);
}

/* hostPath / with subPathExpr var/lib/kubelet/pods/$(POD_UID)/...: an author can have the UID put in here. */
static void a_sub_path_of_the_kubelets_own_directory_is_a_host_path(void **state)
{
	const struct scratch *scratch = *state;

	expect_told(
		&pod, NULL,
		make_sub_path(scratch, "host", make_dir(scratch, PODS "/volumes/kubernetes.io~empty-dir/cache/sub")),
		"secret", "subPath of hostPath");
	expect_told(&pod, NULL,
		    make_sub_path(scratch, "whole", make_dir(scratch, PODS "/volumes/kubernetes.io~empty-dir")),
		    "secret", "subPath of hostPath");
}

static void a_sub_path_needs_the_kubelets_directory(void **state)
{
	const struct scratch *scratch = *state;
	const char *volumes = in(scratch, PODS "/volumes");
	char source[PATH_MAX];
	static const char unseen[] = "subPath of a volume: its volume cannot be found";

	(void)snprintf(source, sizeof source, "%s",
		       make_sub_path(scratch, "c", make_dir(scratch, PODS "/volumes/kubernetes.io~empty-dir/c/sub")));
	expect_told(&pod, NULL, source, "volume", "subPath of emptyDir");
	assert_int_equal(chmod(volumes, 0777), 0);
	expect_told(&pod, NULL, source, "secret", unseen);
	assert_int_equal(chmod(volumes, 0755), 0);
	assert_int_equal(chown(volumes, NOBODY, 0), 0);
	expect_told(&pod, NULL, source, "secret", unseen);
	assert_int_equal(chown(volumes, 0, 0), 0);
	assert_int_equal(rename(volumes, in(scratch, "moved")), 0);
	expect_told(&pod, NULL, source, "secret", unseen);
	assert_int_equal(symlink(in(scratch, "moved"), volumes), 0);
	expect_told(&pod, NULL, source, "secret", unseen);
	/* A pod with more kinds of volumes than there are. */
	assert_int_equal(unlink(volumes), 0);
	for (size_t i = 0; i < 80; i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof path, PODS "/volumes/kind-%zu", i);
		make_dir(scratch, path);
	}
	expect_told(&pod, NULL, source, "secret", unseen);
}

static void a_link_counts_as_its_target(void **state)
{
	const struct scratch *scratch = *state;
	const char *empty_dir = make_dir(scratch, PODS "/volumes/kubernetes.io~empty-dir/x");
	const char *private = make_dir(scratch, "home/.ssh"), *link = in(scratch, "home/project");

	make_dir(scratch, "pv/claim");
	assert_int_equal(symlink(private, link), 0);
	expect_told(&podman, NULL, link, "secret", "bind mount: credentials of the host are there");
	expect_told(&podman, NULL, in(scratch, "home/project/../.ssh"), "secret",
		    "bind mount: credentials of the host are there");
	expect_told(&podman, NULL, in(scratch, "pv/../pv/claim"), "volume", "bind mount");
	/* In a volume of a provisioner, a program can make one. */
	assert_int_equal(symlink("/etc", in(scratch, "pv/claim/link")), 0);

	struct kf_list dirs = { 0 };
	const struct kf_volume_rules rules = { .provisioner_dirs = &dirs };

	assert_int_equal(kf_list_add(&dirs, in(scratch, "pv"), strlen(in(scratch, "pv"))), 0);
	expect_told(&pod, &rules, in(scratch, "pv/claim"), "volume", "volume of a hostPath provisioner");
	expect_told(&pod, &rules, in(scratch, "pv/claim/link"), "secret", "hostPath");
	expect_told(&pod, &rules, in(scratch, "pv/claim/../.."), "secret", "hostPath");
	expect_told(&pod, &rules, in(scratch, "pv/claim/.."), "secret", "hostPath");
	kf_list_clear(&dirs);
	/* An engine that does not resolve links where the kubelet's root is one. */
	assert_int_equal(symlink(in(scratch, "kubelet"), in(scratch, "linked")), 0);
	expect_told(&pod, NULL, in(scratch, "linked/pods/" UID "/volumes/kubernetes.io~empty-dir/x"), "volume",
		    "emptyDir");
	assert_int_equal(rmdir(empty_dir), 0);
	assert_int_equal(symlink("/etc", empty_dir), 0);
	expect_told(&pod, NULL, empty_dir, "secret", "hostPath");
}

static void nodes_are_devices_files_are_not(void **state)
{
	const struct scratch *scratch = *state;

	(void)scratch;
	expect_told(&pod, NULL, "/dev/null", "device", "device node of the host");
	expect_told(&podman, NULL, "/dev/null", "device", "device node of the host");
	expect_told(&pod, NULL, "/dev/shm", "secret", "hostPath");
	expect_told(&pod, NULL, "/dev/no-such-device", "secret", "hostPath");
	expect_told(&podman, NULL, "/dev/no-such-device", "device", "devices of the host");
}

static void a_missing_source_is_told_by_its_text(void **state)
{
	const struct scratch *scratch = *state;
	char longest[PATH_MAX + 16];

	expect_told(&pod, NULL, in(scratch, PODS "/volumes/kubernetes.io~empty-dir/gone"), "volume", "emptyDir");
	expect_told(&pod, NULL, in(scratch, CSI "gone/mount"), "secret", UNREADABLE);
	expect_told(&pod, NULL, in(scratch, "gone/.."), "secret", "bind mount: its source is not a plain path");
	put_text(in(scratch, "file"), "");
	expect_told(&podman, NULL, in(scratch, "file/x"), "secret", "bind mount: its source cannot be looked at");
	assert_int_equal(symlink("loop", in(scratch, "loop")), 0);
	expect_told(&podman, NULL, in(scratch, "loop"), "secret", "bind mount: its source cannot be looked at");
	expect_told(&podman, NULL, "/proc/self/fd/0", "secret", "bind mount: its source cannot be looked at");
	memset(longest, 'a', sizeof longest - 1);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	expect_told(&podman, NULL, longest, "secret", "bind mount: its source cannot be looked at");
}

/* The processor time of COUNT looks at MOUNT. */
static clock_t cost_of_looks(const struct kf_volume_mount *mount, size_t count)
{
	struct kf_volume_looker looker = KF_VOLUME_LOOKER_NONE;
	struct kf_error err = { 0 };
	clock_t start = clock();

	for (size_t i = 0; i < count; i++) {
		struct kf_volume volume;

		assert_int_equal(kf_volume_look(&looker, mount, &pod, NULL, &volume, &err), 0);
		assert_int_equal(volume.kind, KF_VOLUME_WRITTEN);
	}
	kf_volume_looker_done(&looker);
	return clock() - start;
}

/* Other work on the machine, which takes caches away, adds to some of the runs. */
static clock_t least_cost_of_looks(const struct kf_volume_mount *mount, size_t count)
{
	clock_t least = cost_of_looks(mount, count);

	for (int i = 0; i < 4; i++) {
		clock_t cost = cost_of_looks(mount, count);

		least = cost < least ? cost : least;
	}
	return least;
}

/* One look-up of the kubelet's directory and one reading of the mount table, for any number of mounts. */
static void many_sub_paths_cost_in_proportion(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_volume_mount mount = { .destination = "/x", .type = "bind", .bind = true };

	mount.source = make_sub_path(scratch, "c", make_dir(scratch, PODS "/volumes/kubernetes.io~empty-dir/c/sub"));
	/* Ten times as many: ten times the cost, where the square would be a hundred times. */
	assert_true(least_cost_of_looks(&mount, 10000) < 40 * least_cost_of_looks(&mount, 1000));
}

#define test(function) cmocka_unit_test_setup_teardown(function, scratch_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(csi_volumes_by_vol_data),
		test(vol_data_counts_only_from_root),
		test(a_sub_path_is_of_its_volume_s_kind),
		test(a_sub_path_in_a_tmpfs_and_of_a_file),
		test(a_sub_path_of_a_csi_volume),
		test(a_sub_path_of_a_host_path_is_not_a_volume),
		test(a_sub_path_of_the_kubelets_own_directory_is_a_host_path),
		test(a_sub_path_needs_the_kubelets_directory),
		test(a_link_counts_as_its_target),
		test(nodes_are_devices_files_are_not),
		test(a_missing_source_is_told_by_its_text),
		test(many_sub_paths_cost_in_proportion),
	};

	if (!is_root())
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
		(void)puts("1..0 # SKIP needs a mount namespace");
		return 0;
	}
	return cmocka_run_group_tests_name("node/volume", tests, NULL, NULL);
}
