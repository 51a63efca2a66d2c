/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONFIG_H
#define KF_POLICY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/list.h"

struct kf_config_trace;
struct kf_error;

/* Zero always means "not set here", so that a class inherits the values it does not set. */
enum kf_delivery {
	KF_DELIVERY_UNSET,
	KF_DELIVERY_HOOK,  /* the createRuntime hook bind-mounts the nono directory */
	KF_DELIVERY_MOUNT, /* the runtime mounts it, from an entry in the spec's mounts */
	KF_DELIVERY_GUEST, /* nothing on this node does: nono is part of the virtual machine's image (vm_rootfs_classes)
			    */
};

enum kf_exec_rule { KF_EXEC_UNSET, KF_EXEC_WRAP, KF_EXEC_DENY, KF_EXEC_ALLOW };

/* The treatment of a container with capabilities that go around Landlock (oci/capabilities.h). */
enum kf_privileged { KF_PRIVILEGED_UNSET, KF_PRIVILEGED_DENY, KF_PRIVILEGED_ALLOW };

enum kf_invalid_profile {
	KF_INVALID_PROFILE_UNSET,
	KF_INVALID_PROFILE_DEFAULT, /* use the class's default profile, with a warning */
	KF_INVALID_PROFILE_DENY,    /* refuse the container */
};

enum kf_profile_lookup {
	KF_PROFILE_LOOKUP_UNSET,
	KF_PROFILE_LOOKUP_FILES,           /* a profile is a file in the nono directory, or does not exist */
	KF_PROFILE_LOOKUP_FILES_THEN_NONO, /* nono looks for a name without a file by itself */
};

enum kf_switch { KF_SWITCH_UNSET, KF_SWITCH_NO, KF_SWITCH_YES };

/* The settings of a class; for an unset member the value of [kubefence] is in force. */
struct kf_class_settings {
	char *name;
	char *runtime; /* absolute path of the real OCI runtime or shim; NULL: the first of crun, runc found */
	char *shim;    /* the file name our shim wrapper is called by for this class; NULL: not set */
	char *default_profile;
	bool profiles_restricted;             /* allowed_profiles was set, perhaps to nothing */
	struct kf_list allowed_profiles;      /* beside default_profile */
	char *seccomp_profile;                /* NULL or "": the pod's own filter stays */
	struct kf_list seccomp_architectures; /* x86, x32, arm, s390: beside the node's own */
	enum kf_delivery delivery;
	enum kf_profile_lookup profile_lookup;
	enum kf_exec_rule exec;
	enum kf_switch allow_annotation; /* may a pod have nono.sh/allow? */
	enum kf_privileged privileged;
	bool vm; /* the class has a shim: its containers run in virtual machines (Kata). Filled in by kf_config_class()
		  */
};

struct kf_config {
	struct kf_list runtime_classes;
	char *default_profile;
	char *nono_bin_path;
	char *nono_dir; /* the directory of nono_bin_path: what a container sees at /nono */
	char *seccomp_profile;
	struct kf_list vm_rootfs_classes;
	struct kf_list provisioner_dirs;     /* beside those that are known: absolute paths */
	struct kf_list harmless_csi_drivers; /* whose inline volumes hold no secrets */
	enum kf_delivery delivery;
	enum kf_invalid_profile invalid_profile;
	enum kf_profile_lookup profile_lookup;
	enum kf_switch allow_dynamic_nono;
	char *state_dir;
	struct kf_class_settings *classes;
	size_t class_count;
};

/*
 * Loads the configuration. PATH NULL: the first of /etc/kubefence/kubefence.conf and the vendor's file, with the
 * drop-ins of both kubefence.conf.d directories; the vendor's counts only where the other is known to be missing.
 * Otherwise PATH, with the drop-ins of the directory PATH.d. The rules are those of the UAPI configuration-file
 * specification; every file must belong to root and be writable by root alone. Unknown sections, keys and values are
 * errors that name file and line. *RET is the caller's to free.
 */
int kf_config_load(const char *path, struct kf_config **ret, struct kf_error *err);

/*
 * The same, and TRACE (policy/config-trace.h; the caller's to clean up) becomes the origin of each value; after a
 * failure, as far as the files were read.
 */
int kf_config_load_traced(const char *path, struct kf_config_trace *trace, struct kf_config **ret,
			  struct kf_error *err);

/*
 * The readable part of a configuration that kf_config_load() refuses: trusted files, without their bad lines.
 * Good for stopping and deleting a container which already runs, so for finding its runtime and its record; never for a
 * decision. NULL if nothing can be read. The caller's to free.
 */
struct kf_config *kf_config_salvage(const char *path);

/* Frees CONFIG (may be NULL). */
void kf_config_free(struct kf_config *config);

/* Does the configuration confine the containers of this handler? CONFIG and NAME may be NULL (false). */
bool kf_config_has_class(const struct kf_config *config, const char *name);

/*
 * The settings in force for the handler NAME: its own section over [kubefence]. The strings are borrowed from CONFIG
 * and NAME. A class with a shim never has KF_DELIVERY_HOOK: no hook can mount anything into a virtual machine.
 */
struct kf_class_settings kf_config_class(const struct kf_config *config, const char *name);

/*
 * The handler whose section says shim = NAME, or NULL. Borrowed. Works with the result of kf_config_salvage(), too.
 */
const char *kf_config_handler_of_shim(const struct kf_config *config, const char *name);

/*
 * The directory of records that CONFIG names, which may be only salvaged; or the default one if CONFIG is NULL or names
 * none. A record must also be found, and removed, when the configuration has broken since it was written. *RET is the
 * caller's to free. 0 or -ENOMEM.
 */
int kf_config_state_dir(const struct kf_config *config, char **ret, struct kf_error *err);

static inline void kf_config_freep(struct kf_config **config)
{
	kf_config_free(*config);
}

#define cleanup_config KF_CLEANUP(kf_config_freep)

#endif
