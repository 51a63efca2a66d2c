/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/exec-container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "oci/annotations.h"
#include "oci/process.h"
#include "oci/spelling.h"

static int read_state(const char *root, const char *id, struct kf_exec_container *ret, struct kf_error *err)
{
	int r = kf_runtime_state_read(root, id, &ret->state, err);

	if (r == -ENOENT)
		ret->target.kind = KF_CONTAINER_NONE;
	ret->container.bundle = ret->state.bundle;
	return r;
}

/* A broken configuration still says where records are. */
static int find_record(const struct kf_call *call, const char *id, struct kf_saved_record *ret, struct kf_error *err)
{
	cleanup_config struct kf_config *salvaged = call->config ? NULL : kf_config_salvage(call->config_path);
	cleanup_free char *state_dir = NULL;
	int r = kf_config_state_dir(call->config ? call->config : salvaged, &state_dir, err);

	return r < 0 ? r : kf_record_read(state_dir, id, ret, err);
}

static int use_bundle(const char *bundle, struct kf_exec_container *ret)
{
	char *copy = strdup(bundle);

	if (!copy)
		return -ENOMEM;
	free(ret->state.bundle);
	ret->container.bundle = ret->state.bundle = copy;
	return 0;
}

/* 0 also without a record, or with one of another container. */
static int read_record(const struct kf_call *call, const char *id, struct kf_exec_container *ret, struct kf_error *err)
{
	int r = find_record(call, id, &ret->saved, err);
	const struct kf_record *record = &ret->saved.record;

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (!kf_record_is_about(record, ret->state.bundle, ret->state.pid)) {
		kf_saved_record_done(&ret->saved);
		ret->saved = (struct kf_saved_record){ 0 };
		return 0;
	}
	if (!kf_profile_name_valid(record->profile))
		return kf_fail(err, EINVAL, "the record of container %s names no profile: remove it", id);
	/* The record has the real one. */
	if (kf_bundle_is_lost(ret->state.bundle) && use_bundle(record->container.bundle, ret) < 0)
		return kf_oom(err);
	ret->container = record->container;
	ret->handler = record->handler;
	ret->target = (struct kf_exec_target){ .kind = KF_CONTAINER_SANDBOXED, .profile = record->profile };
	return 0;
}

static void identify(struct kf_exec_container *container, const char *id)
{
	container->container = (struct kf_container){ .id = id, .bundle = container->state.bundle };
	kf_annotations_identify(kf_spec_annotations(container->spec.document), &container->container);
}

/* The decision at its start, once more, if HANDLER imposed its class. */
static struct kf_decision decide_again(const struct kf_call *call, const struct kf_exec_container *container,
				       const char *handler)
{
	struct kf_request request = { .handler = handler };
	struct kf_error unused;

	kf_annotations_request(kf_spec_annotations(container->spec.document), container->container.id, &request);
	return kf_decide(call->config, call->config_flaw, &request, &unused);
}

static int refuse_spec(const char *id, const char *profile, struct kf_error *err)
{
	return kf_fail(err, EPERM, "config.json of container %s is not wrapped in profile %s: recreate it", id,
		       profile);
}

/*
 * Is config.json as the rewrite left it: args, variables that steer nono, PATH, in the profile of the record, if the
 * container has one? Edits the document.
 */
static int check_spec(struct kf_exec_container *container, struct kf_error *err)
{
	struct json_object *process = kf_json_member(container->spec.document, "process", json_type_object);
	const char *id = container->container.id, *recorded = container->target.profile;
	struct kf_wrapping wrapping;
	bool changed = false;
	int r = kf_spelling_check(container->spec.document, err);

	if (r < 0)
		return r;
	if (!kf_process_wrapping(process, &wrapping, container->profile) && !recorded)
		return kf_fail(err, EPERM,
			       "neither a record nor the bundle says how container %s is sandboxed: recreate it", id);
	if (recorded && strcmp(recorded, container->profile) != 0)
		return refuse_spec(id, recorded, err);
	r = kf_process_wrap(process, &wrapping, &changed, err);
	if (r == 0 && changed)
		return refuse_spec(id, container->profile, err);
	if (r < 0)
		return r;
	container->process = process;
	container->target = (struct kf_exec_target){ .kind = KF_CONTAINER_SANDBOXED,
						     .profile = recorded ? recorded : container->profile };
	return 0;
}

static int find_by_valid_id(const struct kf_call *call, const char *root, const char *id, struct kf_exec_container *ret,
			    struct kf_error *err)
{
	struct kf_error record_flaw;
	int r = read_state(root, id, ret, err), record_r;

	if (r < 0)
		return r;
	record_r = read_record(call, id, ret, &record_flaw);
	r = kf_spec_load(ret->state.bundle, &ret->spec, err);
	if (r < 0 && record_r < 0) {
		/* Only containers that opted in have a record, and nothing shows that this one is of another container.
		 */
		ret->handler = call->handler;
		return kf_fail_as(err, &record_flaw);
	}
	if (r < 0)
		return r;
	identify(ret, id);
	if (ret->target.kind == KF_CONTAINER_UNKNOWN &&
	    decide_again(call, ret, call->handler).reason == KF_REASON_PAUSE_CONTAINER) {
		ret->target.kind = KF_CONTAINER_SKIPPED;
		return 0;
	}
	if (record_r == 0)
		return check_spec(ret, err);

	/* It has a record, and config.json has the class that the wrapper wrote there. */
	const struct kf_decision start = decide_again(call, ret, NULL);

	if (start.verdict != KF_SKIP)
		ret->handler = start.handler;
	return kf_fail_as(err, &record_flaw);
}

void kf_exec_container_find(const struct kf_call *call, const char *root, const char *id, struct kf_exec_container *ret)
{
	ret->container.id = id;
	if (kf_container_id_check(id, &ret->flaw) == 0)
		(void)find_by_valid_id(call, root, id, ret, &ret->flaw);
	ret->target.flaw = &ret->flaw;
}
