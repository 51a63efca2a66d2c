/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_ENGINE_PATH_H
#define KF_POLICY_ENGINE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* The directories that an engine makes for one container, and for one pod's pause container. */
enum kf_engine_form {
	KF_ENGINE_NONE,
	KF_ENGINE_FOREIGN,      /* the directory of another container, or of one whose id is not known */
	KF_ENGINE_FILE,         /* hostname, hosts, resolv.conf, shm, .containerenv and the like */
	KF_ENGINE_SECRET,       /* a secret of Podman, CRI-O or Docker */
	KF_ENGINE_VOLUME,       /* made for a VOLUME of the image */
	KF_ENGINE_IMAGE_VOLUME, /* an image, mounted to be read */
};

/* The ids that prove that a directory is this container's. */
struct kf_engine_ids {
	bool any;              /* no pod: the user's own containers may share what they have, any id is proof */
	const char *container; /* NULL: not known */
	const char *pause;     /* of the pod's pause container; NULL: not known */
};

/*
 * Tells which form PATH has: absolute, without ".", ".." and "//", without a slash at the end. Only text is compared.
 *
 *   .../io.containerd.X/sandboxes/ID/FILE               containerd (internal/cri/server/helpers.go), also k3s's
 *   .../io.containerd.X/containers/ID/volumes/DIR
 *   .../io.containerd.X/image-volumes/ID/IMAGE
 *   .../DRIVER-containers/ID/userdata/FILE              CRI-O and Podman (containers/storage)
 *   .../DRIVER-containers/ID/userdata/mounts/DIR        CRI-O with image_volumes = bind
 *   .../containers/ID/FILE                              Docker
 *   .../overlay/ID/merged                               containers/storage: a mounted image, if READ_ONLY
 */
enum kf_engine_form kf_engine_path_parse(const char *path, const struct kf_engine_ids *ids, bool read_only);

/*
 * The word for people if PATH is the data of a named volume of Podman or Docker (.../volumes/NAME/_data), or below it;
 * else NULL. Static.
 */
const char *kf_engine_volume_word(const char *path);

/* The word for people for a file of KF_ENGINE_FILE. Static. */
const char *kf_engine_file_word(const char *path);

#endif
