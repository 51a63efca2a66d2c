/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a container: an accepted one agrees with its file, and is read back the same when written again; a
 * refused one stays where it is, and can be removed.
 */
#include "base/json.h"
#include "fuzz.h"
#include "node/record.h"

#define ID "web-0"

/* The directory of records, with that of one container in it. */
static const char *state_dir(void)
{
	static char dir[PATH_MAX];
	char path[PATH_MAX];

	if (dir[0] != '\0')
		return dir;
	must(snprintf(dir, sizeof dir, "%s/state", scratch_dir()) < (int)sizeof dir, "a short path");
	must(snprintf(path, sizeof path, "%s/" ID, dir) < (int)sizeof path, "a short path");
	must(mkdir(dir, 0700) == 0 && mkdir(path, 0700) == 0, "a directory of records");
	return dir;
}

static void put_record(const uint8_t *data, size_t size)
{
	char path[PATH_MAX];

	must(snprintf(path, sizeof path, "%s/" ID "/metadata.json", state_dir()) < (int)sizeof path, "a short path");
	put_input(path, data, size);
}

static int read_record(struct kf_saved_record *ret)
{
	const struct kf_saved_record none = { 0 };
	struct kf_error err = { 0 };
	int r = kf_record_read(state_dir(), ID, ret, &err);

	must_tell(r, &err);
	must(r == 0 || memcmp(ret, &none, sizeof none) == 0, "what is refused leaves nothing");
	return r;
}

/* A number beyond 64 bits is read as the largest one: no process starts then. */
static bool is_number(struct json_object *document, const char *key, uint64_t value)
{
	struct json_object *number = kf_json_member(document, key, json_type_int);
	size_t length;
	char text[32];

	if (!number || value == UINT64_MAX)
		return number || value == 0;
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	return strcmp(kf_json_text(number, &length), text) == 0;
}

static void check_saved(const struct kf_saved_record *saved)
{
	const struct kf_record *record = &saved->record;

	must(strcmp(record->container.id, ID) == 0, "it is about this container");
	must(record->process.pid >= 0 && is_number(saved->document, "pid", (uint64_t)record->process.pid),
	     "the process is the one in the file");
	must(is_number(saved->document, "pid_start_time", record->process.start_time), "so is its start");
	must(record->landlock_abi >= 0 && is_number(saved->document, "landlock_abi", (uint64_t)record->landlock_abi),
	     "and the ABI");
	(void)kf_record_may_live(record);
}

static void check_same(const struct kf_record *a, const struct kf_record *b)
{
	must(strcmp(a->container.id, b->container.id) == 0 && strcmp(a->container.bundle, b->container.bundle) == 0 &&
		     strcmp(a->container.pod, b->container.pod) == 0 &&
		     strcmp(a->container.namespace, b->container.namespace) == 0 &&
		     strcmp(a->container.pod_uid, b->container.pod_uid) == 0 && strcmp(a->profile, b->profile) == 0 &&
		     strcmp(a->handler, b->handler) == 0,
	     "strings come back");
	must(a->process.pid == b->process.pid && a->process.start_time == b->process.start_time &&
		     a->landlock_abi == b->landlock_abi,
	     "numbers come back");
}

/* In the place of the one that was read. */
static void check_written(const struct kf_record *record)
{
	cleanup_saved_record struct kf_saved_record again = { 0 };
	cleanup_close int fd = -1;
	struct kf_error err = { 0 };

	must(kf_record_open_dir(state_dir(), &fd, &err) == 0 && kf_record_write(fd, record, &err) == 0,
	     "a record can be written");
	/* Printed it can be longer than it was, and then too long. */
	if (read_record(&again) == 0)
		check_same(record, &again.record);
}

/* The container is gone or not; a record that cannot be read is removed by the poststop hook alone. */
static void check_collected(int read)
{
	struct kf_error err = { 0 };
	int r = kf_record_collect(state_dir(), ID, &err);

	must_tell(r, &err);
	must((r < 0) == (read < 0), "what can be read can be judged");
	if (r == 1)
		return;
	err = (struct kf_error){ 0 };
	must(kf_record_remove(state_dir(), ID, &err) == 1, "a record that stayed can be removed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/" ID, state_dir());
	must(mkdir(path, 0700) == 0 || errno == EEXIST, "a directory for the record");
	put_record(data, size);

	int r = read_record(&saved);

	check_collected(r);
	if (r < 0)
		return 0;
	check_saved(&saved);
	check_written(&saved.record);
	return 0;
}
