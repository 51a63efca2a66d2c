/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "nono/compose.h"
#include "oci/facts.h"

#define UID "0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f"
#define CRI "'annotations':{'io.kubernetes.cri.container-type':'container','io.kubernetes.cri.sandbox-uid':'" UID "'}"
#define PLUGIN(name) "/nowhere/pods/" UID "/volumes/kubernetes.io~" name
#define BIND(plugin, destination, option)                                                                              \
	"{'destination':'" destination "','type':'bind','source':'" PLUGIN(plugin) "','options':['rbind','" option "'" \
										   "]"                                 \
										   "}"
#define SPEC(process, mounts) "{'process':{'user':{'uid':0,'gid':0}," process "}," CRI ",'mounts':[" mounts "]}"

/* One composition. */
struct composition {
	const char *profile; /* of "filesystem" */
	const char *spec;
	const char *allow, *deny;
	const char *grants, *hidden; /* as list_text() writes them */
};

static const char *list_text(const struct kf_access_list *list)
{
	static char texts[2][4096];
	static size_t next;
	char *text = texts[next++ % 2];

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const struct kf_access *item = &list->items[i];
		size_t used = strlen(text);

		(void)snprintf(text + used, sizeof texts[0] - used, "%s%s%s%s%s%s", i ? " " : "",
			       item->rights & KF_ACCESS_READ ? "r" : "", item->rights & KF_ACCESS_WRITE ? "w" : "",
			       item->rights ? ":" : "", item->path, item->directory ? "/" : "");
	}
	return text;
}

static int compose_text(const struct scratch *scratch, const struct composition *row, const char *document,
			struct kf_policy *ret, struct kf_error *err)
{
	struct kf_profile profile = { .composed = true };
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	struct json_object *spec = json_from(row->spec);
	const struct kf_facts_source source = { .spec = spec, .rootfs = scratch ? scratch->path : NULL };
	int r = kf_facts_gather(&source, &facts, err);

	facts.allow = row->allow;
	facts.deny = row->deny;
	profile.document = json_from(document);
	if (r == 0)
		r = kf_compose(&profile, "P", &facts, ret, err);
	(void)json_object_put(spec);
	kf_profile_done(&profile);
	return r;
}

static int compose(const struct scratch *scratch, const struct composition *row, struct kf_policy *ret,
		   struct kf_error *err)
{
	char document[4096];

	(void)snprintf(document, sizeof document, "{'meta':{'name':'P'},'filesystem':{%s}}", row->profile);
	return compose_text(scratch, row, document, ret, err);
}

static void expect_policy(const struct scratch *scratch, const struct composition *row)
{
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	struct kf_error err = { 0 };

	expect_success(row->profile, compose(scratch, row, &policy, &err), &err);
	expect_text(row->profile, "the grants", list_text(&policy.grants), row->grants);
	expect_text(row->profile, "what is hidden", list_text(&policy.hidden), row->hidden ? row->hidden : "");
}

static void expect_refused(const struct scratch *scratch, const struct composition *row, int code, const char *word)
{
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	struct kf_error err = { 0 };

	expect_refusal(row->profile, compose(scratch, row, &policy, &err), code, &err);
	expect(err.message, strstr(err.message, word));
}

static void make_dirs(const struct scratch *scratch, const char *const names[])
{
	for (; *names; names++)
		assert_int_equal(mkdir(in(scratch, *names), 0755), 0);
}

static int setup(void **state)
{
	static const char *const dirs[] = { "app",  "bin",     "dev",    "etc",      "home", "home/u", "nono",
					    "proc", "root",    "run",    "srv",      "sys",  "tmp",    "usr",
					    "var",  "var/lib", "closed", "closed/x", NULL };
	struct scratch *scratch;

	if (scratch_setup(state) < 0)
		return -1;
	scratch = *state;
	make_dirs(scratch, dirs);
	put_text(in(scratch, "entrypoint.sh"), "");
	put_text(in(scratch, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nbroken\nu:x:1000:1000:,:/home/u:/bin/sh\n"
					    "v:x:1001:1001::/etc:\nw:x:1002:1002::relative:\n");
	assert_int_equal(symlink("usr", in(scratch, "lib")), 0);
	assert_int_equal(symlink("../run", in(scratch, "var/run")), 0);
	assert_int_equal(symlink("/srv", in(scratch, "data")), 0);
	assert_int_equal(chmod(in(scratch, "closed"), 0700), 0);
	return 0;
}

#define image_test(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)

static void the_image_is_all_directories_and_files_at_its_top(void **state)
{
	const struct scratch *scratch = *state;

	expect_policy(scratch,
		      &(struct composition){
			      .profile = "'read':['/$NONO_IMAGE']",
			      .spec = SPEC("'cwd':'/'", ""),
			      .grants = "r:/app/ r:/bin/ r:/closed/ r:/entrypoint.sh r:/etc/ r:/home/ r:/root/ r:/srv/ "
					"r:/tmp/ r:/usr/ r:/var/",
		      });
	/* Nono would not take these names literally; and a fifo is neither a directory nor a file. */
	put_text(in(scratch, "$HOME"), "");
	put_text(in(scratch, "*"), "");
	put_text(in(scratch, "new\nline"), "");
	put_text(in(scratch, "\xff"), "");
	put_text(in(scratch, "a b"), "");
	assert_int_equal(mkfifo(in(scratch, "fifo"), 0600), 0);
	expect_policy(scratch,
		      &(struct composition){
			      .profile = "'allow':['$NONO_IMAGE']",
			      .spec = SPEC("'cwd':'/'", ""),
			      .grants = "rw:/a b rw:/app/ rw:/bin/ rw:/closed/ rw:/entrypoint.sh rw:/etc/ rw:/home/ "
					"rw:/root/ rw:/srv/ rw:/tmp/ rw:/usr/ rw:/var/",
		      });
}

/* The runtime makes the directories of mounts before the hook composes again. */
static void the_top_is_the_same_before_and_after_the_mounts_are_made(void **state)
{
	const struct scratch *scratch = *state;
	const struct composition row = {
		.profile = "'read':['/$NONO_IMAGE'],'allow':['/$NONO_VOLUMES'],'deny':['/$NONO_SECRETS']",
		.spec = SPEC("'cwd':'/'",
			     BIND("empty-dir/e", "/new/deep/e", "rw") "," BIND("secret/s", "/root/.kube/config", "ro")),
		.grants = "r:/app/ r:/bin/ r:/closed/ r:/entrypoint.sh r:/etc/ r:/home/ r:/new/ rw:/new/deep/e/ "
			  "r:/root/ r:/srv/ "
			  "r:/tmp/ r:/usr/ r:/var/",
		.hidden = "/root/.kube/",
	};
	static const char *const made[] = { "new", "new/deep", "new/deep/e", "root/.kube", "root/.kube/config", NULL };

	expect_policy(scratch, &row);
	make_dirs(scratch, made);
	expect_policy(scratch, &row);
}

static void an_image_with_too_many_files_at_its_top_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	char name[32];

	for (int i = 0; i < KF_IMAGE_TOP_MAX; i++) {
		(void)snprintf(name, sizeof name, "f%d", i);
		put_text(in(scratch, name), "");
	}
	expect_refused(scratch,
		       &(struct composition){ .profile = "'read':['/$NONO_IMAGE']", .spec = SPEC("'cwd':'/'", "") },
		       E2BIG, "at the top");
}

static void the_working_directory_and_the_home_are_found(void **state)
{
	static const struct {
		const char *process, *grants;
	} rows[] = {
		{ "'cwd':'/app'", "r:/app/ rw:/root/" },
		{ "'cwd':'/app','env':['HOME=/home/u']", "r:/app/ rw:/home/u/" },
		{ "'cwd':'/app','env':['HOME=']", "r:/app/ rw:/root/" },
		{ "'cwd':'/app','env':['HOME=relative']", "r:/app/ rw:/root/" },
		{ "'cwd':'/app','user':{'uid':1000,'gid':1000}", "r:/app/ rw:/home/u/" },
		/* Not in /etc/passwd, or there with a directory of the system, or none. */
		{ "'cwd':'/app','user':{'uid':7,'gid':7}", "r:/app/" },
		{ "'cwd':'/app','user':{'uid':1001,'gid':7}", "r:/app/" },
		{ "'cwd':'/app','user':{'uid':1002,'gid':7}", "r:/app/" },
		/* Through a symlink of the image, as the runtime goes. */
		{ "'cwd':'/data','env':['HOME=/var/run']", "r:/srv/" },
		{ "'cwd':'/data/../app/.','env':['HOME=/app']", "rw:/app/" },
		/* The same place is one grant, with all rights. */
		{ "'cwd':'/home/u','env':['HOME=/home/u']", "rw:/home/u/" },
		/* Nothing of the system, of the runtime or of nono. */
		{ "'cwd':'/','env':['HOME=/']", "" },
		{ "'cwd':'/usr','env':['HOME=/etc']", "" },
		{ "'cwd':'/proc/sys','env':['HOME=/sys']", "" },
		{ "'cwd':'/nono','env':['HOME=/nono/x']", "" },
		{ "'cwd':'/dev','env':['HOME=/run']", "" },
		/* The runtime makes a directory that is not there, but no home. */
		{ "'cwd':'/app/new/er','env':['HOME=/nonexistent']", "r:/app/new/er/" },
		{ "'cwd':7", "rw:/root/" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char spec[1024];

		(void)snprintf(spec, sizeof spec, "{'process':{%s}}", rows[i].process);
		expect_policy(*state, &(struct composition){
					      .profile = "'allow':['/$NONO_HOME'],'read':['/$NONO_WORKDIR']",
					      .spec = spec,
					      .grants = rows[i].grants,
				      });
	}
}

static void an_image_cannot_lead_a_grant_astray(void **state)
{
	static const char *const targets[] = {
		"/proc/sys/kernel", "../proc", "/sys", "/dev", "/nono", "/", "..", "loop", NULL
	};
	const struct scratch *scratch = *state;

	for (const char *const *target = targets; *target; target++) {
		assert_int_equal(symlink(*target, in(scratch, "loop")), 0);
		expect_policy(scratch, &(struct composition){
					       .profile = "'allow':['/loop','/$NONO_WORKDIR','/$NONO_HOME/x']",
					       .spec = SPEC("'cwd':'/loop','env':['HOME=/loop']", ""),
					       .grants = "",
				       });
		assert_int_equal(unlink(in(scratch, "loop")), 0);
	}
}

static void each_mount_is_granted_by_its_kind(void **state)
{
	static const char mounts[] = BIND("empty-dir/e", "/v", "rw") "," BIND("configmap/c", "/etc/c", "ro") "," BIND(
		"secret/s", "/app/s",
		"ro") "," BIND("empty-dir/r", "/var/run/r",
			       "ro") ","
				     "{'destination':'/host','type':'bind','source':'/etc','options':['rbind']},"
				     "{'destination':'/t','type':'tmpfs','source':'tmpfs'}";

	char spec[4096];

	(void)snprintf(spec, sizeof spec, "{'process':{}," CRI ",'mounts':[%s]}", mounts);
	expect_policy(
		*state,
		&(struct composition){
			.profile = "'allow':['/$NONO_VOLUMES'],'read':['/$NONO_CONFIGS'],'deny':['/$NONO_SECRETS']",
			.spec = spec,
			.grants = "r:/etc/c/ r:/run/r/ rw:/t/ rw:/v/",
			.hidden = "/app/s/ /host/",
		});
}

/* Below a volume that is read, any file could be there; below one that is written, it is covered. */
static void a_working_directory_below_a_volume_has_the_volume_s_rights(void **state)
{
	struct composition row = { .profile = "'allow':['/$NONO_WORKDIR','/$NONO_VOLUMES'],'read':['/$NONO_CONFIGS']" };

	row.spec = SPEC("'cwd':'/v/w'", BIND("empty-dir/e", "/v", "ro"));
	row.grants = "r:/v/";
	expect_policy(*state, &row);
	row.spec = SPEC("'cwd':'/v/w'", BIND("empty-dir/e", "/v", "rw"));
	row.grants = "rw:/v/";
	expect_policy(*state, &row);
	row.spec = SPEC("'cwd':'/s/w'", BIND("secret/s", "/s", "ro"));
	row.grants = "";
	expect_policy(*state, &row);
}

/* Others can put a link there, also later, and nono follows links at each exec. */
static void a_path_below_a_volume_is_granted_with_the_volume_only(void **state)
{
	struct composition row = { .profile = "'read':['/v/public'],'allow':['/v/new']", .grants = "" };

	row.spec = SPEC("'cwd':'/'", BIND("empty-dir/e", "/v", "rw"));
	expect_policy(*state, &row);
	row.spec = SPEC("'cwd':'/'", BIND("empty-dir/e", "/v", "ro"));
	expect_policy(*state, &row);
	row.profile = "'read':['/v','/v/public']";
	row.grants = "r:/v/";
	expect_policy(*state, &row);
	row.profile = "'read':['/v/public']";
	row.spec = SPEC("'cwd':'/'", BIND("empty-dir/e", "/v", "rw") "," BIND("empty-dir/p", "/v/public", "rw"));
	row.grants = "r:/v/public/";
	expect_policy(*state, &row);
}

static void devices_are_those_that_the_container_was_given(void **state)
{
	expect_policy(
		*state,
		&(struct composition){
			.profile = "'allow':['/$NONO_DEVICES']",
			.spec = "{'process':{},'linux':{'devices':[{'path':'/dev/fuse'},{'path':'/dev/net/tun'}]}}",
			.grants = "rw:/dev/fuse rw:/dev/net/tun",
		});
	expect_policy(*state, &(struct composition){ .profile = "'allow':['/$NONO_DEVICES']",
						     .spec = "{'process':{'env':['NVIDIA_VISIBLE_DEVICES=void']}}",
						     .grants = "" });
	struct composition nvidia = { .profile = "'allow':['/$NONO_DEVICES']",
				      .spec = "{'process':{'env':['NVIDIA_VISIBLE_DEVICES=all']}}" };
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	struct kf_error err = { 0 };

	expect_success("nvidia", compose(*state, &nvidia, &policy, &err), &err);
	assert_non_null(kf_access_find(&policy.grants, "/dev/nvidia0"));
	assert_non_null(kf_access_find(&policy.grants, "/dev/nvidiactl"));
}

static void a_directory_that_the_user_cannot_reach_is_left_out(void **state)
{
	const char *const unreached = "'cwd':'/','user':{'uid':1000,'gid':1000}";
	struct composition row = { .profile = "'read':['/closed','/closed/x','/app']", .grants = "r:/app/ r:/closed/" };
	char spec[256];

	(void)snprintf(spec, sizeof spec, "{'process':{%s}}", unreached);
	row.spec = spec;
	row.profile = "'allow':['/closed/x']";
	row.grants = "";
	expect_policy(*state, &row);
	/* By its capabilities, by its group, or because the ids are of another user namespace. */
	row.grants = "rw:/closed/x/";
	row.spec = "{'process':{'user':{'uid':1000,'gid':1},'capabilities':{'effective':['CAP_DAC_OVERRIDE']}}}";
	expect_policy(*state, &row);
	row.spec = "{'process':{'user':{'uid':1000,'gid':1}},'linux':{'namespaces':[{'type':'user'}]}}";
	expect_policy(*state, &row);
	assert_int_equal(chmod(in(*state, "closed"), 0710), 0);
	row.spec = "{'process':{'user':{'uid':1000,'gid':1,'additionalGids':[5,0]}}}";
	expect_policy(*state, &row);
}

static void denied_places_are_hidden(void **state)
{
	const struct scratch *scratch = *state;
	struct composition row = { .spec = SPEC("'cwd':'/app','env':['HOME=/home/u']", ""), .grants = "" };
	static const char *const made[] = { "root/.ssh",         "home/u/.aws", "home/u/.config",
					    "home/u/.config/gh", "home/v",      NULL };

	row.profile = "'deny':['/etc/passwd','/usr/none','/srv','/data','/proc/kcore']";
	row.hidden = "/etc/passwd /proc/kcore/ /srv/";
	expect_policy(scratch, &row);
	make_dirs(scratch, made);
	put_text(in(scratch, "home/v/.netrc"), "");
	put_text(in(scratch, "etc/shadow"), "root:*:1::::::\nu:!:1::::::\nx::1::::::\n");
	put_text(in(scratch, "etc/gshadow"), "root:!$6$abcdefgh$ijk::\n");
	row.profile = "'deny':['/$NONO_SECRETS']";
	row.hidden = "/etc/gshadow /home/u/.aws/ /home/u/.config/gh/ /home/v/.netrc /root/.ssh/";
	expect_policy(scratch, &row);
	put_text(in(scratch, "etc/shadow"), "root:$y$j9T$abc$def:1::::::\n");
	row.hidden = "/etc/gshadow /etc/shadow /home/u/.aws/ /home/u/.config/gh/ /home/v/.netrc /root/.ssh/";
	expect_policy(scratch, &row);
	row.profile = "'deny':['/$NONO_HOME/.aws','/$NONO_HOME/none']";
	row.hidden = "/home/u/.aws/";
	expect_policy(scratch, &row);
	/* On a volume, where files can change: hidden with any contents. */
	row.spec = SPEC("'cwd':'/app','env':['HOME=/home/u']", BIND("empty-dir/e", "/home/u", "rw"));
	row.hidden = "/home/u/.aws/ /home/u/none/";
	expect_policy(scratch, &row);
	row.allow = "~/.aws";
	row.hidden = "/home/u/none/";
	expect_policy(scratch, &row);
}

#define TOKEN BIND("projected/kube-api-access-abcde", "/var/run/secrets/kubernetes.io/serviceaccount", "ro")

static void a_pod_shows_the_places_it_names(void **state)
{
	const char *const profile = "'read':['/$NONO_IMAGE'],'deny':['/$NONO_SECRETS']";
	const char *const spec = SPEC("'cwd':'/','env':['HOME=/home/u']", TOKEN
				      "," BIND("secret/s", "/s", "ro") "," BIND("secret/t", "/run/secrets/t", "ro"));
	const char *const image = "r:/app/ r:/bin/ r:/closed/ r:/entrypoint.sh r:/etc/ r:/home/ r:/root/";
	char grants[256];
	struct composition row = { .profile = profile, .spec = spec, .grants = grants };

	assert_int_equal(mkdir(in(*state, "home/u/.ssh"), 0755), 0);
	(void)snprintf(grants, sizeof grants, "%s r:/srv/ r:/tmp/ r:/usr/ r:/var/", image);
	row.hidden = "/home/u/.ssh/ /run/secrets/ /s/";
	expect_policy(*state, &row);
	row.allow = "~/.ssh";
	row.hidden = "/run/secrets/ /s/";
	expect_policy(*state, &row);
	row.allow = "serviceaccount, /s";
	(void)snprintf(grants, sizeof grants,
		       "%s r:/run/secrets/kubernetes.io/serviceaccount/ r:/s/ r:/srv/ r:/tmp/ r:/usr/ r:/var/", image);
	row.hidden = "/home/u/.ssh/ /run/secrets/t/";
	expect_policy(*state, &row);
	/* One place twice, and by two names. */
	row.allow = "serviceaccount,/s,/s,/run/secrets/kubernetes.io/serviceaccount";
	expect_policy(*state, &row);
	row.allow = "/var/run/secrets/kubernetes.io/serviceaccount/";
	(void)snprintf(grants, sizeof grants,
		       "%s r:/run/secrets/kubernetes.io/serviceaccount/ r:/srv/ r:/tmp/ r:/usr/ r:/var/", image);
	row.hidden = "/home/u/.ssh/ /run/secrets/t/ /s/";
	expect_policy(*state, &row);
}

static void a_pod_cannot_show_anything_else(void **state)
{
	static const char *const wishes[] = { "/etc",   "/s/below", "/",     "/nono",  "/none",
					      "~/.aws", "~",        "/home", "tokens", "/s,/etc/shadow" };
	struct composition row = { .profile = "'deny':['/$NONO_SECRETS']",
				   .spec = SPEC("'cwd':'/'", BIND("secret/s", "/s", "ro")) };

	for (size_t i = 0; i < COUNT(wishes); i++) {
		row.allow = wishes[i];
		expect_refused(*state, &row, EPERM, "/s");
	}
	row.allow = "relative/path";
	expect_refused(*state, &row, EINVAL, "relative");
	row.allow = "serviceaccount";
	row.spec = SPEC("'cwd':'/'", "");
	expect_refused(*state, &row, EPERM, "nothing");
}

static void a_pod_hides_more(void **state)
{
	struct composition row = {
		.profile = "'read':['/app']",
		.spec = SPEC("'cwd':'/','env':['HOME=/home/u']", BIND("secret/s", "/s", "ro")),
		.grants = "r:/app/",
		.deny = "/app, /etc/passwd,/none,~",
		.hidden = "/app/ /etc/passwd /home/u/",
	};

	expect_policy(*state, &row);
	/* Also what the same pod shows. */
	row.profile = "'deny':['/$NONO_SECRETS']";
	row.grants = "r:/s/";
	row.allow = row.deny = "/s";
	row.hidden = "/s/";
	expect_policy(*state, &row);
	row.allow = NULL;
	row.deny = "/";
	expect_refused(*state, &row, EINVAL, "cannot be hidden");
	row.deny = "/nono/profiles";
	expect_refused(*state, &row, EINVAL, "cannot be hidden");
	row.deny = "word";
	expect_refused(*state, &row, EINVAL, "cannot be hidden");
}

static void without_an_image_names_stand_for_it(void **state)
{
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	struct kf_error err = { 0 };
	const struct composition row = {
		.profile = "'read':['/$NONO_IMAGE'],'allow':['/$NONO_HOME','/$NONO_WORKDIR'],'deny':['/$NONO_SECRETS']",
		.spec = SPEC("'cwd':'/anywhere','env':['HOME=/home/u']", ""),
	};

	(void)state;
	expect_success("unseen", compose(NULL, &row, &policy, &err), &err);
	assert_int_equal(kf_access_find(&policy.grants, "/usr/bin")->rights, KF_ACCESS_READ);
	assert_int_equal(kf_access_find(&policy.grants, "/anywhere")->rights, KF_ACCESS_READ | KF_ACCESS_WRITE);
	assert_non_null(kf_access_find(&policy.hidden, "/home/u/.ssh"));
	assert_non_null(kf_access_find(&policy.hidden, "/etc/shadow"));
	assert_non_null(kf_access_find(&policy.hidden, "/run/secrets/x"));
	assert_null(kf_access_find(&policy.grants, "/nono/nono"));
}

/* /proc is written as a whole only where the runtime protects the machine's part of it. */
static void proc_is_written_where_it_is_protected(void **state)
{
#define PROTECTED "'/proc/bus','/proc/irq','/proc/sys','/proc/sysrq-trigger'"
	struct composition row = { .profile = "'allow':['/proc']",
				   .spec = "{'process':{},'linux':{'readonlyPaths':[" PROTECTED "]}}",
				   .grants = "rw:/proc/" };

	expect_policy(*state, &row);
	row.spec = "{'process':{},'linux':{'readonlyPaths':['/proc/bus','/proc/irq','/proc/sys']}}";
	row.grants = "r:/proc/ rw:/proc/self/";
	expect_policy(*state, &row);
	row.spec = "{'process':{}}";
	expect_policy(*state, &row);
}

static void entries_that_cannot_be_filled_in_are_refused(void **state)
{
	static const char *const profiles[] = {
		"'allow':['/$NONO_IMAGES']",
		"'allow':['/$NONO_IMAGE/x']",
		"'read':['/$NONO_SECRETS']",
		"'read':['/$HOME']",
		"'read':['app']",
		"'read':[7]",
		"'read':[{'path':'/app'}]",
		"'deny':['/run/**']",
		"'deny':['~/.ssh']",
		"'deny':['/$NONO_SECRETS/x']",
		"'deny':['/$NONO_HOME']",
		"'deny':['/a/../b']",
		"'deny':[null]",
		"'allow':['/x/$NONO_HOME']",
	};

	for (size_t i = 0; i < COUNT(profiles); i++)
		expect_refused(*state, &(struct composition){ .profile = profiles[i], .spec = SPEC("'cwd':'/'", "") },
			       ENOTSUP, "profile P");
}

static void expect_document(const struct scratch *scratch, const char *profile, const char *spec, const char *wanted)
{
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	struct kf_error err = { 0 };
	const struct composition row = { .profile = profile, .spec = spec };

	expect_success(profile, compose_text(scratch, &row, profile, &policy, &err), &err);
	expect_json(profile, policy.document, wanted);
}

static void the_document_keeps_the_rest_of_the_profile(void **state)
{
	expect_document(
		*state,
		"{'meta':{'name':'P'},'groups':{'exclude':['x']},'filesystem':{'allow':['/$NONO_HOME'],"
		"'read':['/app','/entrypoint.sh'],'deny':['/srv'],'unix_socket':['/a']},'network':{'block':true}}",
		"{'process':{'env':['HOME=/home/u']}}",
		"{'meta':{'name':'P'},'groups':{'exclude':['x']},'filesystem':{'allow':['/home/u'],'read':['/app'],"
		"'unix_socket':['/a'],'allow_file':[],'read_file':['/entrypoint.sh'],'write':[],'write_file':[]},"
		"'network':{'block':true},'security':{}}");
}

static void scopes_are_lifted_where_the_namespaces_are_its_own(void **state)
{
#define LISTS "'allow':[],'allow_file':[],'read':[],'read_file':[],'write':[],'write_file':[]"
	static const struct {
		const char *namespaces, *security;
	} rows[] = {
		{ "{'type':'pid'},{'type':'network'}", "'signal_mode':'allow_all','ipc_mode':'full'" },
		{ "{'type':'pid','path':''}", "'signal_mode':'allow_all'" },
		/* The owner of the namespace is not known. */
		{ "{'type':'pid','path':'/nowhere'}", "" },
		{ "{'type':'pid'},{'type':'pid'}", "" },
		/* The host's, by its path. */
		{ "{'type':'pid','path':'/proc/self/ns/pid'},{'type':'network','path':'/proc/self/ns/net'}", "" },
		{ "{'type':'mount'}", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char spec[512], wanted[512];

		(void)snprintf(spec, sizeof spec, "{'process':{},'linux':{'namespaces':[%s]}}", rows[i].namespaces);
		(void)snprintf(wanted, sizeof wanted, "{'filesystem':{" LISTS "},'security':{%s}}", rows[i].security);
		expect_document(*state, "{'filesystem':{'deny':[]}}", spec, wanted);
	}
	expect_document(*state, "{'filesystem':{},'security':{'signal_mode':'isolated'}}",
			"{'process':{},'linux':{'namespaces':[{'type':'pid'}]}}",
			"{'filesystem':{" LISTS "},'security':{'signal_mode':'isolated'}}");
}

static void too_many_mounts_are_refused(void **state)
{
	size_t size = 256 * 2000, used;
	cleanup_free char *spec = malloc(size);

	assert_non_null(spec);
	used = (size_t)snprintf(spec, size, "{'process':{}," CRI ",'mounts':[");
	for (int i = 0; i < 1025; i++)
		used += (size_t)snprintf(spec + used, size - used, "%s{'destination':'/m/%d','type':'tmpfs'}",
					 i ? "," : "", i);
	(void)snprintf(spec + used, size - used, "]}");
	expect_refused(*state, &(struct composition){ .profile = "'read':['/app']", .spec = spec }, E2BIG,
		       "1025 mounts");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		image_test(the_image_is_all_directories_and_files_at_its_top),
		image_test(the_top_is_the_same_before_and_after_the_mounts_are_made),
		image_test(an_image_with_too_many_files_at_its_top_is_refused),
		image_test(the_working_directory_and_the_home_are_found),
		image_test(an_image_cannot_lead_a_grant_astray),
		image_test(each_mount_is_granted_by_its_kind),
		image_test(a_working_directory_below_a_volume_has_the_volume_s_rights),
		image_test(a_path_below_a_volume_is_granted_with_the_volume_only),
		image_test(devices_are_those_that_the_container_was_given),
		image_test(a_directory_that_the_user_cannot_reach_is_left_out),
		image_test(denied_places_are_hidden),
		image_test(a_pod_shows_the_places_it_names),
		image_test(a_pod_cannot_show_anything_else),
		image_test(a_pod_hides_more),
		image_test(without_an_image_names_stand_for_it),
		image_test(proc_is_written_where_it_is_protected),
		image_test(entries_that_cannot_be_filled_in_are_refused),
		image_test(the_document_keeps_the_rest_of_the_profile),
		image_test(scopes_are_lifted_where_the_namespaces_are_its_own),
		image_test(too_many_mounts_are_refused),
	};

	return is_root() ? cmocka_run_group_tests_name("nono/compose", tests, NULL, NULL) : 0;
}
