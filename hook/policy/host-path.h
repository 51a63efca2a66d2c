/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_HOST_PATH_H
#define KF_POLICY_HOST_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct kf_list;

/*
 * Directories and files of the node that are known by their paths. All paths are absolute, without ".", ".." and
 * "//", without a slash at the end; only text is compared.
 */

/*
 * The INDEXth directory in which a provisioner makes hostPath PersistentVolumes: those of kind, k3s, RKE2, minikube,
 * MicroK8s and OpenEBS, then those of MORE (may be NULL). NULL after the last one. Static, or borrowed from MORE.
 */
const char *kf_provisioner_dir(const struct kf_list *more, size_t index);

/* Is PATH below (not at) such a directory? */
bool kf_host_path_is_provisioned(const char *path, const struct kf_list *more);

/* Is it the socket of a container engine, of the kubelet, or of an agent that has keys? */
bool kf_host_path_is_socket(const char *path);

/* Does it hold credentials: a known place in a home, a known place of the system, or a directory above one? */
bool kf_host_path_has_credentials(const char *path);

/*
 * Is it below the directories of the distribution's programs and libraries (/usr, /lib, also below /run/nvidia/driver)?
 * CDI mounts a driver's libraries from there, and config.json does not tell these from a hostPath volume.
 */
bool kf_host_path_is_system(const char *path);

#endif
