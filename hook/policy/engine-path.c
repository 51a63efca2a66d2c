/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/engine-path.h"

#include <string.h>

enum { ID_LENGTH = 64 };

/* Is the first component of TEXT, which starts after a slash, WORD? */
static bool starts_with(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && (text[length] == '/' || text[length] == '\0');
}

/* The text after the first component of TEXT and its slash; "" without a slash. */
static const char *skip(const char *text)
{
	text += strcspn(text, "/");
	return text + (*text == '/');
}

static bool is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == ID_LENGTH && (text[ID_LENGTH] == '/' || text[ID_LENGTH] == '\0');
}

/* Is the component at TEXT an id that proves something? */
static bool is_proof(const char *text, const struct kf_engine_ids *ids)
{
	if (!is_id(text))
		return false;
	return ids->any || (ids->container && starts_with(text, ids->container)) ||
	       (ids->pause && starts_with(text, ids->pause));
}

static bool has_component(const char *text, const char *word)
{
	for (; *text; text = skip(text))
		if (starts_with(text, word))
			return true;
	return false;
}

/* REST is what comes after io.containerd.X. */
static enum kf_engine_form parse_containerd(const char *rest, const struct kf_engine_ids *ids)
{
	const char *id = skip(rest), *file = skip(id);

	if (!is_proof(id, ids) || !*file)
		return KF_ENGINE_FOREIGN;
	if (starts_with(rest, "sandboxes"))
		return KF_ENGINE_FILE;
	if (starts_with(rest, "containers") && starts_with(file, "volumes") && *skip(file))
		return KF_ENGINE_VOLUME;
	return starts_with(rest, "image-volumes") ? KF_ENGINE_IMAGE_VOLUME : KF_ENGINE_FOREIGN;
}

/* REST is what comes after DRIVER-containers: ID/userdata/FILE. */
static enum kf_engine_form parse_storage(const char *rest, const struct kf_engine_ids *ids)
{
	const char *userdata = skip(rest), *file = skip(userdata);

	if (!is_proof(rest, ids) || !starts_with(userdata, "userdata") || !*file)
		return KF_ENGINE_FOREIGN;
	if (has_component(file, "secrets"))
		return KF_ENGINE_SECRET;
	return starts_with(file, "mounts") && *skip(file) ? KF_ENGINE_VOLUME : KF_ENGINE_FILE;
}

/* REST is what comes after containers: ID/FILE. */
static enum kf_engine_form parse_docker(const char *rest, const struct kf_engine_ids *ids)
{
	static const char *const files[] = { "hostname", "hosts", "resolv.conf" };
	const char *file = skip(rest);

	if (!is_proof(rest, ids))
		return KF_ENGINE_FOREIGN;
	if (starts_with(file, "mounts"))
		return starts_with(skip(file), "shm") ? KF_ENGINE_FILE : KF_ENGINE_SECRET;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (strcmp(file, files[i]) == 0)
			return KF_ENGINE_FILE;
	return KF_ENGINE_FOREIGN;
}

static bool is_storage(const char *component)
{
	static const char tail[] = "-containers";
	size_t length = strcspn(component, "/");

	return length > sizeof tail - 1 && strncmp(component + length - (sizeof tail - 1), tail, sizeof tail - 1) == 0;
}

enum kf_engine_form kf_engine_path_parse(const char *path, const struct kf_engine_ids *ids, bool read_only)
{
	for (const char *at = skip(path); *at; at = skip(at)) {
		const char *rest = skip(at);

		if (strncmp(at, "io.containerd.", strlen("io.containerd.")) == 0)
			return parse_containerd(rest, ids);
		if (is_storage(at) && is_id(rest))
			return parse_storage(rest, ids);
		if (starts_with(at, "containers") && is_id(rest))
			return parse_docker(rest, ids);
		if (starts_with(at, "overlay") && is_id(rest) && strcmp(skip(rest), "merged") == 0)
			return read_only ? KF_ENGINE_IMAGE_VOLUME : KF_ENGINE_FOREIGN;
	}
	return KF_ENGINE_NONE;
}

const char *kf_engine_volume_word(const char *path)
{
	const char *parent = "";

	for (const char *at = skip(path); *at; parent = at, at = skip(at))
		if (starts_with(at, "volumes") && starts_with(skip(skip(at)), "_data")) {
			if (starts_with(parent, "storage"))
				return "Podman volume";
			return starts_with(parent, "docker") ? "Docker volume" : "named volume";
		}
	return NULL;
}

const char *kf_engine_file_word(const char *path)
{
	static const char *const words[] = { "hostname", "hosts", "resolv.conf", "shm",
					     "passwd",   "group", "localtime",   ".containerenv" };
	const char *name = strrchr(path, '/');

	for (size_t i = 0; name && i < sizeof words / sizeof *words; i++)
		if (strcmp(name + 1, words[i]) == 0)
			return words[i];
	return "a file of the engine";
}
