/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/lookup.h"
#include "base/owner.h"
#include "base/path.h"
#include "policy/names.h"

#define RECORD_NAME "metadata.json"

/* A record has a few hundred bytes; the kernel and Kubernetes bound the bundle's path and the pod's names. */
enum { RECORD_MAX = 64 * 1024 };

/* A try fails when a poststop hook or a garbage collection removes the directory at the same moment. */
enum { WRITE_TRIES = 64 };

/* A directory without a record can be one that is just being written. */
enum { EMPTY_FOR_SECONDS = 60 };

static int set_optional(struct json_object *record, const char *key, const char *value)
{
	return kf_json_set_string(record, key, value ? value : "");
}

static int set_number(struct json_object *record, const char *key, uint64_t value)
{
	return kf_json_set(record, key, json_object_new_uint64(value));
}

static int set_abi(struct json_object *record, int abi)
{
	return abi > 0 ? set_number(record, "landlock_abi", (uint64_t)abi) : 0;
}

static int set_nono(struct json_object *record, const struct kf_file_id *nono)
{
	if (!kf_file_id_known(nono))
		return 0;
	return set_number(record, "nono_device", nono->device) < 0 ? -ENOMEM
								   : set_number(record, "nono_inode", nono->inode);
}

/*
 * Reads a number from MIN to MAX. The member may be missing (older versions did not write it): then the number is 0. A
 * number out of range is refused: cut to fit, it could be the number of another process.
 */
static int get_number(struct json_object *document, const char *key, uint64_t min, uint64_t max, uint64_t *ret)
{
	struct json_object *number = NULL;
	uint64_t value = 0;

	if (json_object_object_get_ex(document, key, &number)) {
		if (!json_object_is_type(number, json_type_int) || json_object_get_int64(number) < 0)
			return -EINVAL;
		value = json_object_get_uint64(number);
		if (value < min || value > max)
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

static int get_numbers(struct json_object *document, struct kf_record *record)
{
	uint64_t pid, start_time, abi, device, inode;

	if (get_number(document, "pid", 0, INT_MAX, &pid) < 0 ||
	    get_number(document, "pid_start_time", 0, UINT64_MAX, &start_time) < 0 ||
	    get_number(document, "landlock_abi", 1, INT_MAX, &abi) < 0 ||
	    get_number(document, "nono_device", 0, UINT64_MAX, &device) < 0 ||
	    get_number(document, "nono_inode", 1, UINT64_MAX, &inode) < 0)
		return -EINVAL;
	record->process = (struct kf_process_id){ .pid = (pid_t)pid, .start_time = start_time };
	record->landlock_abi = (int)abi;
	record->nono = (struct kf_file_id){ .device = device, .inode = inode };
	return 0;
}

static struct json_object *to_json(const struct kf_record *record)
{
	cleanup_json struct json_object *object = json_object_new_object();
	const struct kf_container *container = &record->container;
	char timestamp[KF_TIMESTAMP_MAX];

	if (!object || set_optional(object, "container_id", container->id) < 0 ||
	    set_optional(object, "pod", container->pod) < 0 ||
	    set_optional(object, "namespace", container->namespace) < 0 ||
	    set_optional(object, "pod_uid", container->pod_uid) < 0 ||
	    set_optional(object, "container", container->name) < 0 ||
	    set_optional(object, "profile", record->profile) < 0 ||
	    set_optional(object, "runtime_handler", record->handler) < 0 ||
	    set_optional(object, "bundle", container->bundle) < 0 ||
	    set_optional(object, "timestamp", kf_clock_timestamp(timestamp)) < 0 ||
	    set_number(object, "pid", (uint64_t)record->process.pid) < 0 ||
	    set_number(object, "pid_start_time", record->process.start_time) < 0 ||
	    set_abi(object, record->landlock_abi) < 0 || set_nono(object, &record->nono) < 0)
		return NULL;
	return kf_steal_json(&object);
}

static int make_dir(int dirfd, const char *name, const char *label, struct kf_error *err)
{
	if (mkdirat(dirfd, name, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno == ENOENT)
		return kf_fail(err, ENOENT, "cannot make %s: make the directory above it, or set state_dir", label);
	return kf_fail_errno(err, errno, "cannot make %s", label);
}

static int open_record_dir(int state_fd, const char *id, int *ret_fd, struct kf_error *err)
{
	int fd = kf_openat2(state_fd, id, O_RDONLY | O_DIRECTORY, KF_LOOKUP_TRUSTED);

	if (fd < 0)
		return kf_fail_errno(err, -fd, "cannot open the record of container %s", id);
	*ret_fd = fd;
	return 0;
}

/*
 * Locks the record's directory FD: writers and removers of a record take turns. -ENOENT, with a message: the directory
 * was removed meanwhile, and another one may have its name by now.
 */
static int lock_record(int state_fd, int fd, const char *id, struct kf_error *err)
{
	struct stat st;
	int r = kf_lock_named_at(state_fd, id, fd, &st);

	if (r <= 0)
		return kf_fail_errno(err, r < 0 ? -r : ENOENT, "cannot lock the record of container %s", id);
	return 0;
}

/*
 * Writes the record into its directory, which exists; on failure the caller removes the directory. -ENOENT: another
 * process removed it. The lock protects a new record, of a container that starts again, from a garbage collection.
 */
static int fill_record(int state_fd, const struct kf_record *record, struct kf_error *err)
{
	static const struct stat like = { .st_mode = 0600 };
	cleanup_json struct json_object *object = to_json(record);
	cleanup_close int fd = -1;
	size_t length;
	int r = open_record_dir(state_fd, record->container.id, &fd, err);

	if (r < 0)
		return r;
	r = lock_record(state_fd, fd, record->container.id, err);
	if (r < 0)
		return r;

	const char *text = object ? kf_json_text(object, &length) : NULL;

	return text ? kf_replace_file_at(fd, RECORD_NAME, text, length, &like, err) : kf_oom(err);
}

int kf_record_open_dir(const char *state_dir, int *ret_fd, struct kf_error *err)
{
	int r = kf_open_own_dir(state_dir, ret_fd, err);

	if (r != -ENOENT)
		return r;
	r = make_dir(AT_FDCWD, state_dir, state_dir, err);
	return r < 0 ? r : kf_open_own_dir(state_dir, ret_fd, err);
}

int kf_record_write(int state_fd, const struct kf_record *record, struct kf_error *err)
{
	const char *id = record->container.id;
	int r = 0;

	for (int tries = 0; tries < WRITE_TRIES; tries++) {
		r = make_dir(state_fd, id, "the container's record directory", err);
		if (r < 0)
			return r;
		r = fill_record(state_fd, record, err);
		if (r != -ENOENT)
			break;
	}
	if (r < 0)
		(void)unlinkat(state_fd, id, AT_REMOVEDIR);
	return r;
}

static int no_record(const char *id, struct kf_error *err)
{
	return kf_fail(err, ENOENT, "container %s has no record: it was not sandboxed, or is gone", id);
}

static int read_document(int dirfd, const char *id, struct json_object **ret, struct kf_error *err)
{
	cleanup_close int fd = kf_openat2(dirfd, RECORD_NAME, O_RDONLY | O_NONBLOCK, KF_LOOKUP_TRUSTED);
	cleanup_free char *text = NULL, *name = NULL;
	size_t length = 0;
	struct stat st;

	if (fd == -ENOENT)
		return no_record(id, err);
	if (fd < 0)
		return kf_fail_errno(err, -fd, "cannot open the record of container %s", id);
	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat the record of container %s", id);
	if (!S_ISREG(st.st_mode))
		return kf_fail(err, EINVAL, "the record of container %s is not a regular file", id);

	if (kf_format(&name, "the record of container %s", id) < 0)
		return kf_oom(err);

	int r = kf_check_own(&st, name, err);

	if (r == 0)
		r = kf_read_regular(fd, &st, name, RECORD_MAX, &text, &length, err);
	return r < 0 ? r : kf_json_parse(text, length, name, KF_JSON_STRICT, ret, err);
}

/* Versions before it had a member did not write the container's name. NULL: not a string. */
static const char *get_name(struct json_object *document)
{
	return json_object_object_get_ex(document, "container", NULL) ? kf_json_string(document, "container") : "";
}

static int from_json(struct json_object *document, const char *id, struct kf_saved_record *ret, struct kf_error *err)
{
	struct kf_saved_record saved = {
		.document = document,
		.record.container.id = kf_json_string(document, "container_id"),
		.record.container.bundle = kf_json_string(document, "bundle"),
		.record.container.pod = kf_json_string(document, "pod"),
		.record.container.namespace = kf_json_string(document, "namespace"),
		.record.container.pod_uid = kf_json_string(document, "pod_uid"),
		.record.container.name = get_name(document),
		.record.profile = kf_json_string(document, "profile"),
		.record.handler = kf_json_string(document, "runtime_handler"),
		.timestamp = kf_json_string(document, "timestamp"),
	};
	const struct kf_container *container = &saved.record.container;

	if (!container->id || !container->bundle || !container->pod || !container->namespace || !container->pod_uid ||
	    !container->name || !saved.record.profile || !saved.record.handler || !saved.timestamp ||
	    get_numbers(document, &saved.record) < 0)
		return kf_fail(err, EINVAL, "the record of container %s is not complete, or not ours: remove it", id);
	if (strcmp(container->id, id) != 0)
		return kf_fail(err, EINVAL, "the record of container %s is about another container: remove it", id);
	*ret = saved;
	return 0;
}

static int read_record(int dirfd, const char *id, struct kf_saved_record *ret, struct kf_error *err)
{
	cleanup_json struct json_object *document = NULL;
	int r = read_document(dirfd, id, &document, err);

	if (r == 0)
		r = from_json(document, id, ret, err);
	if (r == 0)
		(void)kf_steal_json(&document);
	return r;
}

/*
 * Opens the state directory and the directory of one record. -ENOENT, with a message, if the container has no record.
 */
static int open_dirs(const char *state_dir, const char *id, int *ret_state_fd, int *ret_fd, struct kf_error *err)
{
	cleanup_close int state_fd = -1;
	struct kf_error problem = { 0 };
	int r = kf_open_own_dir(state_dir, &state_fd, &problem);

	if (r == 0)
		r = open_record_dir(state_fd, id, ret_fd, &problem);
	if (r == -ENOENT)
		return no_record(id, err);
	if (r < 0)
		*err = problem;
	else
		*ret_state_fd = kf_steal_fd(&state_fd);
	return r;
}

int kf_record_read(const char *state_dir, const char *id, struct kf_saved_record *ret, struct kf_error *err)
{
	cleanup_close int state_fd = -1, fd = -1;
	int r = open_dirs(state_dir, id, &state_fd, &fd, err);

	return r < 0 ? r : read_record(fd, id, ret, err);
}

int kf_record_read_at(int state_fd, const char *id, struct kf_saved_record *ret, struct kf_error *err)
{
	cleanup_close int fd = -1;
	int r = open_record_dir(state_fd, id, &fd, err);

	return r < 0 ? r : read_record(fd, id, ret, err);
}

int kf_record_list(const char *state_dir, struct kf_list *ret, struct kf_error *err)
{
	cleanup_close int state_fd = -1;
	struct kf_error problem;
	int r = kf_open_own_dir(state_dir, &state_fd, &problem);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return kf_fail_as(err, &problem);

	/* STATE_FD is O_PATH, which cannot be read from. */
	int fd = openat(state_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		return kf_fail_errno(err, errno, "cannot read %s", state_dir);
	while ((errno = 0, entry = readdir(dir)))
		if (kf_container_id_valid(entry->d_name) && kf_list_add(ret, entry->d_name, strlen(entry->d_name)) < 0)
			return kf_oom(err);
	if (errno)
		return kf_fail_errno(err, errno, "cannot read %s", state_dir);
	kf_list_sort(ret);
	return 0;
}

/* The caller has locked the record's directory. */
static int remove_record(int state_fd, int fd, const char *id, struct kf_error *err)
{
	bool found = unlinkat(fd, RECORD_NAME, 0) == 0;

	if (!found && errno != ENOENT)
		return kf_fail_errno(err, errno, "cannot remove the record of container %s", id);

	int r = kf_remove_temporary_at(fd, RECORD_NAME, err);

	if (r < 0)
		return r;
	if (unlinkat(state_fd, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return kf_fail_errno(err, errno, "cannot remove the record directory of container %s", id);
	return found;
}

static bool is_other_bundle(const char *recorded, const char *bundle)
{
	struct stat st, other;

	if (!bundle || !recorded || strcmp(bundle, recorded) == 0 || stat(recorded, &st) < 0)
		return false;
	return stat(bundle, &other) < 0 || !kf_same_file(&st, &other);
}

/* FD: the record's directory, which is locked. */
static bool is_about_another(int fd, const char *id, const char *bundle, pid_t pid)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error unused;

	if ((!bundle && pid <= 0) || read_record(fd, id, &saved, &unused) < 0)
		return false;
	return is_other_bundle(saved.record.container.bundle, bundle) ||
	       (pid > 0 && saved.record.process.pid > 0 && saved.record.process.pid != pid);
}

int kf_record_remove(const char *state_dir, const char *id, struct kf_error *err)
{
	return kf_record_remove_of(state_dir, id, NULL, 0, err);
}

int kf_record_remove_of(const char *state_dir, const char *id, const char *bundle, pid_t pid, struct kf_error *err)
{
	cleanup_close int state_fd = -1, fd = -1;
	struct kf_error problem;
	int r = open_dirs(state_dir, id, &state_fd, &fd, &problem);

	if (r == 0)
		r = lock_record(state_fd, fd, id, &problem);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return kf_fail_as(err, &problem);
	return is_about_another(fd, id, bundle, pid) ? 0 : remove_record(state_fd, fd, id, err);
}

/* FD is a locked directory without a record. A temporary file in it is a killed writer's: a live one would hold the
 * lock. */
static bool is_abandoned(int fd)
{
	struct kf_error unused;
	struct stat st;
	bool known = fstat(fd, &st) == 0;

	return kf_remove_temporary_at(fd, RECORD_NAME, &unused) > 0 ||
	       (known && st.st_mtim.tv_sec + EMPTY_FOR_SECONDS < time(NULL));
}

bool kf_record_is_about(const struct kf_record *record, const char *bundle, pid_t pid)
{
	if (record->process.pid != pid)
		return false;
	return kf_bundle_is_lost(bundle) ? kf_process_id_alive(&record->process)
					 : strcmp(record->container.bundle, bundle) == 0;
}

bool kf_record_may_live(const struct kf_record *record)
{
	const char *bundle = record->container.bundle;

	if (record->process.pid > 0)
		return kf_process_id_alive(&record->process);
	return !bundle || bundle[0] != '/' || access(bundle, F_OK) == 0 || errno != ENOENT;
}

int kf_record_collect(const char *state_dir, const char *id, struct kf_error *err)
{
	cleanup_close int state_fd = -1, fd = -1;
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_error problem = { 0 };
	int r = open_dirs(state_dir, id, &state_fd, &fd, &problem);

	if (r == 0)
		r = lock_record(state_fd, fd, id, &problem);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = read_record(fd, id, &saved, &problem);
	if (r == -ENOENT)
		return is_abandoned(fd) && unlinkat(state_fd, id, AT_REMOVEDIR) == 0;
	if (r < 0)
		return kf_fail_as(err, &problem);
	if (kf_record_may_live(&saved.record))
		return 0;
	r = remove_record(state_fd, fd, id, err);
	return r < 0 ? r : 1;
}
