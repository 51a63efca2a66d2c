/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "denials/learn.h"
#include "fixtures.h"
#include "nono/profile.h"
#include "oci/facts.h"

/*
 * The refusals, and the changes that are learned from them: "list entry" after "list entry", a '-' before one that
 * goes.
 */
struct lesson_row {
	const char *name;
	enum kf_operation operation;
	const char *paths[5]; /* each a denial; of link and rename two of them */
	const char *target;
	const char *profile; /* its members */
	bool secrets;
	const char *changes;
	const char *note; /* a part of the only note; NULL: no note */
};

#define SPEC "{'process':{'user':{'uid':0,'gid':0},'cwd':'/app','env':['HOME=/root']},'mounts':[]}"

static void put_program(const struct scratch *scratch)
{
	static const char script[] = "#! /usr/bin/python3 -B\n";
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char head[4096];
	ssize_t length = read(fd, head, sizeof head);

	assert_true(length == sizeof head);
	(void)close(fd);
	put_bytes(in(scratch, "usr/bin/python3"), head, sizeof head, 0755);
	put_bytes(in(scratch, "usr/bin/tool"), script, sizeof script - 1, 0755);
	put_bytes(in(scratch, "usr/bin/cut"), head, 100, 0755);
}

static int setup(void **state)
{
	static const char *const dirs[] = {
		"app",   "app/sub",   "etc", "etc/x",   "home",    "root",       "root/.ssh",
		"srv",   "tmp",       "usr", "usr/bin", "usr/lib", "usr/lib/py", "usr/lib/py/json",
		"lib64", "srv/below", NULL
	};
	static const char *const files[] = { "app/file",
					     "etc/a",
					     "etc/b",
					     "etc/c",
					     "etc/x/a",
					     "etc/x/b",
					     "etc/x/c",
					     "root/rc",
					     "root/.ssh/id",
					     "usr/lib/py/os.py",
					     "srv/one",
					     "srv/with[",
					     "lib64/ld-linux-x86-64.so.2",
					     NULL };
	struct scratch *scratch;

	if (scratch_setup(state) < 0)
		return -1;
	scratch = *state;
	for (size_t i = 0; dirs[i]; i++)
		assert_int_equal(mkdir(in(scratch, dirs[i]), 0755), 0);
	for (size_t i = 0; files[i]; i++)
		put_text(in(scratch, files[i]), "");
	put_program(scratch);
	assert_int_equal(symlink("/srv/one", in(scratch, "link")), 0);
	return 0;
}

#define image_test(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)

static void put_denials(const struct lesson_row *row, struct kf_fold *fold)
{
	bool pairs = row->operation == KF_OP_RENAME || row->operation == KF_OP_LINK;

	for (size_t i = 0; i == 0 || row->paths[i]; i += pairs ? 2 : 1) {
		struct kf_denial denial = { .count = 1, .cause = KF_CAUSE_POLICY, .operation = row->operation };
		struct kf_folded *folded;

		denial.program = strdup("/bin/x");
		denial.path = row->paths[i] ? strdup(row->paths[i]) : NULL;
		denial.new_path = pairs ? strdup(row->paths[i + 1]) : NULL;
		denial.target = row->target ? strdup(row->target) : NULL;
		assert_int_equal(kf_fold_add(fold, &denial, &folded), 1);
		if (!row->paths[i])
			break;
	}
}

static const char *text_of(const struct kf_lessons *lessons)
{
	static char text[4096];

	text[0] = '\0';
	for (size_t i = 0; i < lessons->count; i++) {
		size_t used = strlen(text);

		(void)snprintf(text + used, sizeof text - used, "%s%s%s %s", i ? ", " : "",
			       lessons->items[i].remove ? "-" : "",
			       lessons->items[i].list + (lessons->items[i].list[0] == 'f' ? strlen("filesystem.") : 0),
			       lessons->items[i].entry);
	}
	return text;
}

static void check_profile(const struct lesson_row *row, const struct kf_lessons *lessons, struct json_object *document)
{
	const struct kf_profile profile = { .document = document };
	struct kf_error err = { 0 };

	assert_int_equal(kf_lessons_apply(lessons, document), 0);
	expect_success(row->name, kf_profile_check_wrap(&profile, "P", &err), &err);
}

static void run(const struct scratch *scratch, const struct lesson_row *row)
{
	cleanup_fold struct kf_fold fold = { 0 };
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	cleanup_lessons struct kf_lessons lessons = { 0 };
	struct kf_profile profile = { .document = json_from(row->profile ? row->profile : "{'filesystem':{}}") };
	struct json_object *spec = json_from(SPEC);
	const struct kf_facts_source source = { .spec = spec, .rootfs = scratch->path };
	struct kf_error err = { 0 };

	expect_success(row->name, kf_facts_gather(&source, &facts, &err), &err);
	put_denials(row, &fold);

	const struct kf_learn_source learned = {
		.fold = &fold, .facts = &facts, .profile = &profile, .secrets = row->secrets
	};

	expect_success(row->name, kf_learn(&learned, &lessons, &err), &err);
	if (strcmp(text_of(&lessons), row->changes) != 0)
		fail_msg("%s: learned '%s' instead of '%s'", row->name, text_of(&lessons), row->changes);
	if (lessons.notes.count != (row->note != NULL) || (row->note && !strstr(lessons.notes.items[0], row->note)))
		fail_msg("%s: noted '%s'", row->name, lessons.notes.count ? lessons.notes.items[0] : "nothing");
	check_profile(row, &lessons, profile.document);
	(void)json_object_put(spec);
	kf_profile_done(&profile);
}

static void each_refusal_has_its_entry(void **state)
{
	static const struct lesson_row rows[] = {
		{ "a file", KF_OP_READ, { "/srv/one" }, .changes = "read_file /srv/one" },
		{ "a link of the image", KF_OP_READ, { "/link" }, .changes = "read_file /srv/one" },
		{ "a directory", KF_OP_READ, { "/srv" }, .changes = "read /srv" },
		{ "a file to be written", KF_OP_WRITE, { "/srv/one" }, .changes = "allow_file /srv/one" },
		{ "a file that is there", KF_OP_CREATE, { "/srv/one" }, .changes = "allow_file /srv/one" },
		{ "a new file", KF_OP_CREATE, { "/srv/new" }, .changes = "allow /srv" },
		{ "a new directory", KF_OP_MKDIR, { "/srv/new" }, .changes = "allow /srv" },
		{ "rename", KF_OP_RENAME, { "/srv/one", "/tmp/two" }, .changes = "allow /srv, allow /tmp" },
		{ "home", KF_OP_READ, { "/root/rc" }, .changes = "read_file /$NONO_HOME/rc" },
		{ "working directory", KF_OP_MKDIR, { "/app/new" }, .changes = "allow /$NONO_WORKDIR" },
		{ "below it", KF_OP_UNLINK, { "/app/sub/x" }, .changes = "allow /$NONO_WORKDIR/sub" },
		{ "of a process", KF_OP_READ, { "/proc/7/maps" }, .changes = "read /proc" },
		{ "of the own process", KF_OP_READ, { "/proc/self/maps" }, .changes = "read /proc" },
		{ "a file of a program", KF_OP_READ, { "/usr/lib/py/os.py" }, .changes = "read /usr/lib/py" },
		{ "a file that was made since",
		  KF_OP_READ,
		  { "/srv/below/x" },
		  .changes = "read /srv/below",
		  .note = NULL },
		{ "three files of a directory",
		  KF_OP_READ,
		  { "/etc/x/a", "/etc/x/b", "/etc/x/c" },
		  .changes = "read /etc/x" },
		{ "but not of /etc",
		  KF_OP_READ,
		  { "/etc/a", "/etc/b", "/etc/c" },
		  .changes = "read_file /etc/a, read_file /etc/b, read_file /etc/c" },
		{ "two are two",
		  KF_OP_READ,
		  { "/etc/x/a", "/etc/x/b" },
		  .changes = "read_file /etc/x/a, read_file /etc/x/b" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		run(*state, &rows[i]);
}

static void refusals_that_no_profile_can_lift_are_noted(void **state)
{
	static const struct lesson_row rows[] = {
		{ "root", KF_OP_READ, { "/" }, .changes = "", .note = "no profile grants / itself" },
		{ "a name in it", KF_OP_MKDIR, { "/new" }, .changes = "", .note = "no profile grants / itself" },
		{ "our own", KF_OP_MKDIR, { "/nono/x" }, .changes = "", .note = "/nono is the sandbox's own" },
		{ "a pattern", KF_OP_READ, { "/srv/with[" }, .changes = "", .note = "cannot have such a name" },
		{ "a secret", KF_OP_READ, { "/root/.ssh/id" }, .changes = "", .note = "it is secret" },
		{ "a signal",
		  KF_OP_SIGNAL,
		  { NULL },
		  .target = "process 1, signal 9",
		  .changes = "",
		  .note = "signal process 1, signal 9 by /bin/x: see security.signal_mode" },
		{ "a path that is not known", KF_OP_READ, { NULL }, .changes = "", .note = "its path is not known" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		run(*state, &rows[i]);
}

static void secrets_are_granted_on_demand(void **state)
{
	static const struct lesson_row rows[] = {
		{ "on demand",
		  KF_OP_READ,
		  { "/root/.ssh/id" },
		  .secrets = true,
		  .changes = "read_file /$NONO_HOME/.ssh/id" },
		{ "around", KF_OP_MKDIR, { "/root/new" }, .changes = "allow /$NONO_HOME, deny /$NONO_SECRETS" },
		{ "hidden already",
		  KF_OP_MKDIR,
		  { "/root/new" },
		  .profile = "{'filesystem':{'deny':['/$NONO_SECRETS']}}",
		  .changes = "allow /$NONO_HOME" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		run(*state, &rows[i]);
}

static void a_directory_that_becomes_writable_has_no_entry_below(void **state)
{
	static const struct lesson_row rows[] = {
		{ "an entry below",
		  KF_OP_MKDIR,
		  { "/srv/new" },
		  .profile = "{'filesystem':{'read':['/srv/below','/etc'],'read_file':['/srv/one']}}",
		  .changes = "-read /srv/below, -read_file /srv/one, allow /srv" },
		{ "the entry itself",
		  KF_OP_MKDIR,
		  { "/srv/new" },
		  .profile = "{'filesystem':{'read':['/srv']}}",
		  .changes = "-read /srv, allow /srv" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		run(*state, &rows[i]);
}

static void a_program_needs_its_interpreters(void **state)
{
	static const struct lesson_row rows[] = {
#if defined(__x86_64__)
		{ "script and loader",
		  KF_OP_EXEC,
		  { "/usr/bin/tool" },
		  .changes = "read_file /lib64/ld-linux-x86-64.so.2, read_file /usr/bin/python3, read_file "
			     "/usr/bin/tool" },
		{ "granted already",
		  KF_OP_EXEC,
		  { "/usr/bin/tool" },
		  .profile = "{'filesystem':{'read':['/usr/bin'],'read_file':['/srv/one']}}",
		  .changes = "read_file /lib64/ld-linux-x86-64.so.2" },
#endif
		{ "a broken head", KF_OP_EXEC, { "/usr/bin/cut" }, .changes = "read_file /usr/bin/cut" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		run(*state, &rows[i]);
}

static void ports_go_where_the_profile_has_them(void **state)
{
	static const struct lesson_row rows[] = {
		{ "connect",
		  KF_OP_CONNECT,
		  { NULL },
		  .target = "10.0.0.1:80",
		  .profile = "{'network':{'connect_port':[443]}}",
		  .changes = "network.connect_port 80" },
		{ "blocked",
		  KF_OP_CONNECT,
		  { NULL },
		  .target = "[::1]:80",
		  .profile = "{'network':{'block':true}}",
		  .changes = "network.open_port 80" },
		{ "bind",
		  KF_OP_BIND,
		  { NULL },
		  .target = "0.0.0.0:80",
		  .profile = "{'network':{'connect_port':[443]}}",
		  .changes = "",
		  .note = "forbids all listening" },
		{ "a socket in a file",
		  KF_OP_BIND,
		  { NULL },
		  .target = "unix:/run/x",
		  .changes = "",
		  .note = "no profile of nono wrap allows it" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		run(*state, &rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		image_test(each_refusal_has_its_entry),
		image_test(refusals_that_no_profile_can_lift_are_noted),
		image_test(secrets_are_granted_on_demand),
		image_test(a_directory_that_becomes_writable_has_no_entry_below),
		image_test(a_program_needs_its_interpreters),
		image_test(ports_go_where_the_profile_has_them),
	};

	return cmocka_run_group_tests_name("denials/learn", tests, NULL, NULL);
}
