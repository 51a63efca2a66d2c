/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_VOLUME_H
#define KF_POLICY_VOLUME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "policy/engine-path.h"
#include "policy/kubelet-path.h"

struct kf_list;

/* The meaning of a mount or a device for the policy. Zero is for mounts that cannot be told apart. */
enum kf_volume_kind {
	KF_VOLUME_SECRET,  /* hidden, unless the pod says otherwise */
	KF_VOLUME_WRITTEN, /* a volume, to be read and written */
	KF_VOLUME_CONFIG,  /* to be read: a ConfigMap, a volume that is mounted read-only */
	KF_VOLUME_DEVICE,
	KF_VOLUME_ENGINE,  /* the engine's or the kubelet's own: hosts, resolv.conf, shm, the termination log */
	KF_VOLUME_RUNTIME, /* a file system that the runtime makes: proc, sysfs, tmpfs */
};

/* One entry of the spec's mounts (runtime-spec config.md, "Mounts"). All borrowed. */
struct kf_volume_mount {
	const char *destination; /* as kf_path_normalize() writes it */
	const char *source;      /* of a bind mount: the same, on the host; NULL: another kind of mount */
	const char *type;        /* NULL: the mount has no type */
	bool bind;
	bool read_only;
};

/* The container of these mounts, in words that a pod cannot write. All borrowed. */
struct kf_volume_owner {
	bool pod;            /* a container of a Kubernetes pod */
	const char *pod_uid; /* NULL: not known */
	const char *id;      /* the container's; NULL: not known */
	const char *pause;   /* the id of the pod's pause container; NULL: not known */
	bool host_ipc;       /* it has no ipc namespace of its own or of its pod's */
};

/* The words of the configuration. Borrowed; members may be NULL. */
struct kf_volume_rules {
	const struct kf_list *provisioner_dirs;
	const struct kf_list *harmless_csi_drivers;
};

/* Questions that only the node can answer (node/volume.h). */
enum kf_volume_question {
	KF_VOLUME_NO_QUESTION,
	KF_VOLUME_WHICH_CSI,    /* which driver is it, and is the volume inline? */
	KF_VOLUME_WHICH_VOLUME, /* which volume, or which directory of the host, is this a subPath of? */
	KF_VOLUME_IS_NODE,      /* is the source a device node? */
};

/* Room for the name of a CSI driver, a FlexVolume's driver or a plugin. */
enum { KF_VOLUME_DETAIL_MAX = 64 };

struct kf_volume {
	enum kf_volume_kind kind;
	const char *what;                  /* the word for people; static */
	const char *note;                  /* why it is of that kind, where the word does not say it; static, or NULL */
	bool sub_path;                     /* it is only a part of that volume */
	bool read_only;                    /* a volume that would be written if it was not mounted read-only */
	char detail[KF_VOLUME_DETAIL_MAX]; /* "" without one. Text of the node's root, not of a pod */
	enum kf_volume_question question;  /* the other members are the answer for a node that cannot tell */
	struct kf_kubelet_path kubelet;    /* of a mount from the kubelet's directory of the pod */
};

/* A mount or a device of a container. */
struct kf_volume_entry {
	char *destination; /* as kf_path_normalize() writes it; a pod's text */
	bool directory;    /* its source is one, or cannot be looked at */
	bool read_only;    /* so says its entry */
	struct kf_volume volume;
};

/* All entries of mounts, in their order, then all of linux.devices. Zeroed means empty. */
struct kf_volumes {
	struct kf_volume_entry *items;
	size_t count;
};

void kf_volumes_done(struct kf_volumes *volumes);

#define cleanup_volumes KF_CLEANUP(kf_volumes_done)

/* The word for KIND: secret, volume, config, device, engine, runtime. Static. */
const char *kf_volume_kind_name(enum kf_volume_kind kind);

/*
 * Tells the kind of MOUNT by the text of its paths and by the pod's UID and the ids in them, which the author of a pod
 * cannot know beforehand. Pure; a remaining question is in the result. A mount that cannot be told apart is
 * secret, and so is every mount at the known places of secrets (/run/secrets, /var/run/secrets, /run/credentials,
 * /vault/secrets).
 */
struct kf_volume kf_volume_tell(const struct kf_volume_mount *mount, const struct kf_volume_owner *owner,
				const struct kf_volume_rules *rules);

/* The answer to KF_VOLUME_WHICH_CSI. MODE is volumeLifecycleMode in vol_data.json; both may be NULL. */
struct kf_volume kf_volume_tell_csi(const struct kf_volume_mount *mount, const char *driver, const char *mode,
				    const struct kf_volume_rules *rules);

/*
 * The answer to KF_VOLUME_WHICH_VOLUME for a volume of PLUGIN, a directory's name; for kubernetes.io~csi it is the one
 * for a volume without a readable vol_data.json.
 */
struct kf_volume kf_volume_tell_plugin(const struct kf_volume_mount *mount, const char *plugin, const char *name);

/* The answer to KF_VOLUME_WHICH_VOLUME for a directory of the host, PROVISIONED if a provisioner made it. */
struct kf_volume kf_volume_tell_host_path(const struct kf_volume_mount *mount, bool provisioned);

/* The answer to KF_VOLUME_IS_NODE. */
struct kf_volume kf_volume_tell_node(const struct kf_volume_mount *mount);

/* A device of linux.devices (runtime-spec config-linux.md, "Devices"). */
struct kf_volume kf_volume_tell_device(void);

/* Room for kf_volume_describe(). */
enum { KF_VOLUME_TEXT_MAX = 256 };

/* Writes VOLUME in words: "subPath of emptyDir, read-only". Returns BUF. */
const char *kf_volume_describe(const struct kf_volume *volume, char buf[static KF_VOLUME_TEXT_MAX]);

#endif
