/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/exec-container.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "oci/annotations.h"
#include "oci/process.h"
#include "oci/spelling.h"

static int find_state(const char *root, const char *id, struct kf_target *target)
{
	int r = kf_runtime_state_read(root, id, &target->state, &target->why);

	if (r == -ENOENT)
		target->judged.kind = KF_CONTAINER_NONE;
	target->pid = target->state.pid;
	target->container.bundle = target->state.bundle;
	return r;
}

/* An id comes back: a record that outlived its container must not speak for the next one. */
static bool is_about(const struct kf_record *record, const struct kf_runtime_state *state)
{
	return strcmp(record->container.bundle, state->bundle) == 0 && record->process.pid == state->pid;
}

/* 0 also when there is none, or one of another container. */
static int find_record(const char *state_dir, const char *id, struct kf_target *target)
{
	int r = kf_record_read(state_dir, id, &target->saved, &target->why);
	const struct kf_record *record = &target->saved.record;

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (!is_about(record, &target->state))
		return 0;
	if (!kf_profile_name_valid(record->profile))
		return kf_fail(&target->why, EINVAL, "the record of container %s names no profile: remove it", id);
	target->container = record->container;
	target->judged.kind = KF_CONTAINER_SANDBOXED;
	target->judged.profile = record->profile;
	return 0;
}

static void identify(struct kf_target *target, const char *id)
{
	target->container = (struct kf_container){ .id = id, .bundle = target->state.bundle };
	kf_annotations_identify(kf_spec_annotations(target->spec.document), &target->container);
}

/* Did the engine mean this one to be a pod's sandbox container: the decision at its start, once more. */
static bool was_skipped(const struct kf_config *config, const char *runtime_class, const char *id,
			const struct kf_target *target)
{
	struct kf_request request = { .imposed_class = runtime_class };
	struct kf_error unused;

	kf_annotations_request(kf_spec_annotations(target->spec.document), id, &request);
	return kf_decide(config, &request, &unused).reason == KF_REASON_SANDBOX_CONTAINER;
}

/* Is config.json what the rewrite made of it: args, variables that steer nono, PATH? Edits the document. */
static int check_spec(struct kf_target *target)
{
	struct json_object *process = kf_json_member(target->spec.document, "process", json_type_object);
	const char *recorded = target->judged.profile;
	struct kf_wrapping wrapping;
	bool changed = false;
	int r = kf_spelling_check(target->spec.document, &target->why);

	if (r < 0)
		return r;
	if (!kf_process_wrapping(process, &wrapping, target->profile) && !recorded)
		return kf_fail(&target->why, EPERM,
			       "neither a record nor the bundle says how container %s is sandboxed: recreate it",
			       target->container.id);
	if (recorded && strcmp(recorded, target->profile) != 0)
		changed = true;
	else
		r = kf_process_wrap(process, &wrapping, &changed, &target->why);
	if (r == 0 && changed)
		r = kf_fail(&target->why, EPERM,
			    "config.json of container %s is not wrapped in profile %s: recreate it",
			    target->container.id, recorded ? recorded : target->profile);
	if (r == 0)
		target->process = process;
	return r;
}

static void find(const struct kf_config *config, const char *runtime_class, const char *root, const char *id,
		 struct kf_target *target)
{
	struct kf_error record_err = { 0 };

	if (find_state(root, id, target) < 0)
		return;
	if (config && find_record(config->state_dir, id, target) < 0)
		record_err = target->why;
	if (kf_spec_load(target->state.bundle, &target->spec, &target->why) < 0)
		return;
	identify(target, id);
	if (target->judged.kind == KF_CONTAINER_UNKNOWN && was_skipped(config, runtime_class, id, target))
		target->judged.kind = KF_CONTAINER_SKIPPED;
	else if (record_err.code)
		target->why = record_err;
	else if (check_spec(target) == 0 && target->judged.kind == KF_CONTAINER_UNKNOWN)
		target->judged =
			(struct kf_exec_container){ .kind = KF_CONTAINER_SANDBOXED, .profile = target->profile };
}

void kf_target_find(const struct kf_config *config, const char *runtime_class, const char *root, const char *id,
		    struct kf_target *ret)
{
	char quoted[KF_QUOTED_MAX];

	ret->container.id = id;
	if (kf_container_id_valid(id))
		find(config, runtime_class, root, id, ret);
	else
		(void)kf_fail(&ret->why, EINVAL, "'%s' is not a container id: use letters, digits and _+-.",
			      kf_quote(quoted, id));
}
