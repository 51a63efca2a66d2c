/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "fixtures.h"
#include "oci/volumes.h"
#include "policy/config.h"

#define UID "0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f"
#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CRI "'io.kubernetes.cri.container-type':'container','io.kubernetes.cri.sandbox-uid':'" UID "'"
#define SOURCE "/nowhere/pods/" UID "/volumes/kubernetes.io~empty-dir/x"

static int tell(const char *text, const char *id, const struct kf_config *config, struct kf_volumes *ret,
		struct kf_error *err)
{
	struct json_object *spec = json_from(text);
	int r = kf_volumes_tell(spec, id, config, ret, err);

	(void)json_object_put(spec);
	return r;
}

static void expect_one(const char *text, const char *destination, const char *kind, const char *what)
{
	struct kf_volumes volumes = { 0 };
	struct kf_error err = { 0 };

	expect_success(text, tell(text, ID, NULL, &volumes, &err), &err);
	expect(text, volumes.count == 1);
	expect_text(text, "destination", volumes.items[0].destination, destination);
	expect_text(text, "kind", kf_volume_kind_name(volumes.items[0].volume.kind), kind);
	expect_text(text, "what", volumes.items[0].volume.what, what);
	kf_volumes_done(&volumes);
}

#define POD_MOUNT(members) "{'annotations':{" CRI "},'mounts':[{'destination':'/x'," members "}]}"

static void a_bind_mount_is_one_by_type_or_options(void **state)
{
	(void)state;
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "'"), "/x", "volume", "emptyDir");
	expect_one(POD_MOUNT("'source':'" SOURCE "','options':['rbind']"), "/x", "volume", "emptyDir");
	expect_one(POD_MOUNT("'type':'proc','source':'" SOURCE "','options':['bind']"), "/x", "volume", "emptyDir");
	expect_one(POD_MOUNT("'type':'none','source':'" SOURCE "'"), "/x", "secret", "a file system that is not known");
	expect_one(POD_MOUNT("'type':'bind'"), "/x", "secret", "bind mount");
	expect_one(POD_MOUNT("'type':'bind','source':7"), "/x", "secret", "bind mount");
}

static void the_last_option_says_whether_it_is_read_only(void **state)
{
	(void)state;
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "','options':['ro']"), "/x", "config", "emptyDir");
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "','options':['rro']"), "/x", "config", "emptyDir");
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "','options':['ro','rw']"), "/x", "volume", "emptyDir");
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "','options':['rw','ro']"), "/x", "config", "emptyDir");
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "','options':[7,null,'ronly']"), "/x", "volume",
		   "emptyDir");
}

static void spellings_of_one_path_are_one_path(void **state)
{
	static const char *const sources[] = {
		"//nowhere/pods/" UID "/volumes/kubernetes.io~empty-dir/x",
		"/nowhere//pods/./" UID "/volumes/kubernetes.io~empty-dir/x/",
		"/nowhere/pods/" UID "/volumes/kubernetes.io~empty-dir/x/.",
	};
	static const char *const places[] = { "/run/secrets/", "//run//secrets", "/run/./secrets", "run/secrets",
					      "/var/../run/secrets" };
	char text[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(sources); i++) {
		(void)snprintf(text, sizeof text, POD_MOUNT("'type':'bind','source':'%s'"), sources[i]);
		expect_one(text, "/x", "volume", "emptyDir");
	}
	for (size_t i = 0; i < COUNT(places); i++) {
		(void)snprintf(text, sizeof text,
			       "{'annotations':{" CRI "},'mounts':[{'type':'bind','source':'" SOURCE
			       "','destination':'%s'}]}",
			       places[i]);
		expect_one(text, "/run/secrets", "secret", "emptyDir");
	}
	/* Where it really leads only the node knows, and there it is not. */
	expect_one(POD_MOUNT("'type':'bind','source':'" SOURCE "/../../kubernetes.io~secret/s'"), "/x", "secret",
		   "bind mount");
	expect_one(POD_MOUNT("'type':'bind','source':'/nowhere/../" SOURCE "'"), "/x", "secret", "bind mount");
}

#define ANNOTATED(annotations)                                                                                         \
	"{'annotations':{" annotations "},'mounts':[{'destination':'/x','type':'bind','source':'" SOURCE "'}]}"

static void the_uid_is_the_engines_word(void **state)
{
	(void)state;
	expect_one(ANNOTATED(CRI), "/x", "volume", "emptyDir");
	expect_one(ANNOTATED("'io.kubernetes.pod.uid':'" UID "','io.container.manager':'cri-o'"), "/x", "volume",
		   "emptyDir");
	/* A pod's own word under the other engine. */
	expect_one(ANNOTATED(CRI ",'io.kubernetes.pod.uid':'other'"), "/x", "secret", "a pod's volume");
	expect_one(ANNOTATED("'io.kubernetes.cri.sandbox-uid':'other','io.kubernetes.pod.uid':'" UID "'"), "/x",
		   "secret", "a pod's volume");
	expect_one(ANNOTATED("'io.kubernetes.cri.container-type':'container'"), "/x", "secret", "a pod's volume");
	expect_one(ANNOTATED("'io.kubernetes.cri.sandbox-uid':''"), "/x", "secret", "a pod's volume");
	expect_one(ANNOTATED("'io.kubernetes.cri.sandbox-uid':'" UID "\\u0000'"), "/x", "secret", "a pod's volume");
	expect_one(ANNOTATED("'x':'y'"), "/x", "secret", "a pod's volume");
}

#define HOST(annotations)                                                                                              \
	"{'annotations':{" annotations "},'mounts':[{'destination':'/x','type':'bind','source':'/nowhere/data'}]}"

static void containers_of_podman_are_no_pods(void **state)
{
	(void)state;
	expect_one(HOST("'io.container.manager':'libpod'"), "/x", "volume", "bind mount");
	expect_one(HOST("'io.container.manager':'libpod','io.kubernetes.cri-o.ContainerType':'container',"
			"'io.kubernetes.cri-o.SandboxID':'" ID "'"),
		   "/x", "volume", "bind mount");
	expect_one("{'mounts':[{'destination':'/x','type':'bind','source':'/nowhere/data'}]}", "/x", "volume",
		   "bind mount");
	/* A pod that says so is one all the same. */
	expect_one(HOST("'io.container.manager':'libpod'," CRI), "/x", "secret", "hostPath");
	expect_one(HOST("'io.container.manager':'libpod','io.kubernetes.pod.name':'p'"), "/x", "secret", "hostPath");
	expect_one(HOST("'io.kubernetes.cri-o.ContainerType':'container'"), "/x", "secret", "hostPath");
	expect_one(HOST("'io.kubernetes.cri.container-type':'container'"), "/x", "secret", "hostPath");
}

#define SHM(annotations, linux)                                                                                        \
	"{'annotations':{" annotations "},'mounts':[{'destination':'/dev/shm','type':'bind','source':'/dev/shm'}],"    \
	"'linux':{" linux "}}"

static void the_hosts_shm_is_known_by_its_namespace(void **state)
{
	(void)state;
	expect_one(SHM(CRI, "'namespaces':[{'type':'pid'}]"), "/dev/shm", "runtime", "the host's own");
	expect_one(SHM(CRI, "'namespaces':[{'type':'ipc','path':'/proc/self/ns/ipc'}]"), "/dev/shm", "runtime",
		   "the host's own");
	expect_one(SHM(CRI, "'namespaces':[{'type':'ipc'}]"), "/dev/shm", "secret", "hostPath");
	/* The owner of the ipc namespace is not known. */
	expect_one(SHM(CRI, "'namespaces':[{'type':'ipc','path':'/nowhere'}]"), "/dev/shm", "secret", "hostPath");
}

static void devices_come_after_mounts(void **state)
{
	struct kf_volumes volumes = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	expect_success("devices",
		       tell("{'mounts':[{'destination':'/proc','type':'proc'}],"
			    "'linux':{'devices':[{'path':'/dev/fuse','type':'c'},{'path':'/dev//net/tun'}]}}",
			    NULL, NULL, &volumes, &err),
		       &err);
	assert_int_equal(volumes.count, 3);
	assert_string_equal(volumes.items[0].destination, "/proc");
	assert_string_equal(volumes.items[1].destination, "/dev/fuse");
	assert_int_equal(volumes.items[1].volume.kind, KF_VOLUME_DEVICE);
	assert_string_equal(volumes.items[2].destination, "/dev/net/tun");
	kf_volumes_done(&volumes);
}

static void malformed_specs_are_refused(void **state)
{
	static const char *const specs[] = {
		"{'mounts':{}}",
		"{'mounts':'x'}",
		"{'mounts':[7]}",
		"{'mounts':[null]}",
		"{'mounts':[{}]}",
		"{'mounts':[{'destination':7}]}",
		"{'mounts':[{'destination':'/\\u0000x'}]}",
		"{'linux':{'devices':{}}}",
		"{'linux':{'devices':[7]}}",
		"{'linux':{'devices':[{'path':null}]}}",
		"{'mounts':[{'destination':'/a'}],'linux':{'devices':[{}]}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(specs); i++) {
		struct kf_volumes volumes = { 0 };
		struct kf_error err = { 0 };

		expect_refusal(specs[i], tell(specs[i], NULL, NULL, &volumes, &err), EINVAL, &err);
		expect(specs[i], !volumes.items && volumes.count == 0);
	}
}

static void the_configuration_counts(void **state)
{
	struct kf_config config = { 0 };
	struct kf_volumes volumes = { 0 };
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_list_add(&config.provisioner_dirs, "/nowhere", strlen("/nowhere")), 0);
	expect_success("provisioner", tell(HOST(CRI), NULL, &config, &volumes, &err), &err);
	assert_int_equal(volumes.items[0].volume.kind, KF_VOLUME_WRITTEN);
	kf_volumes_done(&volumes);
	kf_list_clear(&config.provisioner_dirs);
}

/* The processor time of telling COUNT mounts apart. */
static clock_t cost_of_mounts(size_t count)
{
	struct json_object *spec = json_from("{'annotations':{" CRI "},'mounts':[]}"), *mounts;
	struct kf_volumes volumes = { 0 };
	struct kf_error err = { 0 };
	clock_t start;

	mounts = kf_json_member(spec, "mounts", json_type_array);
	for (size_t i = 0; i < count; i++) {
		struct json_object *mount = json_object_new_object();
		char path[256];

		(void)snprintf(path, sizeof path, "/tmp/pods/" UID "/volumes/kubernetes.io~empty-dir/%zu", i);
		assert_int_equal(kf_json_set_string(mount, "source", path), 0);
		(void)snprintf(path, sizeof path, "/%zu\n", i);
		assert_int_equal(kf_json_set_string(mount, "destination", path), 0);
		assert_int_equal(kf_json_set_string(mount, "type", "bind"), 0);
		assert_int_equal(kf_json_append(mounts, mount), 0);
	}
	start = clock();
	expect_success("many", kf_volumes_tell(spec, NULL, NULL, &volumes, &err), &err);
	start = clock() - start;
	assert_int_equal(volumes.count, count);
	assert_int_equal(volumes.items[count - 1].volume.kind, KF_VOLUME_WRITTEN);
	kf_volumes_done(&volumes);
	(void)json_object_put(spec);
	return start;
}

/* Other work on the machine, which takes caches away, adds to some of the runs. */
static clock_t least_cost_of_mounts(size_t count)
{
	clock_t least = cost_of_mounts(count);

	for (int i = 0; i < 4; i++) {
		clock_t cost = cost_of_mounts(count);

		least = cost < least ? cost : least;
	}
	return least;
}

static void many_mounts_cost_in_proportion(void **state)
{
	(void)state;
	/* Ten times as many: ten times the cost, where the square would be a hundred times. */
	assert_true(least_cost_of_mounts(10000) < 40 * least_cost_of_mounts(1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bind_mount_is_one_by_type_or_options),
		cmocka_unit_test(the_last_option_says_whether_it_is_read_only),
		cmocka_unit_test(spellings_of_one_path_are_one_path),
		cmocka_unit_test(the_uid_is_the_engines_word),
		cmocka_unit_test(containers_of_podman_are_no_pods),
		cmocka_unit_test(the_hosts_shm_is_known_by_its_namespace),
		cmocka_unit_test(devices_come_after_mounts),
		cmocka_unit_test(malformed_specs_are_refused),
		cmocka_unit_test(the_configuration_counts),
		cmocka_unit_test(many_mounts_cost_in_proportion),
	};

	return cmocka_run_group_tests_name("oci/volumes", tests, NULL, NULL);
}
