/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_VOLUME_H
#define KF_NODE_VOLUME_H

#include "base/cleanup.h"
#include "base/list.h"
#include "node/mount-place.h"
#include "policy/volume.h"

struct kf_error;

/* The parts of the node that were read for the mounts of one container. KF_VOLUME_LOOKER_NONE is the start. */
struct kf_volume_looker {
	struct kf_mount_places places;
	char *pod_dir;          /* ROOT/pods/UID, whose volumes these are; NULL: none yet */
	int volumes_fd;         /* the directory pod_dir/volumes; negative: it cannot be used */
	struct kf_list plugins; /* the directories in it */
};

#define KF_VOLUME_LOOKER_NONE ((struct kf_volume_looker){ .volumes_fd = -1 })

/*
 * As kf_volume_tell() (policy/volume.h), with the answers of the node to its questions:
 *  - symlinks: the source counts as the path that it really has;
 *  - a CSI volume: driverName and volumeLifecycleMode of vol_data.json, which the kubelet writes beside the volume
 *    (Kubernetes: pkg/volume/csi/csi_util.go). At most 64 KiB of strict JSON in a file of root's;
 *  - a subPath: the volume of that name in which its directory really lies (node/mount-place.h), else a hostPath;
 *  - a mount from the host's /dev: whether it is a device node.
 * A source that does not exist is told by its text. A question without an answer makes the mount secret. The
 * directories of the kubelet have to be root's alone. 0 or -ENOMEM.
 */
int kf_volume_look(struct kf_volume_looker *looker, const struct kf_volume_mount *mount,
		   const struct kf_volume_owner *owner, const struct kf_volume_rules *rules, struct kf_volume *ret,
		   struct kf_error *err);

void kf_volume_looker_done(struct kf_volume_looker *looker);

#define cleanup_volume_looker KF_CLEANUP(kf_volume_looker_done)

#endif
