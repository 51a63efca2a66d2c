/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_NAMES_H
#define KF_POLICY_NAMES_H

#include <stdbool.h>

#include "base/nono.h"

struct kf_error;

/*
 * May this be a profile's name: ^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$, the rule users of nono.sh/profile know. Such a
 * name is also safe as one component of a path.
 */
bool kf_profile_name_valid(const char *name);

/*
 * May nono be given this profile name (a valid one) to look up by itself? It takes no '_' and no '-' at the end.
 */
bool kf_profile_name_nono_takes(const char *name);

/*
 * Is this one of the profiles nono brings along that need `nono run`: python-dev and its like? Their network filter
 * is a proxy that `nono wrap` does not start; nono 0.66 to 0.80 then run the program with the network open.
 */
bool kf_profile_name_needs_run(const char *name);

/*
 * May this be a handler, the name in RuntimeClass.handler: letters, digits, '-', '.' and '_', starting with a letter or
 * digit, at most 63 characters. Kubernetes is stricter (a DNS label); engines are not.
 */
bool kf_handler_valid(const char *name);

/*
 * May this be a container's id, and so the name of its record's directory: letters, digits and "_+-." as runc takes
 * them, not "." or "..", at most 255 bytes.
 */
bool kf_container_id_valid(const char *id);

/* Checks a container's id with kf_container_id_valid(). 0, or -EINVAL with the message that all stages share. */
int kf_container_id_check(const char *id, struct kf_error *err);

/*
 * Is BUNDLE "/"? crun before 1.27 tells hooks so, and keeps it in its state, for a container with devices and a user
 * namespace of its own, wherever the bundle is (crun#2025). No engine has a bundle there.
 */
bool kf_bundle_is_lost(const char *bundle);

/* The name of the program that runtimes call as a hook. */
#define KF_HOOK_PROGRAM "kubefence-hook"

/* Is this absolute path (NULL: no path) that of a kubefence-hook, wherever it is installed? */
bool kf_is_hook_program(const char *path);

/*
 * May this be the file name of a containerd shim: containerd-shim-NAME-v2, NAME of letters, digits, '-' and '+'.
 * containerd makes this name of a runtime type, and CRI-O demands it of a runtime_path (runtime_type = "vm").
 */
bool kf_shim_name_valid(const char *name);

/*
 * The name of a CSI driver (Kubernetes: the CSI specification, GetPluginInfo): starts with a letter or digit; letters,
 * digits, '-' and '.'; at most 63 characters.
 */
bool kf_csi_driver_name_valid(const char *name);

#endif
