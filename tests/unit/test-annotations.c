/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "oci/annotations.h"

#define CRIO_TYPE "io.kubernetes.cri-o.ContainerType"
#define CRIO_SANDBOX "io.kubernetes.cri-o.SandboxID"
#define CRI_TYPE "io.kubernetes.cri.container-type"
#define CRI_SANDBOX "io.kubernetes.cri.sandbox-id"

static void every_engine_names_its_container(void **state)
{
	static const struct {
		const char *row, *annotations;
		struct kf_container container;
	} rows[] = {
		{ "CRI-O",
		  "{'io.container.manager':'cri-o','" CRIO_TYPE "':'container','io.kubernetes.pod.name':'agent',"
		  "'io.kubernetes.pod.namespace':'team','io.kubernetes.pod.uid':'1-2','io.kubernetes.container.name':'"
		  "main'}",
		  { .pod = "agent", .namespace = "team", .pod_uid = "1-2", .name = "main" } },
		{ "containerd 1.7",
		  "{'" CRI_TYPE "':'container','io.kubernetes.cri.sandbox-name':'agent',"
		  "'io.kubernetes.cri.sandbox-namespace':'team','io.kubernetes.cri.sandbox-uid':'1-2',"
		  "'io.kubernetes.cri.container-name':'main'}",
		  { .pod = "agent", .namespace = "team", .pod_uid = "1-2", .name = "main" } },
		{ "containerd 1.6 has no uid",
		  "{'" CRI_TYPE "':'container','io.kubernetes.cri.sandbox-name':'agent'}",
		  { .pod = "agent" } },
		{ "Podman", "{'io.container.manager':'libpod','io.podman.annotations.autoremove':'TRUE'}", { 0 } },
		{ "nothing", "{}", { 0 } },
		{ "no strings",
		  "{'io.container.manager':'cri-o','io.kubernetes.pod.name':1,'io.kubernetes.pod.namespace':null,"
		  "'io.kubernetes.pod.uid':['x'],'io.kubernetes.container.name':'a\\u0000b'}",
		  { 0 } },
		/* A pod under CRI-O writes containerd's keys, which CRI-O passes on. */
		{ "containerd's keys under CRI-O",
		  "{'" CRI_TYPE "':'container','io.kubernetes.cri.sandbox-name':'victim',"
		  "'io.kubernetes.cri.sandbox-namespace':'kube-system','io.kubernetes.cri.sandbox-uid':'0',"
		  "'io.kubernetes.cri.container-name':'victim','io.container.manager':'cri-o',"
		  "'io.kubernetes.pod.name':'agent','io.kubernetes.pod.namespace':'team'}",
		  { .pod = "agent", .namespace = "team" } },
		/* And one under containerd, whose operator passes everything on, writes CRI-O's. */
		{ "CRI-O's keys under containerd",
		  "{'io.kubernetes.pod.name':'victim','io.kubernetes.pod.namespace':'kube-system',"
		  "'" CRI_TYPE "':'container','io.kubernetes.cri.sandbox-name':'agent'}",
		  { .pod = "agent" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *annotations = json_from(rows[i].annotations);
		struct kf_container container = { .id = "id", .bundle = "/bundle", .pod = "stale", .name = "stale" };

		kf_annotations_identify(annotations, &container);
		expect_text(rows[i].row, "the pod", container.pod, rows[i].container.pod);
		expect_text(rows[i].row, "the namespace", container.namespace, rows[i].container.namespace);
		expect_text(rows[i].row, "the uid", container.pod_uid, rows[i].container.pod_uid);
		expect_text(rows[i].row, "the name", container.name, rows[i].container.name);
		expect_text(rows[i].row, "the id", container.id, "id");
		expect_text(rows[i].row, "the bundle", container.bundle, "/bundle");
		(void)json_object_put(annotations);
	}
}

static void no_annotations_are_no_container(void **state)
{
	struct kf_container container = { .pod = "stale" };
	struct kf_request request = {
		.handler = "c", .annotated_handler = "x", .allow = "/a", .deny = "/b", .pause = KF_PAUSE_YES
	};

	(void)state;
	kf_annotations_identify(NULL, &container);
	assert_null(container.pod);
	kf_annotations_request(NULL, "id", &request);
	assert_null(request.annotated_handler);
	assert_null(request.profile);
	assert_null(request.allow);
	assert_null(request.deny);
	assert_int_equal(request.pause, KF_PAUSE_NO);
	/* Not its business. */
	assert_string_equal(request.handler, "c");
}

static void class_and_profile_are_the_annotations(void **state)
{
	static const struct {
		const char *annotations, *class, *profile;
	} rows[] = {
		{ "{'nono.sh/runtime-class':'nono-runc','nono.sh/profile':'claude'}", "nono-runc", "claude" },
		{ "{'nono.sh/runtime-class':'','nono.sh/profile':''}", "", "" },
		{ "{'nono.sh/profile':'../x'}", NULL, "../x" },
		{ "{'nono.sh/runtime-class':1,'nono.sh/profile':{'a':'b'}}", NULL, NULL },
		{ "{'nono.sh/runtime-class':'a\\u0000b','nono.sh/profile':'a\\u0000b'}", NULL, NULL },
		{ "{'nono.sh/Profile':'a','nono.sh/profilex':'b','nono.sh':'c','nono.sh/runtime-classes/x':'d'}", NULL,
		  NULL },
		/* As `podman generate kube` writes them; Podman does not tell the container's name. */
		{ "{'nono.sh/runtime-class/app':'nono-runc','nono.sh/profile/app':'claude'}", "nono-runc", "claude" },
		{ "{'nono.sh/runtime-class/':'nono-runc'}", "nono-runc", NULL },
		{ "{'nono.sh/runtime-class/app':7,'nono.sh/profile/app':null}", NULL, NULL },
		{ "{'nono.sh/runtime-class/b':'y','nono.sh/runtime-class/a':'x'}", "y", NULL },
		{ "{'nono.sh/profile/b':'y','nono.sh/profile/a':'y'}", NULL, "y" },
		{ "{'nono.sh/profile/b':'y','nono.sh/profile/a':'x'}", NULL, NULL },
		/* The stamp goes before. */
		{ "{'nono.sh/runtime-class/app':'x','nono.sh/runtime-class':'nono-runc','nono.sh/profile/app':'y',"
		  "'nono.sh/profile':'z'}",
		  "nono-runc", "z" },
		/* Where the name is known, only the container's own count. */
		{ "{'io.kubernetes.container.name':'app','nono.sh/runtime-class/b':'x','nono.sh/profile/b':'y'}", NULL,
		  NULL },
		{ "{'io.kubernetes.container.name':'app','nono.sh/runtime-class/b':'x','nono.sh/runtime-class/app':'y',"
		  "'nono.sh/profile/app':'z','nono.sh/profile/b':'w'}",
		  "y", "z" },
		{ "{'io.kubernetes.container.name':'app','nono.sh/runtime-class/ap':'x','nono.sh/runtime-class/app/"
		  "':'x'}",
		  NULL, NULL },
		{ "{'io.kubernetes.cri-o.RuntimeHandler':'runc'}", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *annotations = json_from(rows[i].annotations);
		struct kf_request request = { 0 };

		kf_annotations_request(annotations, "id", &request);
		expect_text(rows[i].annotations, "the class", request.annotated_handler, rows[i].class);
		expect_text(rows[i].annotations, "the profile", request.profile, rows[i].profile);
		(void)json_object_put(annotations);
	}
}

#define NAMED(name) "'io.kubernetes.container.name':'" name "'"
#define LONG_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* The annotation that counts, and its value, where a container has one of its own. */
static void the_profile_of_a_container_goes_before_the_pods(void **state)
{
	static const struct {
		const char *annotations, *profile, *key;
	} rows[] = {
		{ "{" NAMED("app") ",'nono.sh/profile':'p','profile.nono.sh/app':'own'}", "own",
		  "profile.nono.sh/app" },
		{ "{" NAMED("app") ",'nono.sh/profile/app':'own','nono.sh/profile':'p'}", "own",
		  "nono.sh/profile/app" },
		{ "{" NAMED("app") ",'nono.sh/profile/app':'second','profile.nono.sh/app':'first'}", "first",
		  "profile.nono.sh/app" },
		{ "{'io.kubernetes.cri.container-type':'container','io.kubernetes.cri.container-name':'init',"
		  "'profile.nono.sh/init':'own','profile.nono.sh/app':'x'}",
		  "own", "profile.nono.sh/init" },
		{ "{" NAMED("app") ",'nono.sh/profile':'p'}", "p", "nono.sh/profile" },
		/* An empty value is a wish, too, and not a profile's name. */
		{ "{" NAMED("app") ",'nono.sh/profile':'p','profile.nono.sh/app':''}", "", "profile.nono.sh/app" },
		/* What is not a string does not count. */
		{ "{" NAMED("app") ",'nono.sh/profile':'p','profile.nono.sh/app':7}", "p", "nono.sh/profile" },
		/* Names of which one begins with the other, and keys that only look like it. */
		{ "{" NAMED("app") ",'nono.sh/profile':'p','profile.nono.sh/ap':'x','profile.nono.sh/app2':'x',"
				   "'profile.nono.sh/App':'x','profile.nono.sh/app/':'x','profile.nono.sh/"
				   "':'x','profile.nono.sh':'x',"
				   "'xprofile.nono.sh/app':'x','profile.nono.shx/app':'x','profile.nono.sh//app':'x'}",
		  "p", "nono.sh/profile" },
		/* Names are compared, and never looked up. */
		{ "{" NAMED("a/b") ",'profile.nono.sh/a':'x','profile.nono.sh/a/b':'own'}", "own",
		  "profile.nono.sh/a/b" },
		{ "{" NAMED("..") ",'profile.nono.sh/..':'own'}", "own", "profile.nono.sh/.." },
		{ "{" NAMED("*") ",'profile.nono.sh/app':'x'}", NULL, NULL },
		{ "{" NAMED("\u00e9") ",'profile.nono.sh/\u00e9':'own','profile.nono.sh/e':'x'}", "own",
		  "profile.nono.sh/\xc3\xa9" },
		{ "{" NAMED(LONG_NAME) ",'profile.nono.sh/" LONG_NAME "':'own','profile.nono.sh/" LONG_NAME "a':'x'}",
		  "own", "profile.nono.sh/" LONG_NAME },
		{ "{" NAMED("") ",'profile.nono.sh/':'own','profile.nono.sh/app':'x'}", "own", "profile.nono.sh/" },
		/* Without a name: the pod's first, else that on which all agree. */
		{ "{'nono.sh/profile':'p','profile.nono.sh/app':'x'}", "p", "nono.sh/profile" },
		{ "{'profile.nono.sh/a':'x','nono.sh/profile/b':'x'}", "x", "profile.nono.sh/a" },
		{ "{'profile.nono.sh/a':'x','nono.sh/profile/b':'y'}", NULL, NULL },
		{ "{'profile.nono.sh/a':'x','profile.nono.sh/b':'y'}", NULL, NULL },
		/* The name is the engine's: another engine's key is the pod's text. */
		{ "{'io.container.manager':'cri-o'," NAMED("app") ",'io.kubernetes.cri.container-type':'container',"
								  "'io.kubernetes.cri.container-name':'other','profile."
								  "nono.sh/other':'x','profile.nono.sh/app':'own'}",
		  "own", "profile.nono.sh/app" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *annotations = json_from(rows[i].annotations);
		struct kf_request request = { .profile = "stale", .profile_key = "stale" };

		kf_annotations_request(annotations, "id", &request);
		expect_text(rows[i].annotations, "the profile", request.profile, rows[i].profile);
		expect_text(rows[i].annotations, "its key", request.profile_key, rows[i].key);
		(void)json_object_put(annotations);
	}
}

/* As the pod wrote them: the parser of policy/place-list.h judges them. */
static void allow_and_deny_are_the_annotations(void **state)
{
	static const struct {
		const char *annotations, *allow, *deny;
	} rows[] = {
		{ "{'nono.sh/allow':'/a,~','nono.sh/deny':'/b\\n/c'}", "/a,~", "/b\n/c" },
		{ "{'nono.sh/allow':'','nono.sh/deny':'../x'}", "", "../x" },
		{ "{'nono.sh/allow':['/a'],'nono.sh/deny':1}", NULL, NULL },
		{ "{'nono.sh/allow':'/a\\u0000/b','nono.sh/Deny':'/b'}", NULL, NULL },
		{ "{'nono.sh/deny/main':'/c','nono.sh/deny/side':'/c','nono.sh/allow/main':'/a','nono.sh/allow/side':'/"
		  "b'}",
		  NULL, "/c" },
		{ "{'nono.sh/profile':'a'}", NULL, NULL },
		{ "{" NAMED("main") ",'nono.sh/allow':'/a','nono.sh/allow/main':'/b','nono.sh/deny/side':'/c'}", "/b",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *annotations = json_from(rows[i].annotations);
		struct kf_request request = { .allow = "stale", .deny = "stale" };

		kf_annotations_request(annotations, "id", &request);
		expect_text(rows[i].annotations, "allow", request.allow, rows[i].allow);
		expect_text(rows[i].annotations, "deny", request.deny, rows[i].deny);
		(void)json_object_put(annotations);
	}
}

/* The container's own id is "abc". */
static void a_sandbox_names_itself(void **state)
{
	static const struct {
		const char *annotations;
		enum kf_pause pause;
	} rows[] = {
		{ "{}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':'container','" CRIO_SANDBOX "':'abc'}", KF_PAUSE_NO },
		{ "{'" CRI_TYPE "':'container','" CRI_SANDBOX "':'abc'}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':'abc'}", KF_PAUSE_YES },
		{ "{'" CRI_TYPE "':'sandbox','" CRI_SANDBOX "':'abc'}", KF_PAUSE_YES },
		{ "{'" CRIO_TYPE "':'sandbox','" CRI_TYPE "':'sandbox','" CRI_SANDBOX "':'abc'}", KF_PAUSE_YES },
		/* A pod can write that much. */
		{ "{'" CRIO_TYPE "':'sandbox'}", KF_PAUSE_CLAIMED },
		{ "{'" CRI_TYPE "':'sandbox'}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRI_TYPE "':'sandbox'}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':'other'}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':'ab'}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':'abcd'}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':''}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':['abc']}", KF_PAUSE_CLAIMED },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':'abc\\u0000'}", KF_PAUSE_CLAIMED },
		/* One engine's type beside the other engine's sandbox. */
		{ "{'" CRIO_TYPE "':'sandbox','" CRI_SANDBOX "':'abc'}", KF_PAUSE_CLAIMED },
		{ "{'" CRI_TYPE "':'sandbox','" CRIO_SANDBOX "':'abc'}", KF_PAUSE_CLAIMED },
		/* Under CRI-O a pod writes containerd's keys; CRI-O's own say what it is. And the other way round. */
		{ "{'" CRI_TYPE "':'sandbox','" CRI_SANDBOX "':'abc','" CRIO_TYPE "':'container'}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':'abc','" CRI_TYPE "':'container'}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':'container','" CRI_TYPE "':'sandbox','" CRI_SANDBOX "':'abc'}", KF_PAUSE_NO },
		/* Almost the word. */
		{ "{'" CRIO_TYPE "':'Sandbox','" CRIO_SANDBOX "':'abc'}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':'sandbox ','" CRIO_SANDBOX "':'abc'}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':'','" CRIO_SANDBOX "':'abc'}", KF_PAUSE_NO },
		{ "{'" CRIO_TYPE "':true,'" CRIO_SANDBOX "':'abc'}", KF_PAUSE_NO },
		{ "{'" CRIO_SANDBOX "':'abc','" CRI_SANDBOX "':'abc'}", KF_PAUSE_NO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *annotations = json_from(rows[i].annotations);
		struct kf_request request = { 0 };

		kf_annotations_request(annotations, "abc", &request);
		expect(rows[i].annotations, request.pause == rows[i].pause);
		(void)json_object_put(annotations);
	}
}

/* A state without an id: an annotation that names no id proves no pause container. */
static void a_container_without_an_id_is_not_a_pause_container(void **state)
{
	struct json_object *annotations = json_from("{'" CRIO_TYPE "':'sandbox','" CRIO_SANDBOX "':''}");
	struct kf_request request = { 0 };

	(void)state;
	kf_annotations_request(annotations, NULL, &request);
	assert_int_equal(request.pause, KF_PAUSE_CLAIMED);
	(void)json_object_put(annotations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_engine_names_its_container),
		cmocka_unit_test(no_annotations_are_no_container),
		cmocka_unit_test(class_and_profile_are_the_annotations),
		cmocka_unit_test(the_profile_of_a_container_goes_before_the_pods),
		cmocka_unit_test(allow_and_deny_are_the_annotations),
		cmocka_unit_test(a_sandbox_names_itself),
		cmocka_unit_test(a_container_without_an_id_is_not_a_pause_container),
	};

	return cmocka_run_group_tests_name("oci/annotations", tests, NULL, NULL);
}
