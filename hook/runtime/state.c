/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/list.h"
#include "base/lookup.h"
#include "base/owner.h"
#include "base/user-namespace.h"
#include "oci/spec.h"

/* runc keeps annotations and the bundle as labels, "key=value". If there are two bundles, one is a pod's annotation. */
static const char *runc_bundle(struct json_object *document)
{
	static const char key[] = "bundle=";
	struct json_object *config = kf_json_member(document, "config", json_type_object);
	struct json_object *labels = kf_json_member(config, "labels", json_type_array);
	const char *found = NULL;

	for (size_t i = 0; labels && i < json_object_array_length(labels); i++) {
		const char *label = kf_json_string_value(json_object_array_get_idx(labels, i));

		if (!label || strncmp(label, key, sizeof key - 1) != 0)
			continue;
		if (found)
			return NULL;
		found = label + sizeof key - 1;
	}
	return found;
}

static const char *crun_bundle(struct json_object *document)
{
	return kf_json_string(document, "bundle");
}

static const struct layout {
	const char *file;
	const char *pid;
	const char *(*bundle)(struct json_object *document);
} layouts[] = {
	{ "state.json", "init_process_pid", runc_bundle },
	{ "status", "pid", crun_bundle },
};

enum { LAYOUT_COUNT = sizeof layouts / sizeof *layouts };

static int parse(const struct layout *layout, int fd, const char *id, struct kf_runtime_state *ret,
		 struct kf_error *err)
{
	cleanup_json struct json_object *document = NULL;
	cleanup_free char *text = NULL;
	size_t length = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat the runtime's state of container %s", id);
	if (!S_ISREG(st.st_mode))
		return kf_fail(err, EINVAL, "the runtime's state of container %s is not a regular file", id);

	int r = kf_check_own(&st, "the runtime's state of the container", err);

	/* The state may be as large as the spec, which is a part of it. */
	if (r == 0)
		r = kf_read_all(fd, "the runtime's state of the container", KF_SPEC_MAX, &text, &length, err);
	if (r == 0)
		r = kf_json_parse(text, length, "the runtime's state of the container", KF_JSON_STRICT, &document, err);
	if (r < 0)
		return r;

	const char *bundle = layout->bundle(document);
	struct json_object *pid = kf_json_member(document, layout->pid, json_type_int);
	int64_t number = pid ? json_object_get_int64(pid) : -1;

	if (!bundle || bundle[0] != '/' || number < 0 || number > INT_MAX)
		return kf_fail(err, EINVAL, "the runtime's state of container %s names no bundle and process", id);
	*ret = (struct kf_runtime_state){ .bundle = strdup(bundle), .pid = (pid_t)number };
	return ret->bundle ? 0 : kf_oom(err);
}

/* A second state is an error unless it is the same: two paths may lead to one directory. */
static int add_state(const struct layout *layout, int fd, const char *id, struct kf_runtime_state *ret,
		     struct kf_error *err)
{
	cleanup_runtime_state struct kf_runtime_state state = { 0 };
	int r = parse(layout, fd, id, &state, err);

	if (r < 0)
		return r;
	if (ret->bundle && (ret->pid != state.pid || strcmp(ret->bundle, state.bundle) != 0))
		return kf_fail(err, EEXIST, "two containers have the id %s: name the directory of one with --root", id);
	kf_runtime_state_done(ret);
	*ret = kf_runtime_state_steal(&state);
	return 0;
}

static int read_below(const char *root, const char *id, struct kf_runtime_state *ret, struct kf_error *err)
{
	cleanup_close int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int dirfd =
		root_fd < 0 ? -errno : kf_openat2(root_fd, id, O_PATH | O_DIRECTORY, KF_LOOKUP_TRUSTED);
	bool any = false;

	if (dirfd == -ENOENT)
		return 0;
	for (size_t i = 0; dirfd >= 0 && i < LAYOUT_COUNT; i++) {
		cleanup_close int fd = kf_openat2(dirfd, layouts[i].file, O_RDONLY | O_NONBLOCK, KF_LOOKUP_TRUSTED);

		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return kf_fail_errno(err, -fd, "cannot open the runtime's state of container %s", id);
		any = true;

		int r = add_state(&layouts[i], fd, id, ret, err);

		if (r < 0)
			return r;
	}
	if (dirfd < 0)
		return kf_fail_errno(err, -dirfd, "cannot open the runtime's state of container %s", id);
	return any ? 0 : kf_fail(err, EINVAL, "the runtime's state of container %s is in no known file", id);
}

/* Root's directory is closed to a user, and the user's runtime sees nothing in it either. */
static bool is_closed_to_us(const char *root)
{
	uid_t user;

	return (geteuid() != 0 || kf_is_rootless(&user)) && access(root, X_OK) < 0 && errno == EACCES;
}

/* runc uses $XDG_RUNTIME_DIR only without root's rights, crun always. An id that is in two places is in doubt. */
static int default_roots(struct kf_list *roots)
{
	static const char *const names[] = { "runc", "crun" };
	const char *dirs[] = { "/run", secure_getenv("XDG_RUNTIME_DIR") };

	for (size_t d = 0; d < sizeof dirs / sizeof *dirs; d++)
		for (size_t n = 0; dirs[d] && dirs[d][0] && n < sizeof names / sizeof *names; n++) {
			cleanup_free char *root = NULL;

			if (kf_format(&root, "%s/%s", dirs[d], names[n]) < 0 ||
			    (!kf_list_has(roots, root) && kf_list_add(roots, root, strlen(root)) < 0))
				return -ENOMEM;
		}
	return 0;
}

static int read_defaults(const char *id, struct kf_runtime_state *ret, struct kf_error *err)
{
	cleanup_list struct kf_list roots = { 0 };

	if (default_roots(&roots) < 0)
		return kf_oom(err);
	for (size_t i = 0; i < roots.count; i++) {
		int r = is_closed_to_us(roots.items[i]) ? 0 : read_below(roots.items[i], id, ret, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int kf_runtime_state_read(const char *root, const char *id, struct kf_runtime_state *ret, struct kf_error *err)
{
	cleanup_runtime_state struct kf_runtime_state state = { 0 };
	int r = root ? read_below(root, id, &state, err) : read_defaults(id, &state, err);

	if (r < 0)
		return r;
	if (!state.bundle)
		return kf_fail(err, ENOENT, "the runtime has no container %s", id);
	*ret = kf_runtime_state_steal(&state);
	return 0;
}
