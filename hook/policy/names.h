/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_NAMES_H
#define KF_POLICY_NAMES_H

#include <stdbool.h>

/* The longest name of a profile, without the closing NUL. */
enum { KF_PROFILE_NAME_MAX = 64 };

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
 * May this be a runtime class: letters, digits, '-', '.' and '_', starting with a letter or digit, at most 63
 * characters. Kubernetes is stricter (a DNS label); engines are not.
 */
bool kf_class_name_valid(const char *name);

/*
 * May this be a container's id, and so the name of its record's directory: letters, digits and "_+-." as runc takes
 * them, not "." or "..", at most 255 bytes.
 */
bool kf_container_id_valid(const char *id);

/*
 * May this be the file name of a containerd shim: containerd-shim-NAME-v2, NAME of letters, digits, '-' and '+'. It is
 * what containerd makes of a runtime type and CRI-O demands of a runtime_path (runtime_type = "vm").
 */
bool kf_shim_name_valid(const char *name);

#endif
