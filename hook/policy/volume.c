/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/nono.h"
#include "base/path.h"
#include "policy/host-path.h"
#include "policy/names.h"
#include "policy/runtime-place.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KUBERNETES "kubernetes.io~"

const char *kf_volume_kind_name(enum kf_volume_kind kind)
{
	static const char *const names[] = {
		[KF_VOLUME_SECRET] = "secret", [KF_VOLUME_WRITTEN] = "volume", [KF_VOLUME_CONFIG] = "config",
		[KF_VOLUME_DEVICE] = "device", [KF_VOLUME_ENGINE] = "engine",  [KF_VOLUME_RUNTIME] = "runtime",
	};

	return names[kind];
}

void kf_volumes_done(struct kf_volumes *volumes)
{
	for (size_t i = 0; i < volumes->count; i++)
		free(volumes->items[i].destination);
	free(volumes->items);
	*volumes = (struct kf_volumes){ 0 };
}

static void set_detail(struct kf_volume *volume, const char *text, size_t length)
{
	if (length >= sizeof volume->detail)
		length = sizeof volume->detail - 1;
	memcpy(volume->detail, text, length);
	volume->detail[length] = '\0';
}

/* Is it at one of the places of secrets, where every mount is one? */
static bool is_place_of_secrets(const char *destination)
{
	static const char *const places[] = { "/run/secrets", "/var/run/secrets", "/run/credentials",
					      "/vault/secrets" };

	for (size_t i = 0; i < COUNT(places); i++)
		if (kf_path_within(destination, places[i]))
			return true;
	return false;
}

/* Goes for every answer: a read-only volume is only read, and all mounts at a place of secrets are secret. */
static struct kf_volume finish(struct kf_volume volume, const struct kf_volume_mount *mount)
{
	if (volume.kind == KF_VOLUME_WRITTEN && mount->read_only) {
		volume.kind = KF_VOLUME_CONFIG;
		volume.read_only = true;
	}
	if (is_place_of_secrets(mount->destination) && volume.kind != KF_VOLUME_SECRET) {
		volume.kind = KF_VOLUME_SECRET;
		volume.note = "at a place of secrets";
	}
	return volume;
}

/* --- file systems of the runtime -------------------------------------------------------------------------------- */

static struct kf_volume tell_tmpfs(const char *destination)
{
	bool usual = kf_place_is_of_start(destination);

	return (struct kf_volume){ .kind = usual ? KF_VOLUME_RUNTIME : KF_VOLUME_WRITTEN, .what = "tmpfs" };
}

static struct kf_volume tell_file_system(const struct kf_volume_mount *mount, const struct kf_volume_owner *owner)
{
	static const char *const types[] = { "proc",     "sysfs",      "devpts",  "mqueue",   "cgroup",     "cgroup2",
					     "devtmpfs", "hugetlbfs",  "debugfs", "tracefs",  "bpf",        "fusectl",
					     "configfs", "securityfs", "pstore",  "efivarfs", "binfmt_misc" };

	for (size_t i = 0; mount->type && i < COUNT(types); i++)
		if (strcmp(mount->type, types[i]) == 0)
			return (struct kf_volume){ .kind = KF_VOLUME_RUNTIME, .what = types[i] };
	if (mount->type && strcmp(mount->type, "tmpfs") == 0)
		return tell_tmpfs(mount->destination);
	/* Podman: -v SOURCE:DESTINATION:O. No engine makes it for a pod. */
	if (mount->type && strcmp(mount->type, "overlay") == 0 && !owner->pod)
		return (struct kf_volume){ .kind = KF_VOLUME_WRITTEN, .what = "overlay" };
	return (struct kf_volume){ .what = "a file system that is not known" };
}

/* --- volumes of the kubelet ------------------------------------------------------------------------------------- */

struct plugin {
	const char *name; /* after kubernetes.io~ */
	enum kf_volume_kind kind;
	const char *what; /* NULL: a persistent volume that the kubelet itself mounts */
};

/* Kubernetes: pkg/volume/PLUGIN. Some of these are only in older versions. */
static const struct plugin plugins[] = {
	{ "empty-dir", KF_VOLUME_WRITTEN, "emptyDir" },
	{ "configmap", KF_VOLUME_CONFIG, "ConfigMap" },
	{ "downward-api", KF_VOLUME_CONFIG, "downward API" },
	{ "secret", KF_VOLUME_SECRET, "Secret" },
	{ "projected", KF_VOLUME_SECRET, "projected volume" },
	{ "image", KF_VOLUME_CONFIG, "image volume" },
	{ "csi", KF_VOLUME_SECRET, "CSI volume" },
	{ "git-repo", KF_VOLUME_WRITTEN, "gitRepo" },
	{ "local-volume", KF_VOLUME_WRITTEN, NULL },
	{ "nfs", KF_VOLUME_WRITTEN, NULL },
	{ "iscsi", KF_VOLUME_WRITTEN, NULL },
	{ "fc", KF_VOLUME_WRITTEN, NULL },
	{ "rbd", KF_VOLUME_WRITTEN, NULL },
	{ "cephfs", KF_VOLUME_WRITTEN, NULL },
	{ "glusterfs", KF_VOLUME_WRITTEN, NULL },
	{ "azure-file", KF_VOLUME_WRITTEN, NULL },
	{ "azure-disk", KF_VOLUME_WRITTEN, NULL },
	{ "aws-ebs", KF_VOLUME_WRITTEN, NULL },
	{ "gce-pd", KF_VOLUME_WRITTEN, NULL },
	{ "cinder", KF_VOLUME_WRITTEN, NULL },
	{ "vsphere-volume", KF_VOLUME_WRITTEN, NULL },
	{ "portworx-volume", KF_VOLUME_WRITTEN, NULL },
	{ "quobyte", KF_VOLUME_WRITTEN, NULL },
	{ "scaleio", KF_VOLUME_WRITTEN, NULL },
	{ "storageos", KF_VOLUME_WRITTEN, NULL },
	{ "flocker", KF_VOLUME_WRITTEN, NULL },
	{ "photon-pd", KF_VOLUME_WRITTEN, NULL },
};

/* The name that the admission plugin of service accounts gives the volume with the token. */
static bool is_token(const char *plugin, const char *name)
{
	return strcmp(plugin, "projected") == 0 && strncmp(name, "kube-api-access-", strlen("kube-api-access-")) == 0;
}

static struct kf_volume tell_kubernetes(const char *plugin, const char *name)
{
	struct kf_volume volume = { .what = "a volume of a kind that is not known" };

	for (size_t i = 0; i < COUNT(plugins); i++)
		if (strcmp(plugins[i].name, plugin) == 0) {
			volume.kind = plugins[i].kind;
			volume.what = plugins[i].what ? plugins[i].what : "in-tree persistent volume";
			if (!plugins[i].what)
				set_detail(&volume, plugin, strlen(plugin));
			if (is_token(plugin, name))
				volume.what = "service account token";
			if (strcmp(plugin, "csi") == 0)
				volume.note = "its vol_data.json cannot be read";
			return volume;
		}
	set_detail(&volume, plugin, strlen(plugin));
	return volume;
}

struct kf_volume kf_volume_tell_plugin(const struct kf_volume_mount *mount, const char *plugin, const char *name)
{
	struct kf_volume volume = { .what = "FlexVolume" };

	if (strncmp(plugin, KUBERNETES, sizeof KUBERNETES - 1) == 0)
		volume = tell_kubernetes(plugin + sizeof KUBERNETES - 1, name);
	else
		set_detail(&volume, plugin, strlen(plugin));
	return finish(volume, mount);
}

struct kf_volume kf_volume_tell_csi(const struct kf_volume_mount *mount, const char *driver, const char *mode,
				    const struct kf_volume_rules *rules)
{
	struct kf_volume volume = { .what = "CSI volume", .note = "its vol_data.json does not tell its kind" };
	const struct kf_list *harmless = rules ? rules->harmless_csi_drivers : NULL;

	if (!driver || !mode || !kf_csi_driver_name_valid(driver))
		return finish(volume, mount);
	set_detail(&volume, driver, strlen(driver));
	if (strcmp(mode, "Persistent") == 0)
		volume = (struct kf_volume){ .kind = KF_VOLUME_WRITTEN, .what = "CSI persistent volume" };
	else if (strcmp(mode, "Ephemeral") == 0)
		volume = (struct kf_volume){ .what = "CSI inline volume" };
	if (strcmp(mode, "Ephemeral") == 0 && harmless && kf_list_has(harmless, driver)) {
		volume.kind = KF_VOLUME_WRITTEN;
		volume.note = "harmless_csi_drivers";
	}
	set_detail(&volume, driver, strlen(driver));
	return finish(volume, mount);
}

/* --- paths of the host ------------------------------------------------------------------------------------------- */

/* lxcfs shows a container's own numbers in /proc and /sys. An admission webhook mounts its files into pods. */
static bool is_lxcfs(const struct kf_volume_mount *mount)
{
	return (kf_path_within(mount->source, "/var/lib/lxcfs") ||
		kf_path_within(mount->source, "/var/lib/lxc/lxcfs")) &&
	       (kf_path_within(mount->destination, "/proc") || kf_path_within(mount->destination, "/sys"));
}

struct kf_volume kf_volume_tell_host_path(const struct kf_volume_mount *mount, bool provisioned)
{
	struct kf_volume volume = { .what = "hostPath" };

	if (provisioned)
		volume = (struct kf_volume){ .kind = KF_VOLUME_WRITTEN, .what = "volume of a hostPath provisioner" };
	else if (kf_host_path_is_socket(mount->source))
		volume.what = "socket of an engine or agent";
	return finish(volume, mount);
}

static struct kf_volume tell_host_path(const struct kf_volume_mount *mount, const struct kf_volume_rules *rules)
{
	if (is_lxcfs(mount))
		return finish((struct kf_volume){ .kind = KF_VOLUME_ENGINE, .what = "lxcfs" }, mount);
	if (mount->read_only && kf_host_path_is_system(mount->source))
		return finish(
			(struct kf_volume){ .kind = KF_VOLUME_CONFIG, .what = "programs and libraries of the host" },
			mount);
	return kf_volume_tell_host_path(
		mount, kf_host_path_is_provisioned(mount->source, rules ? rules->provisioner_dirs : NULL));
}

/* Podman and Docker: the user gave it with -v. */
static struct kf_volume tell_bind(const struct kf_volume_mount *mount)
{
	struct kf_volume volume = { .kind = KF_VOLUME_WRITTEN, .what = "bind mount" };
	const char *volume_word = kf_engine_volume_word(mount->source);

	if (kf_host_path_is_socket(mount->source))
		volume = (struct kf_volume){ .what = "socket of an engine or agent" };
	else if (volume_word)
		volume.what = volume_word;
	else if (kf_host_path_has_credentials(mount->source))
		volume = (struct kf_volume){ .what = "bind mount", .note = "credentials of the host are there" };
	return finish(volume, mount);
}

struct kf_volume kf_volume_tell_node(const struct kf_volume_mount *mount)
{
	return finish((struct kf_volume){ .kind = KF_VOLUME_DEVICE, .what = "device node of the host" }, mount);
}

struct kf_volume kf_volume_tell_device(void)
{
	return (struct kf_volume){ .kind = KF_VOLUME_DEVICE, .what = "device node" };
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static struct kf_volume tell_kubelet(const struct kf_volume_mount *mount, const struct kf_kubelet_path *kubelet)
{
	struct kf_volume volume = { .note = "its place is not known" };

	switch (kubelet->form) {
	case KF_KUBELET_VOLUME:
		volume = kf_volume_tell_plugin(mount, kubelet->plugin, kubelet->name);
		if (strcmp(kubelet->plugin, KF_KUBELET_CSI) == 0)
			volume.question = KF_VOLUME_WHICH_CSI;
		break;
	case KF_KUBELET_SUB_PATH:
		volume = (struct kf_volume){ .what = "a volume",
					     .note = "its volume cannot be found",
					     .sub_path = true,
					     .question = KF_VOLUME_WHICH_VOLUME };
		break;
	case KF_KUBELET_HOSTS:
		volume = (struct kf_volume){ .kind = KF_VOLUME_ENGINE, .what = "hosts" };
		break;
	case KF_KUBELET_CONTAINER:
		volume = (struct kf_volume){ .kind = KF_VOLUME_ENGINE, .what = "termination log" };
		break;
	case KF_KUBELET_FOREIGN:
		volume = (struct kf_volume){ .what = "a pod's volume", .note = "the UID is not this pod's" };
		break;
	default:
		volume.what = "a file of the kubelet";
		break;
	}
	volume.kubelet = *kubelet;
	return finish(volume, mount);
}

static struct kf_volume tell_engine(const struct kf_volume_mount *mount, enum kf_engine_form form)
{
	static const struct kf_volume volumes[] = {
		[KF_ENGINE_FOREIGN] = { .what = "a file of an engine", .note = "the id is not this container's" },
		[KF_ENGINE_FILE] = { .kind = KF_VOLUME_ENGINE },
		[KF_ENGINE_SECRET] = { .what = "secret of the engine" },
		[KF_ENGINE_VOLUME] = { .kind = KF_VOLUME_WRITTEN, .what = "VOLUME of the image" },
		[KF_ENGINE_IMAGE_VOLUME] = { .kind = KF_VOLUME_CONFIG, .what = "image volume" },
	};
	struct kf_volume volume = volumes[form];

	if (form == KF_ENGINE_FILE)
		volume.what = kf_engine_file_word(mount->source);
	return finish(volume, mount);
}

/* A container without namespaces of its own gets these of the host, each at its own place. */
static bool is_of_host(const struct kf_volume_mount *mount, const struct kf_volume_owner *owner)
{
	static const char *const ipc[] = { "/dev/shm", "/dev/mqueue" };
	static const char *const more[] = { "/proc", "/sys", "/sys/fs/cgroup", "/dev/pts" };

	if (strcmp(mount->source, mount->destination) != 0)
		return false;
	for (size_t i = 0; owner->host_ipc && i < COUNT(ipc); i++)
		if (strcmp(mount->source, ipc[i]) == 0)
			return true;
	for (size_t i = 0; !owner->pod && i < COUNT(more); i++)
		if (strcmp(mount->source, more[i]) == 0)
			return true;
	return false;
}

/* A directory of the host's /dev counts for Podman and Docker; in a pod it is a hostPath. */
static struct kf_volume tell_below_dev(const struct kf_volume_mount *mount, const struct kf_volume_owner *owner)
{
	struct kf_volume volume = { .kind = KF_VOLUME_DEVICE, .what = "devices of the host" };

	if (owner->pod)
		volume = (struct kf_volume){ .what = "hostPath" };
	else if (kf_path_within(mount->source, "/dev/shm") || kf_path_within(mount->source, "/dev/hugepages"))
		return tell_bind(mount);
	volume.question = KF_VOLUME_IS_NODE;
	return finish(volume, mount);
}

static struct kf_volume tell_path(const struct kf_volume_mount *mount, const struct kf_volume_owner *owner,
				  const struct kf_volume_rules *rules)
{
	const struct kf_engine_ids ids = { .any = !owner->pod, .container = owner->id, .pause = owner->pause };
	const struct kf_kubelet_path kubelet = kf_kubelet_path_parse(mount->source, owner->pod ? owner->pod_uid : NULL);

	if (kubelet.form != KF_KUBELET_NONE)
		return tell_kubelet(mount, &kubelet);

	enum kf_engine_form form = kf_engine_path_parse(mount->source, &ids, mount->read_only);

	if (form != KF_ENGINE_NONE)
		return tell_engine(mount, form);
	if (is_of_host(mount, owner))
		return finish((struct kf_volume){ .kind = KF_VOLUME_RUNTIME, .what = "the host's own" }, mount);
	if (kf_path_within(mount->source, "/dev") && mount->source[strlen("/dev")])
		return tell_below_dev(mount, owner);
	return owner->pod ? tell_host_path(mount, rules) : tell_bind(mount);
}

struct kf_volume kf_volume_tell(const struct kf_volume_mount *mount, const struct kf_volume_owner *owner,
				const struct kf_volume_rules *rules)
{
	if (strcmp(mount->destination, KF_NONO_DIR) == 0)
		return (struct kf_volume){ .kind = KF_VOLUME_RUNTIME, .what = "kubefence's own" };
	if (!mount->bind)
		return finish(tell_file_system(mount, owner), mount);
	/* Only the node can resolve "..": after a symlink it goes up from somewhere else. */
	if (!mount->source || mount->source[0] != '/' || kf_path_goes_up(mount->source))
		return (struct kf_volume){ .what = "bind mount", .note = "its source is not a plain path" };
	return tell_path(mount, owner, rules);
}

const char *kf_volume_describe(const struct kf_volume *volume, char buf[static KF_VOLUME_TEXT_MAX])
{
	bool detailed = volume->detail[0];

	(void)snprintf(buf, KF_VOLUME_TEXT_MAX, "%s%s%s%s%s%s%s%s", volume->sub_path ? "subPath of " : "", volume->what,
		       detailed ? " (" : "", volume->detail, detailed ? ")" : "",
		       volume->read_only ? ", read-only" : "", volume->note ? ": " : "",
		       volume->note ? volume->note : "");
	return buf;
}
