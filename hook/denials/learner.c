/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/learner.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/escape.h"
#include "base/format.h"
#include "base/json.h"
#include "base/lookup.h"
#include "base/path.h"
#include "nono/profile-paths.h"

/* So many files of one directory that are only read stand for the directory. */
enum { SIBLINGS = 3, HEAD_MAX = 4096, INTERPRETERS_MAX = 2 };

/* The directories of installed programs: a file of one is granted as the program's directory there. */
static const char *const program_dirs[] = { "/usr/lib",       "/usr/lib64",       "/usr/libexec", "/usr/share",
					    "/usr/local/lib", "/usr/local/share", "/lib",         "/lib64",
					    "/opt",           "/nix/store",       "/gnu/store" };

/* --- the container ------------------------------------------------------------------------------------------------ */

/* PATH as it is in the container, without symlinks of the image. NULL where it cannot be known, or without memory. */
static char *resolve(const struct kf_learner *learner, const char *path)
{
	cleanup_free char *normal = malloc(strlen(path) + 2);
	char *resolved = NULL;

	if (!normal)
		return NULL;
	kf_path_normalize(path, normal);
	if (kf_image_resolve(&learner->source->facts->image, &learner->mounts, normal, &resolved) < 0)
		return NULL;
	return resolved;
}

static char *resolve_place(const struct kf_learner *learner, const char *path)
{
	char *resolved = path && path[0] == '/' ? resolve(learner, path) : NULL;

	if (!resolved || kf_compose_may_be_place(resolved))
		return resolved;
	free(resolved);
	return NULL;
}

int kf_learner_prepare(struct kf_learner *learner, struct kf_error *err)
{
	static const char text[] = "{\"filesystem\": {\"deny\": [\"/$NONO_SECRETS\"]}}";
	cleanup_profile struct kf_profile secrets = { .composed = true };
	int r = kf_json_parse(text, sizeof text - 1, "the list of secrets", KF_JSON_STRICT, &secrets.document, err);

	if (r == 0)
		r = kf_compose(&secrets, "secrets", learner->source->facts, &learner->hidden, err);
	if (r < 0)
		return r;
	if (kf_facts_locate_mounts(learner->source->facts, &learner->mounts) < 0)
		return kf_oom(err);
	learner->home = resolve_place(learner, learner->source->facts->home);
	learner->workdir = resolve_place(learner, learner->source->facts->workdir);
	return 0;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

int kf_learner_describe(const struct kf_denial *denial, char **ret)
{
	cleanup_free char *path = NULL, *new_path = NULL, *program = NULL, *target = NULL, *times = NULL;

	if (kf_escape_word(denial->path ? denial->path : "", &path) < 0 ||
	    kf_escape_word(denial->new_path ? denial->new_path : "", &new_path) < 0 ||
	    kf_escape_word(denial->program ? denial->program : "", &program) < 0 ||
	    kf_escape(denial->target ? denial->target : "", &target) < 0 ||
	    kf_format(&times, ", %llu times", (unsigned long long)denial->count) < 0)
		return -ENOMEM;
	return kf_format(ret, "%s %s%s%s%s%s by %s%s", kf_operation_name(denial->operation), path,
			 denial->new_path ? " -> " : "", new_path, denial->path && denial->target ? ", " : "", target,
			 program, denial->count > 1 ? times : "");
}

int kf_learner_note(struct kf_learner *learner, const char *text, const char *why)
{
	cleanup_free char *note = NULL;

	return kf_format(&note, "%s: %s", text, why) < 0 ? -ENOMEM
							 : kf_list_add(&learner->lessons->notes, note, strlen(note));
}

/* --- wants -------------------------------------------------------------------------------------------------------- */

static bool is_secret(const struct kf_learner *learner, const char *path)
{
	return kf_access_find(&learner->hidden.hidden, path) != NULL;
}

/* Why PATH is in no profile; NULL if it can be. */
static const char *obstacle(const struct kf_learner *learner, const char *path)
{
	if (strcmp(path, "/") == 0)
		return "no profile grants / itself";
	if (kf_path_within(path, "/nono"))
		return "/nono is the sandbox's own";
	if (!kf_path_literal(path))
		return "a profile cannot have such a name in it";
	if (is_secret(learner, path) && !learner->source->secrets)
		return "it is secret: --secrets would grant it, or nono.sh/allow for one pod";
	return NULL;
}

static int want(struct kf_learner *learner, const char *path, unsigned int rights, bool directory, const char *text)
{
	const char *why = obstacle(learner, path);

	if (why)
		return kf_learner_note(learner, text, why);
	if (kf_list_add(&learner->texts, text, strlen(text)) < 0)
		return -ENOMEM;
	return kf_access_add(&learner->wants, path, rights, directory, learner->texts.items[learner->texts.count - 1]);
}

static int want_parent(struct kf_learner *learner, const char *path, unsigned int rights, const char *text)
{
	cleanup_free char *resolved = NULL, *parent = NULL;
	struct kf_error unused;

	if (kf_parent_dir(path, &parent, &unused) < 0)
		return -ENOMEM;
	resolved = resolve(learner, parent);
	if (!resolved)
		return kf_learner_note(learner, text, "its directory cannot be found");
	return want(learner, resolved, rights, true, text);
}

/* The processes in /proc come and go: a file that one of them needs there is granted for all. */
static bool is_of_process(const char *path)
{
	return kf_path_within(path, "/proc") && (strncmp(path, "/proc/self", strlen("/proc/self")) == 0 ||
						 strncmp(path, "/proc/thread-self", strlen("/proc/thread-self")) == 0 ||
						 (path[strlen("/proc/")] >= '0' && path[strlen("/proc/")] <= '9'));
}

/* "/usr/lib/python3.11/os.py" becomes "/usr/lib/python3.11". False: it is not a file of a program. */
static bool cut_to_program(char *path)
{
	for (size_t i = 0; i < sizeof program_dirs / sizeof *program_dirs; i++) {
		size_t length = strlen(program_dirs[i]);
		char *slash;

		if (strncmp(path, program_dirs[i], length) != 0 || path[length] != '/')
			continue;
		slash = strchr(path + length + 1, '/');
		if (!slash)
			continue;
		*slash = '\0';
		return true;
	}
	return false;
}

/* The note names the side effects of this grant. */
static int want_listing(struct kf_learner *learner, const char *path, unsigned int rights, const char *text)
{
	cleanup_free char *longer = NULL;

	if (obstacle(learner, path))
		return want(learner, path, rights, true, text);
	if (kf_format(&longer, "%s (a list of names: a profile grants it with all that is below)", text) < 0)
		return -ENOMEM;
	return want(learner, path, rights, true, longer);
}

static int want_file(struct kf_learner *learner, const char *path, unsigned int rights, const char *text)
{
	cleanup_free char *resolved = resolve(learner, path);
	bool directory = false;

	if (!resolved)
		return kf_learner_note(learner, text, "it cannot be found");
	if (is_of_process(path) || is_of_process(resolved))
		return want(learner, "/proc", rights, true, text);
	if (is_secret(learner, resolved))
		return want(learner, resolved, rights, directory, text);
	if (!(rights & KF_ACCESS_WRITE) && cut_to_program(resolved))
		return want(learner, resolved, rights, true, text);
	if (kf_image_find(&learner->source->facts->image, resolved, &directory) && directory)
		return want_listing(learner, resolved, rights, text);
	/* A path that is not in the image is on a mount, or was made since: its directory is there. */
	if (!kf_image_find(&learner->source->facts->image, resolved, &directory) &&
	    !kf_access_find(&learner->mounts, resolved))
		return want_parent(learner, path, rights, text);
	return want(learner, resolved, rights, directory, text);
}

/* --- needs of a program to be executed ---------------------------------------------------------------------------- */

/* The interpreter of a script, or the dynamic loader of a program (elf(5), PT_INTERP), in its first bytes. */
static const char *find_interpreter(char *head, size_t length)
{
	const Elf64_Ehdr *elf = (const void *)head;

	if (length > 2 && head[0] == '#' && head[1] == '!') {
		head += 2 + strspn(head + 2, " \t");
		head[strcspn(head, " \t\r\n")] = '\0';
		return head;
	}
	if (length < sizeof *elf || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
	    elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_phentsize != sizeof(Elf64_Phdr))
		return NULL;
	for (size_t i = 0; i < elf->e_phnum; i++) {
		size_t at = elf->e_phoff + i * sizeof(Elf64_Phdr);
		Elf64_Phdr part;

		if (elf->e_phoff >= length || at + sizeof part > length)
			return NULL;
		memcpy(&part, head + at, sizeof part);
		if (part.p_type == PT_INTERP && part.p_offset < length && part.p_filesz <= length - part.p_offset &&
		    memchr(head + part.p_offset, '\0', part.p_filesz))
			return head + part.p_offset;
	}
	return NULL;
}

/* Does an entry of the profile grant reading PATH? Variables are not looked at. */
static bool is_granted(const struct kf_learner *learner, const char *path)
{
	static const char *const keys[] = { "allow", "read", "allow_file", "read_file" };
	struct json_object *filesystem =
		kf_json_member(learner->source->profile->document, "filesystem", json_type_object);

	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		struct json_object *list = kf_json_member(filesystem, keys[k], json_type_array);

		for (size_t i = 0; list && i < json_object_array_length(list); i++) {
			const char *entry = kf_profile_entry_path(json_object_array_get_idx(list, i));
			cleanup_free char *resolved = entry && entry[0] == '/' ? resolve(learner, entry) : NULL;

			if (resolved && kf_path_within(path, resolved))
				return true;
		}
	}
	return false;
}

static char *interpreter_of(const struct kf_learner *learner, const char *program)
{
	cleanup_free char *resolved = resolve(learner, program);
	_Alignas(Elf64_Ehdr) char head[HEAD_MAX + 1];
	const char *found;
	ssize_t length;

	if (!resolved || learner->source->facts->image.fd < 0)
		return NULL;

	cleanup_close int fd =
		kf_openat2(learner->source->facts->image.fd, resolved + 1, O_RDONLY | O_NONBLOCK, KF_LOOKUP_IN_ROOTFS);

	length = fd < 0 ? -1 : read(fd, head, HEAD_MAX);
	if (length <= 0)
		return NULL;
	head[length] = '\0';
	found = find_interpreter(head, (size_t)length);
	return found && found[0] == '/' ? strdup(found) : NULL;
}

static int want_interpreter(struct kf_learner *learner, const char *path, const char *text)
{
	cleanup_free char *resolved = resolve(learner, path), *longer = NULL, *escaped = NULL;

	if (resolved && is_granted(learner, resolved))
		return 0;
	if (kf_escape_word(path, &escaped) < 0 || kf_format(&longer, "%s (its interpreter %s)", text, escaped) < 0)
		return -ENOMEM;
	return want_file(learner, path, KF_ACCESS_READ, longer);
}

/* The kernel says the same errno about a program and about its interpreter, and names neither. */
static int want_program(struct kf_learner *learner, const char *path, const char *text)
{
	cleanup_free char *program = strdup(path);
	cleanup_free char *resolved = resolve(learner, path);
	int r = program ? 0 : -ENOMEM;

	if (r == 0 && !(resolved && is_granted(learner, resolved)))
		r = want_file(learner, path, KF_ACCESS_READ, text);
	for (int i = 0; r == 0 && i < INTERPRETERS_MAX; i++) {
		char *interpreter = interpreter_of(learner, program);

		if (!interpreter)
			break;
		free(program);
		program = interpreter;
		r = want_interpreter(learner, program, text);
	}
	return r;
}

int kf_learner_want(struct kf_learner *learner, const struct kf_denial *denial, const char *text)
{
	const unsigned int both = KF_ACCESS_READ | KF_ACCESS_WRITE;
	bool directory;
	int r;

	if (!denial->path)
		return kf_learner_note(learner, text, "its path is not known");
	switch (denial->operation) {
	case KF_OP_READ:
		return want_file(learner, denial->path, KF_ACCESS_READ, text);
	case KF_OP_EXEC:
		return want_program(learner, denial->path, text);
	case KF_OP_WRITE:
	case KF_OP_TRUNCATE:
	case KF_OP_IOCTL:
		return want_file(learner, denial->path, both, text);
	case KF_OP_CREATE: {
		cleanup_free char *resolved = resolve(learner, denial->path);

		if (resolved && kf_image_find(&learner->source->facts->image, resolved, &directory))
			return want_file(learner, denial->path, both, text);
		return want_parent(learner, denial->path, both, text);
	}
	default:
		r = want_parent(learner, denial->path, both, text);
		return r < 0 || !denial->new_path ? r : want_parent(learner, denial->new_path, both, text);
	}
}

/* --- fewer -------------------------------------------------------------------------------------------------------- */

static bool is_sibling(const struct kf_access *item, const char *parent)
{
	size_t length = strlen(parent);

	return !item->directory && !(item->rights & KF_ACCESS_WRITE) && strncmp(item->path, parent, length) == 0 &&
	       item->path[length] == '/' && !strchr(item->path + length + 1, '/');
}

/* Secrets stay alone: their directory would have others. */
static int fold_siblings(struct kf_learner *learner, size_t index)
{
	const struct kf_access *item = &learner->wants.items[index];
	cleanup_free char *parent = NULL;
	struct kf_error unused;
	size_t count = 0;

	if (item->directory || (item->rights & KF_ACCESS_WRITE))
		return 0;
	if (kf_parent_dir(item->path, &parent, &unused) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < learner->wants.count; i++)
		count += is_sibling(&learner->wants.items[i], parent);
	if (count < SIBLINGS || strcmp(parent, "/") == 0 || strcmp(parent, "/etc") == 0)
		return 0;
	return kf_access_add(&learner->wants, parent, KF_ACCESS_READ, true, item->origin);
}

int kf_learner_reduce(struct kf_learner *learner)
{
	size_t count;
	int r = 0;

	kf_access_reduce(&learner->wants);
	count = learner->wants.count;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = fold_siblings(learner, i);
	if (r == 0)
		kf_access_reduce(&learner->wants);
	return r;
}

/* --- entries ------------------------------------------------------------------------------------------------------ */

#define VOLUMES "/$NONO_VOLUMES"
#define CONFIGS "/$NONO_CONFIGS"
#define DEVICES "/$NONO_DEVICES"

bool kf_learner_is_of_mounts(const char *entry)
{
	return strcmp(entry, VOLUMES) == 0 || strcmp(entry, CONFIGS) == 0 || strcmp(entry, DEVICES) == 0;
}

static int below(const char *variable, const char *place, const char *path, char **ret)
{
	return kf_format(ret, "%s%s", variable, path + strlen(place));
}

/*
 * The variable of the mount that PATH is on, where all of that variable may be granted with RIGHTS; NULL without one.
 */
static const char *mount_variable(const struct kf_learner *learner, const struct kf_access *want)
{
	const struct kf_volumes *volumes = &learner->source->facts->volumes;
	bool writes = want->rights & KF_ACCESS_WRITE;

	for (size_t i = volumes->count; i > 0; i--) {
		const struct kf_volume_entry *entry = &volumes->items[i - 1];

		if (i > learner->mounts.count || !kf_path_within(want->path, learner->mounts.items[i - 1].path))
			continue;
		switch (entry->volume.kind) {
		case KF_VOLUME_WRITTEN:
			return VOLUMES;
		case KF_VOLUME_CONFIG:
			return writes ? NULL : CONFIGS;
		case KF_VOLUME_DEVICE:
			return DEVICES;
		default:
			return NULL;
		}
	}
	return NULL;
}

int kf_learner_entry(const struct kf_learner *learner, const struct kf_access *want, char **ret)
{
	const char *variable = mount_variable(learner, want);

	if (variable)
		return kf_format(ret, "%s", variable);
	if (learner->workdir && kf_path_within(want->path, learner->workdir))
		return below("/$NONO_WORKDIR", learner->workdir, want->path, ret);
	if (learner->home && kf_path_within(want->path, learner->home))
		return below("/$NONO_HOME", learner->home, want->path, ret);
	return kf_format(ret, "%s", want->path);
}

void kf_learner_done(struct kf_learner *learner)
{
	kf_access_clear(&learner->mounts);
	kf_access_clear(&learner->wants);
	kf_policy_done(&learner->hidden);
	kf_list_clear(&learner->texts);
	free(learner->home);
	free(learner->workdir);
	learner->home = learner->workdir = NULL;
}
