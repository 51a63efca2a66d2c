/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "runtime/state.h"

/* As runc 1.1.5 and crun 1.8.1 write them, shortened. */
#define RUNC                                                                                                           \
	"{\"id\":\"c1\",\"init_process_pid\":1423,\"init_process_start\":170282,\"config\":{\"rootfs\":\"/b/rootfs\"," \
	"\"labels\":[\"io.kubernetes.pod.name=web\",\"bundle=/run/b\"]},\"rootless\":false}"
#define CRUN                                                                                                           \
	"{\n  \"pid\": 1567,\n  \"process-start-time\": 170333,\n  \"rootfs\": \"rootfs\",\n  \"bundle\": "            \
	"\"/run/b\",\n"                                                                                                \
	"  \"owner\": \"root\",\n  \"external_descriptors\": \"[\\\"/dev/null\\\"]\"\n}\n"

static void put_state(const struct scratch *scratch, const char *id, const char *file, const char *text)
{
	char path[128];

	(void)mkdir(in(scratch, id), 0700);
	(void)snprintf(path, sizeof path, "%s/%s", id, file);
	put_bytes(in(scratch, path), text, strlen(text), 0600);
}

static int read_state(const struct scratch *scratch, const char *id, struct kf_runtime_state *ret, struct kf_error *err)
{
	*err = (struct kf_error){ 0 };
	return kf_runtime_state_read(scratch->path, id, ret, err);
}

static void both_runtimes_are_read(void **state)
{
	struct scratch *scratch = *state;
	static const struct {
		const char *id, *file, *text;
		pid_t pid;
	} rows[] = {
		{ "runc", "state.json", RUNC, 1423 },
		{ "crun", "status", CRUN, 1567 },
		{ "stopped", "status", "{\"pid\":0,\"bundle\":\"/run/b\"}", 0 },
	};
	size_t before = open_descriptors();

	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_runtime_state struct kf_runtime_state found = { 0 };
		struct kf_error err;

		put_state(scratch, rows[i].id, rows[i].file, rows[i].text);
		expect_success(rows[i].id, read_state(scratch, rows[i].id, &found, &err), &err);
		expect_text(rows[i].id, "the bundle", found.bundle, "/run/b");
		expect(rows[i].id, found.pid == rows[i].pid);
	}
	assert_int_equal(open_descriptors(), before);
}

static void a_state_that_proves_nothing_is_refused(void **state)
{
	struct scratch *scratch = *state;
	static const struct {
		const char *row, *file, *text;
	} rows[] = {
		{ "two bundles", "state.json",
		  "{\"init_process_pid\":9,\"config\":{\"labels\":[\"bundle=/evil\",\"bundle=/run/b\"]}}" },
		{ "no bundle", "state.json", "{\"init_process_pid\":9,\"config\":{\"labels\":[\"xbundle=/run/b\"]}}" },
		{ "no labels", "state.json", "{\"init_process_pid\":9,\"config\":{}}" },
		{ "a relative bundle", "state.json",
		  "{\"init_process_pid\":9,\"config\":{\"labels\":[\"bundle=b\"]}}" },
		{ "no pid", "state.json", "{\"config\":{\"labels\":[\"bundle=/run/b\"]}}" },
		{ "crun: no pid", "status", "{\"bundle\":\"/run/b\"}" },
		{ "crun: no bundle", "status", "{\"pid\":9}" },
		{ "crun: a bundle with a NUL", "status", "{\"pid\":9,\"bundle\":\"/run/b\\u0000\"}" },
		{ "crun: a bundle of another type", "status", "{\"pid\":9,\"bundle\":[\"/run/b\"]}" },
		{ "crun: two bundles", "status", "{\"pid\":9,\"bundle\":\"/evil\",\"bundle\":\"/run/b\"}" },
		{ "crun: a negative pid", "status", "{\"pid\":-1,\"bundle\":\"/run/b\"}" },
		{ "crun: a huge pid", "status", "{\"pid\":4294967297,\"bundle\":\"/run/b\"}" },
		{ "crun: a pid in words", "status", "{\"pid\":\"9\",\"bundle\":\"/run/b\"}" },
		{ "no JSON", "status", "pid = 9" },
		{ "nothing", "status", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_runtime_state found = { 0 };
		struct kf_error err;
		char id[16];

		(void)snprintf(id, sizeof id, "c%zu", i);
		put_state(scratch, id, rows[i].file, rows[i].text);
		expect_refusal(rows[i].row, read_state(scratch, id, &found, &err), EINVAL, &err);
		expect(rows[i].row, !found.bundle);
	}
}

static void only_the_runtimes_own_files_count(void **state)
{
	struct scratch *scratch = *state;
	struct kf_runtime_state found = { 0 };
	struct kf_error err;

	expect_refusal("no container", read_state(scratch, "c1", &found, &err), ENOENT, &err);
	assert_int_equal(mkdir(in(scratch, "empty"), 0700), 0);
	expect_refusal("an empty directory", read_state(scratch, "empty", &found, &err), EINVAL, &err);
	put_state(scratch, "open", "status", CRUN);
	assert_int_equal(chmod(in(scratch, "open/status"), 0666), 0);
	expect_refusal("writable by others", read_state(scratch, "open", &found, &err), EPERM, &err);
	put_state(scratch, "theirs", "status", CRUN);
	assert_int_equal(chown(in(scratch, "theirs/status"), NOBODY, 0), 0);
	expect_refusal("another user's", read_state(scratch, "theirs", &found, &err), EPERM, &err);
	assert_int_equal(mkdir(in(scratch, "link"), 0700), 0);
	assert_int_equal(symlink("../open/status", in(scratch, "link/status")), 0);
	expect_refusal("a symlink", read_state(scratch, "link", &found, &err), ELOOP, &err);
	assert_int_equal(symlink("open", in(scratch, "alias")), 0);
	expect_refusal("a directory's symlink", read_state(scratch, "alias", &found, &err), ELOOP, &err);
	assert_int_equal(mkdir(in(scratch, "fifo"), 0700), 0);
	assert_int_equal(mkfifo(in(scratch, "fifo/status"), 0600), 0);
	expect_refusal("a FIFO", read_state(scratch, "fifo", &found, &err), EINVAL, &err);
	put_state(scratch, "both", "status", CRUN);
	put_state(scratch, "both", "state.json", RUNC);
	expect_refusal("two runtimes'", read_state(scratch, "both", &found, &err), EEXIST, &err);
	assert_null(found.bundle);
	err = (struct kf_error){ 0 };
	expect_refusal("no root", kf_runtime_state_read(in(scratch, "nowhere"), "c1", &found, &err), ENOENT, &err);
	expect_refusal("an empty root", kf_runtime_state_read("", "c1", &found, &err), ENOENT, &err);
}

/* crun looks there for every caller. */
static void without_a_root_the_default_places_are_searched(void **state)
{
	struct scratch *scratch = *state;
	struct kf_runtime_state found = { 0 };
	struct kf_error err = { 0 };
	char id[64];

	(void)snprintf(id, sizeof id, "kf-test-%d", (int)getpid());
	assert_int_equal(setenv("XDG_RUNTIME_DIR", scratch->path, 1), 0);
	expect_refusal("nowhere", kf_runtime_state_read(NULL, id, &found, &err), ENOENT, &err);
	assert_int_equal(mkdir(in(scratch, "crun"), 0700), 0);

	struct scratch crun = { .path = "" };

	(void)snprintf(crun.path, sizeof crun.path, "%.50s/crun", scratch->path);
	put_state(&crun, id, "status", CRUN);
	err = (struct kf_error){ 0 };
	expect_success("crun", kf_runtime_state_read(NULL, id, &found, &err), &err);
	assert_int_equal(found.pid, 1567);
	kf_runtime_state_done(&found);
	/* The same directory by another name is the same container; another state is another one. */
	assert_int_equal(symlink("crun", in(scratch, "runc")), 0);
	expect_success("twice", kf_runtime_state_read(NULL, id, &found, &err), &err);
	kf_runtime_state_done(&found);
	found = (struct kf_runtime_state){ 0 };
	assert_int_equal(unlink(in(scratch, "runc")), 0);
	assert_int_equal(mkdir(in(scratch, "runc"), 0700), 0);
	(void)snprintf(crun.path, sizeof crun.path, "%.50s/runc", scratch->path);
	put_state(&crun, id, "state.json", RUNC);
	expect_refusal("two", kf_runtime_state_read(NULL, id, &found, &err), EEXIST, &err);
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(both_runtimes_are_read),
		scratch_test(a_state_that_proves_nothing_is_refused),
		scratch_test(only_the_runtimes_own_files_count),
		scratch_test(without_a_root_the_default_places_are_searched),
	};

	return is_root() ? cmocka_run_group_tests_name("runtime/state", tests, NULL, NULL) : 0;
}
