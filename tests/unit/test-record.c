/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "fixtures.h"
#include "node/record.h"

static const struct kf_record complete = {
	.container = { .id = "abc",
		       .bundle = "/run/bundle",
		       .pod = "agent",
		       .namespace = "team",
		       .pod_uid = "1-2",
		       .name = "main" },
	.profile = "claude-code",
	.handler = "nono-runc",
	.process = { .pid = 4711, .start_time = 18446744073709551615U },
};

static int write_record(const char *state_dir, const struct kf_record *record, struct kf_error *err)
{
	int fd = -1, r = kf_record_open_dir(state_dir, &fd, err);

	if (r == 0)
		r = kf_record_write(fd, record, err);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

/* The record's JSON; the caller's to put. */
static struct json_object *record_from(const char *path)
{
	struct json_object *object = NULL;
	struct kf_error err = { 0 };
	size_t length = 0;
	char *text = get_bytes(path, &length);

	assert_non_null(text);
	expect_success(path, kf_json_parse(text, length, "the record", KF_JSON_STRICT, &object, &err), &err);
	free(text);
	return object;
}

static void expect_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	if (st.st_mode != mode || st.st_uid != 0)
		fail_msg("%s has mode %o and uid %u", path, (unsigned int)st.st_mode, (unsigned int)st.st_uid);
}

static void a_record_says_who_and_how(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	time_t before = time(NULL);

	/* The directory is made. A strict or an open umask changes nothing about it. */
	(void)umask(0);
	expect_success("write", write_record(in(scratch, "state"), &complete, &err), &err);
	(void)umask(022);
	expect_mode(in(scratch, "state"), S_IFDIR | 0700);
	expect_mode(in(scratch, "state/abc"), S_IFDIR | 0700);
	expect_mode(in(scratch, "state/abc/metadata.json"), S_IFREG | 0600);
	assert_int_equal(entries_of(in(scratch, "state/abc")), 1);

	struct json_object *record = record_from(in(scratch, "state/abc/metadata.json"));
	struct tm utc = { 0 };
	const char *timestamp = kf_json_string(record, "timestamp");

	assert_int_equal(json_object_object_length(record), 11);
	assert_string_equal(kf_json_string(record, "container_id"), "abc");
	assert_string_equal(kf_json_string(record, "pod"), "agent");
	assert_string_equal(kf_json_string(record, "namespace"), "team");
	assert_string_equal(kf_json_string(record, "pod_uid"), "1-2");
	assert_string_equal(kf_json_string(record, "container"), "main");
	assert_string_equal(kf_json_string(record, "profile"), "claude-code");
	assert_string_equal(kf_json_string(record, "runtime_handler"), "nono-runc");
	assert_string_equal(kf_json_string(record, "bundle"), "/run/bundle");
	assert_non_null(timestamp);

	const char *end = strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ", &utc);

	assert_true(end && *end == '\0');
	assert_true(timegm(&utc) >= before && timegm(&utc) <= time(NULL));
	(void)json_object_put(record);
}

static void an_unknown_member_is_empty(void **state)
{
	static const struct kf_record bare = { .container = { .id = "abc" } };
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_success("write", write_record(scratch->path, &bare, &err), &err);

	struct json_object *record = record_from(in(scratch, "abc/metadata.json"));

	assert_string_equal(kf_json_string(record, "container_id"), "abc");
	assert_string_equal(kf_json_string(record, "pod"), "");
	assert_string_equal(kf_json_string(record, "profile"), "");
	(void)json_object_put(record);
}

/* A pod's names in a record: still one JSON object with these names. */
static void hostile_names_stay_text(void **state)
{
	struct kf_record record = complete;
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	record.container.pod = "a\",\"profile\":\"none\n\x01\\/";
	expect_success("write", write_record(scratch->path, &record, &err), &err);

	struct json_object *object = record_from(in(scratch, "abc/metadata.json"));

	assert_string_equal(kf_json_string(object, "pod"), record.container.pod);
	assert_string_equal(kf_json_string(object, "profile"), "claude-code");
	(void)json_object_put(object);
}

static void an_older_record_is_replaced(void **state)
{
	struct kf_record other = complete;
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_success("one", write_record(scratch->path, &complete, &err), &err);
	other.profile = "other";
	expect_success("two", write_record(scratch->path, &other, &err), &err);
	assert_int_equal(entries_of(in(scratch, "abc")), 1);

	struct json_object *record = record_from(in(scratch, "abc/metadata.json"));

	assert_string_equal(kf_json_string(record, "profile"), "other");
	(void)json_object_put(record);
}

static void a_record_is_removed_once(void **state)
{
	struct kf_record other = complete;
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	other.container.id = "def";
	expect_success("abc", write_record(scratch->path, &complete, &err), &err);
	expect_success("def", write_record(scratch->path, &other, &err), &err);
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 1);
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 0);
	assert_int_equal(kf_record_remove(scratch->path, "never", &err), 0);
	assert_int_equal(entries_of(scratch->path), 1);
	assert_int_equal(access(in(scratch, "def/metadata.json"), F_OK), 0);
	assert_int_equal(kf_record_remove(in(scratch, "missing"), "abc", &err), 0);
	assert_int_equal(err.code, 0);
}

/* Engines and users choose ids, and two runtimes can have the same one. */
static void a_record_of_another_container_stays(void **state)
{
	const struct scratch *scratch = *state;
	const char *bundle = in(scratch, "bundle"), *other = in(scratch, "other");
	struct kf_record record = complete;
	struct kf_error err = { 0 };
	pid_t pid = record.process.pid;

	assert_true(pid > 0);
	assert_int_equal(mkdirat(scratch->fd, "bundle", 0755), 0);
	assert_int_equal(mkdirat(scratch->fd, "other", 0755), 0);
	assert_int_equal(symlinkat("bundle", scratch->fd, "link"), 0);
	record.container.bundle = bundle;
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", other, 0, &err), 0);
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", in(scratch, "missing"), 0, &err), 0);
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", bundle, pid + 1, &err), 0);
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", NULL, pid + 1, &err), 0);
	assert_int_equal(access(in(scratch, "abc/metadata.json"), F_OK), 0);
	/* Its own, by another path; the process has ended. */
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", in(scratch, "link"), 0, &err), 1);
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", bundle, pid, &err), 1);
	/* A bundle that is gone belongs to a container that is gone. */
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(rmdir(bundle), 0);
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", other, 0, &err), 1);
	/* One that cannot be read goes, as ever. */
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	put_text(in(scratch, "abc/metadata.json"), "{");
	assert_int_equal(kf_record_remove_of(scratch->path, "abc", other, 0, &err), 1);
}

static void an_empty_directory_is_removed_too(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 0);
	assert_int_equal(entries_of(scratch->path), 0);
}

static void a_state_directory_of_others_is_refused(void **state)
{
	static const struct {
		const char *row;
		uid_t uid;
		mode_t mode;
		bool fine;
	} rows[] = {
		{ "private", 0, 0700, true },         { "readable", 0, 0755, true },
		{ "group-writable", 0, 0770, false }, { "world-writable", 0, 0777, false },
		{ "sticky", 0, 01777, false },        { "foreign", 1000, 0700, false },
	};
	const struct scratch *scratch = *state;
	const char *dir = in(scratch, "state");

	assert_int_equal(mkdir(dir, 0700), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_error err = { 0 };

		assert_int_equal(chown(dir, rows[i].uid, 0), 0);
		assert_int_equal(chmod(dir, rows[i].mode), 0);
		if (rows[i].fine) {
			expect_success(rows[i].row, write_record(dir, &complete, &err), &err);
			assert_int_equal(kf_record_remove(dir, "abc", &err), 1);
		} else {
			expect_refusal(rows[i].row, write_record(dir, &complete, &err), EPERM, &err);
		}
		assert_int_equal(entries_of(dir), 0);
	}
}

static void a_state_directory_that_is_not_a_directory_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "real", 0700), 0);
	assert_int_equal(symlinkat("real", scratch->fd, "link"), 0);
	assert_int_equal(symlinkat("made", scratch->fd, "dangling"), 0);
	put_text(in(scratch, "file"), "");
	expect_refusal("symlink", write_record(in(scratch, "link"), &complete, &err), ENOTDIR, &err);
	expect_refusal("dangling", write_record(in(scratch, "dangling"), &complete, &err), ENOTDIR, &err);
	expect_refusal("file", write_record(in(scratch, "file"), &complete, &err), ENOTDIR, &err);
	expect_refusal("no parent", write_record(in(scratch, "a/b"), &complete, &err), ENOENT, &err);
	expect_refusal("remove from a file", kf_record_remove(in(scratch, "file"), "abc", &err), ENOTDIR, &err);
	assert_int_equal(entries_of(in(scratch, "real")), 0);
	assert_int_equal(access(in(scratch, "made"), F_OK), -1);
}

/* A file is in the place of the container's own directory. */
static void a_hostile_record_directory_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const char *dir = in(scratch, "state"), *victim = in(scratch, "victim");
	struct kf_error err = { 0 };

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkdir(victim, 0700), 0);
	put_text(in(scratch, "victim/metadata.json"), "precious");
	assert_int_equal(symlink("../victim", in(scratch, "state/abc")), 0);
	expect_refusal("write", write_record(dir, &complete, &err), ELOOP, &err);
	assert_true(kf_record_remove(dir, "abc", &err) < 0);
	expect_file("victim", in(scratch, "victim/metadata.json"), "precious");

	assert_int_equal(unlink(in(scratch, "state/abc")), 0);
	put_text(in(scratch, "state/abc"), "");
	expect_refusal("file", write_record(dir, &complete, &err), ENOTDIR, &err);
	assert_true(kf_record_remove(dir, "abc", &err) < 0);
	assert_int_equal(entries_of(dir), 1);
}

/* Ids are checked by callers; these would leave the directory if they did not. */
static void ids_do_not_lead_out_of_the_directory(void **state)
{
	static const char *const ids[] = { "..", "../victim", "/tmp", "a/../../victim" };
	const struct scratch *scratch = *state;
	const char *dir = in(scratch, "state");

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkdirat(scratch->fd, "victim", 0700), 0);
	put_text(in(scratch, "victim/metadata.json"), "precious");
	put_text(in(scratch, "metadata.json"), "precious");
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct kf_record record = { .container = { .id = ids[i] } };
		struct kf_error err = { 0 };

		expect(ids[i], write_record(in(scratch, "state"), &record, &err) < 0);
		expect(ids[i], kf_record_remove(in(scratch, "state"), ids[i], &err) <= 0);
	}
	expect_file("victim", in(scratch, "victim/metadata.json"), "precious");
	expect_file("parent", in(scratch, "metadata.json"), "precious");
	assert_int_equal(entries_of(in(scratch, "victim")), 1);
}

/* It is there complete or not at all. */
static void a_failed_write_leaves_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	assert_int_equal(mkdirat(scratch->fd, "abc/metadata.json", 0700), 0);
	expect_refusal("directory", write_record(scratch->path, &complete, &err), EISDIR, &err);
	assert_int_equal(entries_of(in(scratch, "abc")), 1);
	expect_refusal("remove", kf_record_remove(scratch->path, "abc", &err), EISDIR, &err);
	assert_int_equal(access(in(scratch, "abc/metadata.json"), F_OK), 0);
}

static void the_longest_id_fits(void **state)
{
	char id[256];
	struct kf_record record = { .container = { .id = id } };
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	memset(id, 'a', 255);
	id[255] = '\0';
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(kf_record_remove(scratch->path, id, &err), 1);
	assert_int_equal(entries_of(scratch->path), 0);
}

/* Puts a record with MEMBER in it in the place of that of "abc", and reads it. */
static int read_with(const struct scratch *scratch, const char *member, struct kf_saved_record *ret,
		     struct kf_error *err)
{
	char text[512];

	(void)snprintf(text, sizeof text,
		       "{'container_id':'abc','pod':'','namespace':'','pod_uid':'','profile':'',"
		       "'runtime_handler':'','bundle':'','timestamp':''%s}",
		       member);

	struct json_object *object = json_from(text);

	put_bytes(in(scratch, "abc/metadata.json"), json_text(object), strlen(json_text(object)), 0600);
	(void)json_object_put(object);
	return kf_record_read(scratch->path, "abc", ret, err);
}

static void numbers_are_numbers_or_missing(void **state)
{
	static const struct {
		const char *member;
		pid_t pid; /* -1: refused */
		uint64_t start_time;
		int abi;
	} rows[] = {
		{ "", 0, 0, 0 },
		{ ",'landlock_abi':7", 0, 0, 7 },
		{ ",'landlock_abi':1", 0, 0, 1 },
		{ ",'landlock_abi':0", -1, 0, 0 },
		{ ",'landlock_abi':-1", -1, 0, 0 },
		{ ",'landlock_abi':99999999999", -1, 0, 0 },
		{ ",'landlock_abi':7.0", -1, 0, 0 },
		{ ",'landlock_abi':'7'", -1, 0, 0 },
		{ ",'landlock_abi':null", -1, 0, 0 },
		{ ",'pid':0,'pid_start_time':0", 0, 0, 0 },
		{ ",'pid':2147483647,'pid_start_time':18446744073709551615", 2147483647, UINT64_MAX, 0 },
		/* Cut to 32 bits it would be that of the machine's first process. */
		{ ",'pid':4294967297", -1, 0, 0 },
		{ ",'pid':2147483648", -1, 0, 0 },
		{ ",'pid':-1", -1, 0, 0 },
		{ ",'pid':'4711'", -1, 0, 0 },
		{ ",'pid':4711,'pid_start_time':-1", -1, 0, 0 },
		{ ",'pid':4711,'pid_start_time':1.5", -1, 0, 0 },
	};
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_success("write", write_record(scratch->path, &complete, &err), &err);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_saved_record saved = { 0 };
		int r = read_with(scratch, rows[i].member, &saved, &err);

		if (rows[i].pid < 0) {
			expect_refusal(rows[i].member, r, EINVAL, &err);
			continue;
		}
		expect_success(rows[i].member, r, &err);
		expect(rows[i].member, saved.record.landlock_abi == rows[i].abi);
		expect(rows[i].member, saved.record.process.pid == rows[i].pid);
		expect(rows[i].member, saved.record.process.start_time == rows[i].start_time);
		kf_saved_record_done(&saved);
	}
}

static void the_mount_at_nono_is_numbers_or_missing(void **state)
{
	static const struct {
		const char *member;
		bool fine;
		struct kf_file_id nono;
	} rows[] = {
		{ "", true, { 0, 0 } },
		{ ",'nono_device':51,'nono_inode':2", true, { 51, 2 } },
		{ ",'nono_device':0,'nono_inode':18446744073709551615", true, { 0, UINT64_MAX } },
		/* Not known. */
		{ ",'nono_device':51", true, { 51, 0 } },
		{ ",'nono_device':51,'nono_inode':0", false, { 0, 0 } },
		{ ",'nono_device':51,'nono_inode':-2", false, { 0, 0 } },
		{ ",'nono_device':-1,'nono_inode':2", false, { 0, 0 } },
		{ ",'nono_device':'51','nono_inode':2", false, { 0, 0 } },
	};
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	expect_success("write", write_record(scratch->path, &complete, &err), &err);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_saved_record saved = { 0 };
		int r = read_with(scratch, rows[i].member, &saved, &err);

		if (!rows[i].fine) {
			expect_refusal(rows[i].member, r, EINVAL, &err);
			continue;
		}
		expect_success(rows[i].member, r, &err);
		expect(rows[i].member, saved.record.nono.device == rows[i].nono.device);
		expect(rows[i].member, saved.record.nono.inode == rows[i].nono.inode);
		kf_saved_record_done(&saved);
	}
}

static void a_record_reads_back(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_saved_record saved = { 0 };
	struct kf_record record = complete;
	struct kf_error err = { 0 };

	record.landlock_abi = 3;
	record.nono = (struct kf_file_id){ .device = 51, .inode = 2 };
	expect_refusal("none", kf_record_read(scratch->path, "abc", &saved, &err), ENOENT, &err);
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	expect_success("read", kf_record_read(scratch->path, "abc", &saved, &err), &err);
	assert_string_equal(saved.record.container.id, "abc");
	assert_string_equal(saved.record.container.bundle, "/run/bundle");
	assert_string_equal(saved.record.container.pod, "agent");
	assert_string_equal(saved.record.container.namespace, "team");
	assert_string_equal(saved.record.container.pod_uid, "1-2");
	assert_string_equal(saved.record.container.name, "main");
	assert_string_equal(saved.record.profile, "claude-code");
	assert_string_equal(saved.record.handler, "nono-runc");
	assert_int_equal(saved.record.process.pid, 4711);
	assert_true(saved.record.process.start_time == 18446744073709551615U);
	assert_int_equal(saved.record.landlock_abi, 3);
	assert_int_equal(saved.record.nono.device, 51);
	assert_int_equal(saved.record.nono.inode, 2);
	assert_true(kf_record_is_about(&saved.record, "/run/bundle", 4711));
	assert_false(kf_record_is_about(&saved.record, "/run/bundle", 4712));
	assert_false(kf_record_is_about(&saved.record, "/run/other", 4711));
	assert_non_null(saved.timestamp);
	kf_saved_record_done(&saved);
}

static void a_damaged_record_is_refused(void **state)
{
#define NAMES "\"pod\":\"\",\"namespace\":\"\",\"pod_uid\":\"\",\"profile\":\"p\",\"runtime_handler\":\"r\","
	static const struct {
		const char *text;
		mode_t mode;
		int code;
	} rows[] = {
		{ "", 0600, EINVAL },
		{ "[]", 0600, EINVAL },
		{ "{\"container_id\":\"abc\"}", 0600, EINVAL },
		{ "{" NAMES "\"bundle\":\"/b\",\"timestamp\":\"t\",\"container_id\":\"other\"}", 0600, EINVAL },
		{ "{" NAMES "\"bundle\":7,\"timestamp\":\"t\",\"container_id\":\"abc\"}", 0600, EINVAL },
		{ "{" NAMES "\"bundle\":\"/b\",\"timestamp\":\"t\",\"container_id\":\"abc\",\"container\":7}", 0600,
		  EINVAL },
		{ "{" NAMES "\"bundle\":\"/b\",\"timestamp\":\"t\",\"container_id\":\"abc\"}", 0602, EPERM },
		{ "{" NAMES "\"bundle\":\"/b\",\"timestamp\":\"t\",\"container_id\":\"abc\"}", 0600, 0 },
	};
#undef NAMES
	const struct scratch *scratch = *state;

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_saved_record saved = { 0 };
		struct kf_error err = { 0 };

		put_bytes(in(scratch, "abc/metadata.json"), rows[i].text, strlen(rows[i].text), rows[i].mode);

		int r = kf_record_read(scratch->path, "abc", &saved, &err);

		if (rows[i].code)
			expect_refusal(rows[i].text, r, rows[i].code, &err);
		else
			expect_success(rows[i].text, r, &err);
		kf_saved_record_done(&saved);
	}
}

static void a_record_that_is_not_a_file_is_not_read(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_saved_record saved = { 0 };
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	assert_int_equal(mkfifo(in(scratch, "abc/metadata.json"), 0600), 0);
	expect_refusal("fifo", kf_record_read(scratch->path, "abc", &saved, &err), EINVAL, &err);
	assert_int_equal(unlink(in(scratch, "abc/metadata.json")), 0);
	assert_int_equal(symlink("/etc/passwd", in(scratch, "abc/metadata.json")), 0);
	expect_refusal("symlink", kf_record_read(scratch->path, "abc", &saved, &err), ELOOP, &err);
}

static void records_are_listed_by_id(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_list ids = { 0 };
	struct kf_error err = { 0 };

	expect_success("no directory", kf_record_list(in(scratch, "state"), &ids, &err), &err);
	assert_int_equal(ids.count, 0);
	assert_int_equal(mkdir(in(scratch, "state"), 0700), 0);
	assert_int_equal(mkdir(in(scratch, "state/b"), 0700), 0);
	assert_int_equal(mkdir(in(scratch, "state/a"), 0700), 0);
	assert_int_equal(mkdir(in(scratch, "state/no id"), 0700), 0);
	expect_success("list", kf_record_list(in(scratch, "state"), &ids, &err), &err);
	assert_int_equal(ids.count, 2);
	assert_string_equal(ids.items[0], "a");
	assert_string_equal(ids.items[1], "b");
	kf_list_clear(&ids);
	assert_int_equal(chmod(in(scratch, "state"), 0777), 0);
	expect_refusal("open", kf_record_list(in(scratch, "state"), &ids, &err), EPERM, &err);
}

static void write_for(const struct scratch *scratch, const struct kf_process_id *process)
{
	struct kf_record record = complete;
	struct kf_error err = { 0 };

	record.process = *process;
	expect_success("write", write_record(scratch->path, &record, &err), &err);
}

static void only_records_of_the_dead_are_collected(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };
	struct kf_process_id us;

	assert_int_equal(kf_process_id_get(getpid(), &us), 0);
	write_for(scratch, &us);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 0);
	/* Our number, another process: ours has been used again. */
	us.start_time++;
	write_for(scratch, &us);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 1);
	assert_int_equal(entries_of(scratch->path), 0);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 0);
	assert_int_equal(err.code, 0);
}

/* Of Kata's shim, or of a version that wrote no process. */
static void without_a_process_the_bundle_says_whether_it_lives(void **state)
{
	const struct scratch *scratch = *state;
	const char *bundle = in(scratch, "bundle");
	struct kf_record record = complete;
	struct kf_error err = { 0 };

	record.process = (struct kf_process_id){ 0 };
	record.container.bundle = bundle;
	assert_int_equal(mkdir(bundle, 0700), 0);
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 0);
	assert_int_equal(rmdir(bundle), 0);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 1);
	/* Nothing is known at all. */
	record.container.bundle = NULL;
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 0);
	assert_int_equal(entries_of(in(scratch, "abc")), 1);
}

static void an_unreadable_record_is_not_collected(void **state)
{
	const struct timespec hour_ago[2] = { { .tv_sec = time(NULL) - 3600 }, { .tv_sec = time(NULL) - 3600 } };
	const struct scratch *scratch = *state;
	struct kf_error err = { 0 };

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	put_text(in(scratch, "abc/metadata.json"), "{}");
	expect_refusal("damaged", kf_record_collect(scratch->path, "abc", &err), EINVAL, &err);
	assert_int_equal(entries_of(in(scratch, "abc")), 1);
	/* An empty directory may be one that is just being filled; an old one is not. */
	assert_int_equal(unlink(in(scratch, "abc/metadata.json")), 0);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 0);
	assert_int_equal(utimensat(scratch->fd, "abc", hour_ago, 0), 0);
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 1);
	assert_int_equal(entries_of(scratch->path), 0);
}

/* A container that starts again while its old record is collected keeps its new one. */
static void a_record_survives_the_collection_of_the_old_one(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_process_id us, gone;
	pid_t collector;

	assert_int_equal(kf_process_id_get(getpid(), &us), 0);
	gone = (struct kf_process_id){ .pid = us.pid, .start_time = us.start_time + 1 };
	collector = fork();
	assert_true(collector >= 0);
	if (collector == 0) {
		struct kf_error err = { 0 };

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)kf_record_collect(scratch->path, "abc", &err);
	}
	for (int i = race_rounds(2000); i > 0; i--) {
		write_for(scratch, &gone);
		write_for(scratch, &us);
		assert_int_equal(access(in(scratch, "abc/metadata.json"), F_OK), 0);
	}
	assert_int_equal(kill(collector, SIGKILL), 0);
	assert_int_equal(waitpid(collector, NULL, 0), collector);
}

/* After a writer was killed. No other writer can be at work there: it had the lock. */
static void a_killed_writer_s_file_goes_with_the_record(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_record record = complete;
	struct kf_error err = { 0 };

	expect_success("write", write_record(scratch->path, &record, &err), &err);
	put_text(in(scratch, "abc/.metadata.json.kubefence"), "{");
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 1);
	assert_int_equal(entries_of(scratch->path), 0);

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	put_text(in(scratch, "abc/.metadata.json.kubefence"), "{");
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 0);
	assert_int_equal(entries_of(scratch->path), 0);

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	put_text(in(scratch, "abc/.metadata.json.kubefence"), "{");
	assert_int_equal(kf_record_collect(scratch->path, "abc", &err), 1);
	assert_int_equal(entries_of(scratch->path), 0);

	assert_int_equal(mkdirat(scratch->fd, "abc", 0700), 0);
	put_text(in(scratch, "abc/.metadata.json.kubefence"), "{");
	expect_success("write", write_record(scratch->path, &record, &err), &err);
	assert_int_equal(entries_of(in(scratch, "abc")), 1);
}

/* A poststop hook against a create of the same id: each write succeeds, and a record that is there is whole. */
static void records_are_written_while_they_are_removed(void **state)
{
	const struct scratch *scratch = *state;
	pid_t remover = fork();

	assert_true(remover >= 0);
	if (remover == 0) {
		struct kf_error err = { 0 };

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A removal costs a try; without a pause between them no writer has enough. */
		while (kf_record_remove(scratch->path, "abc", &err) >= 0)
			(void)usleep(200);
		_exit(1);
	}
	for (int i = race_rounds(500); i > 0; i--) {
		struct kf_saved_record saved = { 0 };
		struct kf_error err = { 0 };
		int r;

		expect_success("write", write_record(scratch->path, &complete, &err), &err);
		r = kf_record_read(scratch->path, "abc", &saved, &err);
		assert_true(r == 0 || r == -ENOENT);
		kf_saved_record_done(&saved);
	}
	assert_int_equal(kill(remover, SIGKILL), 0);

	int status = 0;

	assert_int_equal(waitpid(remover, &status, 0), remover);
	assert_true(WIFSIGNALED(status));
}

static void nothing_leaks_a_descriptor(void **state)
{
	const struct scratch *scratch = *state;
	size_t before = open_descriptors();
	struct kf_error err = { 0 };

	expect_success("write", write_record(scratch->path, &complete, &err), &err);
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 1);
	assert_int_equal(kf_record_remove(scratch->path, "abc", &err), 0);
	put_text(in(scratch, "abc"), "");
	assert_true(write_record(scratch->path, &complete, &err) < 0);
	assert_true(kf_record_remove(scratch->path, "abc", &err) < 0);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_record_says_who_and_how),
		scratch_test(an_unknown_member_is_empty),
		scratch_test(hostile_names_stay_text),
		scratch_test(an_older_record_is_replaced),
		scratch_test(a_record_is_removed_once),
		scratch_test(a_record_of_another_container_stays),
		scratch_test(an_empty_directory_is_removed_too),
		scratch_test(a_state_directory_of_others_is_refused),
		scratch_test(a_state_directory_that_is_not_a_directory_is_refused),
		scratch_test(a_hostile_record_directory_is_refused),
		scratch_test(ids_do_not_lead_out_of_the_directory),
		scratch_test(a_failed_write_leaves_nothing),
		scratch_test(the_longest_id_fits),
		scratch_test(a_record_reads_back),
		scratch_test(numbers_are_numbers_or_missing),
		scratch_test(the_mount_at_nono_is_numbers_or_missing),
		scratch_test(a_damaged_record_is_refused),
		scratch_test(a_record_that_is_not_a_file_is_not_read),
		scratch_test(records_are_listed_by_id),
		scratch_test(only_records_of_the_dead_are_collected),
		scratch_test(without_a_process_the_bundle_says_whether_it_lives),
		scratch_test(an_unreadable_record_is_not_collected),
		scratch_test(a_record_survives_the_collection_of_the_old_one),
		scratch_test(a_killed_writer_s_file_goes_with_the_record),
		scratch_test(records_are_written_while_they_are_removed),
		scratch_test(nothing_leaks_a_descriptor),
	};

	return is_root() ? cmocka_run_group_tests_name("node/record", tests, NULL, NULL) : 0;
}
