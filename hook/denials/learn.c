/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/learn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/escape.h"
#include "base/format.h"
#include "base/json.h"
#include "base/path.h"
#include "denials/learner.h"
#include "nono/profile-paths.h"

/* --- results ------------------------------------------------------------------------------------------------------ */

static int add_lesson(struct kf_lessons *lessons, bool remove, const char *list, const char *entry, const char *reason)
{
	struct kf_lesson *items = reallocarray(lessons->items, lessons->count + 1, sizeof(struct kf_lesson));
	struct kf_lesson lesson = { .remove = remove, .list = list };

	if (!items)
		return -ENOMEM;
	lessons->items = items;
	lesson.entry = strdup(entry);
	lesson.reason = strdup(reason);
	items[lessons->count++] = lesson;
	return lesson.entry && lesson.reason ? 0 : -ENOMEM;
}

/* The list of filesystem for these rights. Writing a file alone is rare, and nono's lists for it say less. */
static const char *list_for(const struct kf_access *want, const char *entry)
{
	/* A variable of mounts stands for files and directories alike. */
	bool directory = want->directory || kf_learner_is_of_mounts(entry);

	if (want->rights & KF_ACCESS_WRITE)
		return directory ? "filesystem.allow" : "filesystem.allow_file";
	return directory ? "filesystem.read" : "filesystem.read_file";
}

/* --- ports -------------------------------------------------------------------------------------------------------- */

static int learn_port(struct kf_learner *learner, const struct kf_denial *denial, const char *text)
{
	struct json_object *network = kf_json_member(learner->source->profile->document, "network", json_type_object);
	bool blocked = json_object_get_boolean(kf_json_member(network, "block", json_type_boolean));
	const char *colon = denial->target ? strrchr(denial->target, ':') : NULL;

	if (denial->operation == KF_OP_SEND || !colon || strncmp(denial->target, "unix:", strlen("unix:")) == 0)
		return kf_learner_note(learner, text, "no profile of nono wrap allows it");
	if (blocked)
		return add_lesson(learner->lessons, false, "network.open_port", colon + 1, text);
	if (denial->operation == KF_OP_CONNECT)
		return add_lesson(learner->lessons, false, "network.connect_port", colon + 1, text);
	return kf_learner_note(learner, text,
			       "network.connect_port forbids all listening: use network.block with open_port");
}

/* --- one denial --------------------------------------------------------------------------------------------------- */

static int learn_one(struct kf_learner *learner, const struct kf_denial *denial)
{
	cleanup_free char *text = NULL;

	if (kf_learner_describe(denial, &text) < 0)
		return -ENOMEM;
	switch (denial->operation) {
	case KF_OP_BIND:
	case KF_OP_CONNECT:
	case KF_OP_SEND:
		return learn_port(learner, denial, text);
	case KF_OP_SIGNAL:
		return kf_learner_note(learner, text, "see security.signal_mode; an exec is a sandbox of its own");
	case KF_OP_SOCKET:
		return kf_learner_note(learner, text,
				       "under network.block, network.open_port names the ports that are needed; else a "
				       "filter of system calls forbids it");
	case KF_OP_PTRACE:
	case KF_OP_MOUNT:
	case KF_OP_FOREIGN:
		return kf_learner_note(learner, text, "no grant of files allows it");
	default:
		return kf_learner_want(learner, denial, text);
	}
}

/* A refusal by seccomp is named, too: it looks the same to the program. */
static int learn_denials(struct kf_learner *learner)
{
	const struct kf_fold *fold = learner->source->fold;
	int r = 0;

	for (size_t i = 0; r == 0 && i < fold->count; i++) {
		const struct kf_denial *denial = &fold->items[i].denial;

		if (denial->watched == learner->source->watched &&
		    (denial->cause == KF_CAUSE_POLICY || denial->cause == KF_CAUSE_SECCOMP))
			r = learn_one(learner, denial);
	}
	return r;
}

/* --- changes of the profile -------------------------------------------------------------------------------------- */

/* Entries below a directory that becomes writable are refused: a process could put a link there. */
static int remove_below(struct kf_learner *learner, const char *entry)
{
	static const char *const keys[] = { "filesystem.allow",      "filesystem.read",      "filesystem.write",
					    "filesystem.allow_file", "filesystem.read_file", "filesystem.write_file" };
	struct json_object *filesystem =
		kf_json_member(learner->source->profile->document, "filesystem", json_type_object);
	cleanup_free char *reason = NULL;
	int r = kf_format(&reason, "%s can be written with all that is below", entry);

	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		struct json_object *list = kf_json_member(filesystem, strchr(keys[k], '.') + 1, json_type_array);

		for (size_t i = 0; r == 0 && list && i < json_object_array_length(list); i++) {
			const char *path = kf_profile_entry_path(json_object_array_get_idx(list, i));

			if (path && kf_path_within(path, entry))
				r = add_lesson(learner->lessons, true, keys[k], path, reason);
		}
	}
	return r;
}

static bool is_around_secret(const struct kf_learner *learner, const struct kf_access *want)
{
	for (size_t i = 0; want->directory && i < learner->hidden.hidden.count; i++)
		if (kf_path_within(learner->hidden.hidden.items[i].path, want->path))
			return true;
	return false;
}

static bool hides_secrets(const struct kf_profile *profile)
{
	struct json_object *filesystem = kf_json_member(profile->document, "filesystem", json_type_object);
	struct json_object *deny = kf_json_member(filesystem, "deny", json_type_array);

	for (size_t i = 0; deny && i < json_object_array_length(deny); i++) {
		const char *path = kf_profile_entry_path(json_object_array_get_idx(deny, i));

		if (path && strcmp(path + (path[0] == '/'), "$NONO_SECRETS") == 0)
			return true;
	}
	return false;
}

static bool has_lesson(const struct kf_lessons *lessons, const char *list, const char *entry)
{
	for (size_t i = 0; i < lessons->count; i++)
		if (strcmp(lessons->items[i].list, list) == 0 && strcmp(lessons->items[i].entry, entry) == 0)
			return true;
	return false;
}

static int conclude_one(struct kf_learner *learner, const struct kf_access *want)
{
	cleanup_free char *entry = NULL;
	bool hides = hides_secrets(learner->source->profile) ||
		     has_lesson(learner->lessons, "filesystem.deny", "/$NONO_SECRETS");
	int r = kf_learner_entry(learner, want, &entry);

	/* Two places of one variable, as of two volumes, are one entry. */
	if (r < 0 || has_lesson(learner->lessons, list_for(want, entry), entry))
		return r;
	if ((want->rights & KF_ACCESS_WRITE) && want->directory)
		r = remove_below(learner, entry);
	if (r == 0)
		r = add_lesson(learner->lessons, false, list_for(want, entry), entry, want->origin);
	if (r == 0 && !hides && !learner->source->secrets && is_around_secret(learner, want))
		r = add_lesson(learner->lessons, false, "filesystem.deny", "/$NONO_SECRETS",
			       "secret places are below the granted directory");
	return r;
}

int kf_learn(const struct kf_learn_source *source, struct kf_lessons *ret, struct kf_error *err)
{
	cleanup_lessons struct kf_lessons lessons = { 0 };
	cleanup_learner struct kf_learner learner = { .source = source, .lessons = &lessons };
	int r = kf_learner_prepare(&learner, err);

	if (r < 0)
		return r;
	r = learn_denials(&learner);
	if (r == 0)
		r = kf_learner_reduce(&learner);
	for (size_t i = 0; r == 0 && i < learner.wants.count; i++)
		r = conclude_one(&learner, &learner.wants.items[i]);
	if (r < 0)
		return kf_oom(err);
	*ret = lessons;
	lessons = (struct kf_lessons){ 0 };
	return 0;
}

/* --- the new profile ---------------------------------------------------------------------------------------------- */

static void drop_entry(struct json_object *list, const char *entry)
{
	for (size_t i = json_object_array_length(list); i > 0; i--) {
		const char *path = kf_profile_entry_path(json_object_array_get_idx(list, i - 1));

		if (path && strcmp(path, entry) == 0)
			(void)json_object_array_del_idx(list, i - 1, 1);
	}
}

static int apply_one(const struct kf_lesson *lesson, struct json_object *document)
{
	cleanup_free char *section = strndup(lesson->list, strcspn(lesson->list, "."));
	struct json_object *object = section ? kf_json_ensure(document, section, json_type_object) : NULL;
	struct json_object *list =
		object ? kf_json_ensure(object, strchr(lesson->list, '.') + 1, json_type_array) : NULL;

	if (!section)
		return -ENOMEM;
	if (!list)
		return -EINVAL;
	if (lesson->remove) {
		drop_entry(list, lesson->entry);
		return 0;
	}
	if (strcmp(section, "network") == 0)
		return kf_json_append(list, json_object_new_int(atoi(lesson->entry)));
	return kf_json_append_string(list, lesson->entry);
}

int kf_lessons_apply(const struct kf_lessons *lessons, struct json_object *document)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lessons->count; i++)
		r = apply_one(&lessons->items[i], document);
	return r;
}

void kf_lessons_done(struct kf_lessons *lessons)
{
	for (size_t i = 0; i < lessons->count; i++) {
		free(lessons->items[i].entry);
		free(lessons->items[i].reason);
	}
	free(lessons->items);
	kf_list_clear(&lessons->notes);
	*lessons = (struct kf_lessons){ 0 };
}
