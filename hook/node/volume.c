/* SPDX-License-Identifier: Apache-2.0 */
#include "node/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/lookup.h"
#include "base/path.h"
#include "policy/host-path.h"

enum { VOL_DATA_MAX = 64 * 1024, PLUGINS_MAX = 64 };

/* One mount while it is looked at. */
struct look {
	struct kf_volume_looker *looker;
	const struct kf_volume_mount *mount; /* with the real path as its source */
	const struct kf_volume_rules *rules;
	int fd; /* of the source, O_PATH */
	const struct kf_kubelet_path *path;
};

void kf_volume_looker_done(struct kf_volume_looker *looker)
{
	kf_mount_places_done(&looker->places);
	kf_list_clear(&looker->plugins);
	free(looker->pod_dir);
	kf_close_fd(&looker->volumes_fd);
	*looker = KF_VOLUME_LOOKER_NONE;
}

/* A node that cannot answer is not a failure: the mount stays secret. Only lack of memory is passed on. */
static int overlook(int r)
{
	return r == -ENOMEM ? r : 0;
}

/* --- CSI --------------------------------------------------------------------------------------------------------- */

static int read_vol_data(const char *dir, struct json_object **ret, struct kf_error *err)
{
	static const char name[] = "vol_data.json";
	cleanup_close int dir_fd = -1, fd = -1;
	cleanup_free char *text = NULL;
	struct stat st;
	size_t length;
	int r = kf_open_trusted_dir(dir, &dir_fd, err);

	if (r == 0)
		r = kf_open_trusted_file(dir_fd, name, 0, name, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot stat %s", name);
	r = kf_read_regular(fd, &st, name, VOL_DATA_MAX, &text, &length, err);
	return r < 0 ? r : kf_json_parse(text, length, name, KF_JSON_STRICT, ret, err);
}

static int look_at_csi(const struct look *look, struct kf_volume *volume, struct kf_error *err)
{
	cleanup_json struct json_object *data = NULL;
	cleanup_free char *dir = NULL;

	if (kf_format(&dir, "%.*s/volumes/" KF_KUBELET_CSI "/%s", (int)look->path->pod_length, look->mount->source,
		      look->path->name) < 0)
		return kf_oom(err);

	int r = read_vol_data(dir, &data, err);

	if (r < 0)
		return overlook(r);
	*volume = kf_volume_tell_csi(look->mount, kf_json_string(data, "driverName"),
				     kf_json_string(data, "volumeLifecycleMode"), look->rules);
	return 0;
}

/* --- subPath ----------------------------------------------------------------------------------------------------- */

static int list_plugins(int volumes_fd, struct kf_list *plugins, struct kf_error *err)
{
	int fd = openat(volumes_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!stream) {
		int code = errno;

		kf_close_fd(&fd);
		return kf_fail_errno(err, code, "cannot read the volumes of a pod");
	}
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		if (plugins->count >= PLUGINS_MAX)
			return kf_fail(err, E2BIG, "a pod has more than %d kinds of volumes", PLUGINS_MAX);
		if (kf_list_add(plugins, entry->d_name, strlen(entry->d_name)) < 0)
			return kf_oom(err);
	}
	return 0;
}

/* Opens pod_dir/volumes; the looker keeps it for the next mount. */
static int open_volumes(struct kf_volume_looker *looker, const char *pod_dir, struct kf_error *err)
{
	cleanup_free char *path = NULL;
	cleanup_list struct kf_list plugins = { 0 };
	cleanup_close int fd = -1;

	if (kf_format(&path, "%s/volumes", pod_dir) < 0)
		return kf_oom(err);

	int r = kf_open_trusted_dir(path, &fd, err);

	if (r == 0)
		r = list_plugins(fd, &plugins, err);
	if (r < 0)
		return r;
	looker->volumes_fd = kf_steal_fd(&fd);
	looker->plugins = kf_list_steal(&plugins);
	return 0;
}

/* The volumes of the pod of this mount. A pod whose directory cannot be used has none; it is not tried again. */
static int ensure_volumes(const struct look *look, struct kf_error *err)
{
	struct kf_volume_looker *looker = look->looker;
	cleanup_free char *pod_dir = strndup(look->mount->source, look->path->pod_length);

	if (!pod_dir)
		return kf_oom(err);
	if (looker->pod_dir && strcmp(looker->pod_dir, pod_dir) == 0)
		return 0;
	kf_list_clear(&looker->plugins);
	kf_close_fd(&looker->volumes_fd);
	looker->volumes_fd = -1;
	free(looker->pod_dir);
	looker->pod_dir = kf_steal_string(&pod_dir);
	return overlook(open_volumes(looker, looker->pod_dir, err));
}

/* Does the mount at PLACE come from the directory DIRFD/PATH? 1, 0 or -ENOMEM. */
static int is_in(const struct look *look, const struct kf_mount_place *place, int dirfd, const char *path,
		 bool strictly, struct kf_error *err)
{
	cleanup_mount_place struct kf_mount_place dir = { 0 };
	uint64_t how = dirfd == AT_FDCWD ? KF_LOOKUP_NO_LINKS : KF_LOOKUP_TRUSTED;
	cleanup_close int fd = kf_openat2(dirfd, path, O_PATH | O_DIRECTORY, how);

	if (fd < 0)
		return 0;

	int r = kf_mount_place(&look->looker->places, fd, &dir, err);

	return r < 0 ? overlook(r) : kf_mount_place_within(place, &dir, strictly);
}

/* The plugin whose volume of that name has the mount at PLACE, into *RET: borrowed, or NULL. */
static int find_plugin(const struct look *look, const struct kf_mount_place *place, const char **ret,
		       struct kf_error *err)
{
	const struct kf_volume_looker *looker = look->looker;

	for (size_t i = 0; i < looker->plugins.count; i++) {
		const char *plugin = looker->plugins.items[i];
		cleanup_free char *path = NULL;

		if (kf_format(&path, "%s/%s%s", plugin, look->path->name,
			      strcmp(plugin, KF_KUBELET_CSI) == 0 ? "/mount" : "") < 0)
			return kf_oom(err);

		int r = is_in(look, place, looker->volumes_fd, path, false, err);

		if (r < 0)
			return r;
		if (r > 0) {
			*ret = plugin;
			return 0;
		}
	}
	return 0;
}

static int look_at_host_path(const struct look *look, const struct kf_mount_place *place, struct kf_volume *volume,
			     struct kf_error *err)
{
	const struct kf_list *more = look->rules ? look->rules->provisioner_dirs : NULL;
	const char *dir;
	int r = 0;

	for (size_t i = 0; r == 0 && (dir = kf_provisioner_dir(more, i)); i++)
		r = is_in(look, place, AT_FDCWD, dir, true, err);
	if (r >= 0)
		*volume = kf_volume_tell_host_path(look->mount, r > 0);
	return r < 0 ? r : 0;
}

static int look_at_sub_path(const struct look *look, struct kf_volume *volume, struct kf_error *err)
{
	cleanup_mount_place struct kf_mount_place place = { 0 };
	const char *plugin = NULL;
	int r = ensure_volumes(look, err);

	if (r < 0 || look->looker->volumes_fd < 0)
		return r;
	r = kf_mount_place(&look->looker->places, look->fd, &place, err);
	if (r < 0)
		return overlook(r);
	r = find_plugin(look, &place, &plugin, err);
	if (r == 0 && !plugin)
		r = look_at_host_path(look, &place, volume, err);
	else if (r == 0)
		*volume = kf_volume_tell_plugin(look->mount, plugin, look->path->name);
	if (r == 0 && plugin && strcmp(plugin, KF_KUBELET_CSI) == 0)
		r = look_at_csi(look, volume, err);
	volume->sub_path = true;
	return r;
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static int look_at_node(const struct look *look, struct kf_volume *volume)
{
	struct stat st;

	if (fstat(look->fd, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		*volume = kf_volume_tell_node(look->mount);
	return 0;
}

static int answer(const struct look *look, enum kf_volume_question question, struct kf_volume *volume,
		  struct kf_error *err)
{
	switch (question) {
	case KF_VOLUME_WHICH_CSI:
		return look_at_csi(look, volume, err);
	case KF_VOLUME_WHICH_VOLUME:
		return look_at_sub_path(look, volume, err);
	case KF_VOLUME_IS_NODE:
		return look_at_node(look, volume);
	default:
		return 0;
	}
}

/* The same mount, told again by the real path of its source, which is on FD. */
static int look_at_source(struct kf_volume_looker *looker, int fd, const struct kf_volume_mount *mount,
			  const struct kf_volume_owner *owner, const struct kf_volume_rules *rules,
			  struct kf_volume *ret, struct kf_error *err)
{
	struct kf_volume_mount real_mount = *mount;
	cleanup_free char *real = NULL;
	char path_of_fd[KF_FD_PATH_MAX];
	int r = kf_read_link(kf_fd_path(fd, path_of_fd), &real);

	if (r < 0)
		return overlook(r);
	real_mount.source = real;
	*ret = kf_volume_tell(&real_mount, owner, rules);

	const struct kf_kubelet_path path = ret->kubelet;
	const struct look look = { looker, &real_mount, rules, fd, &path };

	return answer(&look, ret->question, ret, err);
}

int kf_volume_look(struct kf_volume_looker *looker, const struct kf_volume_mount *mount,
		   const struct kf_volume_owner *owner, const struct kf_volume_rules *rules, struct kf_volume *ret,
		   struct kf_error *err)
{
	struct kf_volume volume = kf_volume_tell(mount, owner, rules);
	int r = 0;

	if (mount->bind && mount->source && mount->source[0] == '/') {
		cleanup_close int fd = kf_openat2(AT_FDCWD, mount->source, O_PATH, RESOLVE_NO_MAGICLINKS);

		if (fd != -ENOENT)
			volume = (struct kf_volume){ .what = "bind mount", .note = "its source cannot be looked at" };
		if (fd >= 0)
			r = look_at_source(looker, fd, mount, owner, rules, &volume, err);
	}
	if (r == 0)
		*ret = volume;
	return r;
}
