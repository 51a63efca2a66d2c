/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/state.h"

#include <errno.h>
#include <limits.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json-find.h"
#include "base/json.h"
#include "oci/annotations.h"
#include "policy/names.h"

static pid_t pid_of(struct json_object *document)
{
	struct json_object *pid = kf_json_member(document, "pid", json_type_int);
	/* Saturates at the ends of int64_t, which are no process ids either. */
	int64_t number = pid ? json_object_get_int64(pid) : 0;

	return number > 0 && number <= INT_MAX ? (pid_t)number : 0;
}

static void watch(void *data, const char *bytes, size_t length)
{
	kf_json_find(data, bytes, length);
}

/* A state that is too large to be read is not ours either, if it lacks the key with which a pod opts in. */
static int read_text(int fd, char **ret, size_t *ret_length, struct kf_state *ret_state, struct kf_error *err)
{
	struct kf_json_find handler = { .word = KF_ANNOTATION_HANDLER };
	struct kf_error flaw;
	int r = kf_read_all_watched(fd, "the container state on standard input", KF_STATE_MAX, watch, &handler, ret,
				    ret_length, &flaw);

	if (r != -EFBIG || handler.found)
		return r < 0 ? kf_fail_as(err, &flaw) : 0;
	*ret_state = (struct kf_state){ .flaw = flaw };
	return 0;
}

int kf_state_read(int fd, struct kf_state *ret, struct kf_error *err)
{
	cleanup_free char *text = NULL;
	struct json_object *document = NULL;
	size_t length = 0;
	struct kf_error flaw = { 0 };
	int r = read_text(fd, &text, &length, ret, err);

	if (r < 0 || !text)
		return r;
	/* An odd annotation must not stop a container that did not opt in; kf_state_check() is for the others.
	 */
	r = kf_json_parse(text, length, "the container state", KF_JSON_STRICT, &document, &flaw);
	if (r == -ENOMEM)
		return kf_oom(err); /* the relaxed parser need not find all of it then */
	if (r < 0)
		r = kf_json_parse(text, length, "the container state", KF_JSON_RELAXED, &document, err);
	if (r < 0)
		return r;
	*ret = (struct kf_state){
		.document = document,
		.id = kf_json_string(document, "id"),
		.bundle = kf_json_string(document, "bundle"),
		.status = kf_json_string(document, "status"),
		.pid = pid_of(document),
		.annotations = kf_json_member(document, "annotations", json_type_object),
		.flaw = flaw,
	};
	return 0;
}

int kf_state_check_id(const struct kf_state *state, struct kf_error *err)
{
	if (!state->id)
		return kf_fail(err, EINVAL, "the container state has no id");
	return kf_container_id_check(state->id, err);
}

int kf_state_check_bundle(const struct kf_state *state, struct kf_error *err)
{
	if (state->flaw.code) {
		*err = state->flaw;
		return -err->code;
	}

	int r = kf_state_check_id(state, err);

	if (r < 0)
		return r;
	if (!state->annotations && json_object_object_get(state->document, "annotations"))
		return kf_fail(err, EINVAL, "the annotations of container %s are not an object", state->id);
	if (!state->bundle || state->bundle[0] != '/')
		return kf_fail(err, EINVAL, "the state of container %s has no absolute bundle", state->id);
	return 0;
}

int kf_state_check(const struct kf_state *state, struct kf_error *err)
{
	int r = kf_state_check_bundle(state, err);

	if (r < 0)
		return r;
	if (state->pid <= 1)
		return kf_fail(err, EINVAL, "the state of container %s has no usable pid", state->id);
	return 0;
}
