/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_KUBELET_PATH_H
#define KF_POLICY_KUBELET_PATH_H

#include <limits.h>
#include <stddef.h>

/*
 * The directories that the kubelet makes for a pod, ROOT/pods/UID (Kubernetes: pkg/kubelet/kubelet_getters.go,
 * pkg/volume/util/subpath). ROOT is not fixed: --root-dir, k0s and MicroK8s have others. The pod's UID is the proof: it
 * is random, and the author of a pod with a hostPath volume does not know it beforehand.
 */
enum kf_kubelet_form {
	KF_KUBELET_NONE,      /* not in a directory of a pod */
	KF_KUBELET_FOREIGN,   /* a volume of another pod, or of a pod whose UID is not known */
	KF_KUBELET_OTHER,     /* in this pod's directory, at an unknown place */
	KF_KUBELET_VOLUME,    /* pods/UID/volumes/PLUGIN/NAME; for CSI with /mount at the end */
	KF_KUBELET_SUB_PATH,  /* pods/UID/volume-subpaths/NAME/CONTAINER/INDEX */
	KF_KUBELET_HOSTS,     /* pods/UID/etc-hosts */
	KF_KUBELET_CONTAINER, /* pods/UID/containers/NAME/ID: the termination log */
};

#define KF_KUBELET_CSI "kubernetes.io~csi"

struct kf_kubelet_path {
	enum kf_kubelet_form form;
	size_t pod_length;         /* so many bytes of the path are ROOT/pods/UID */
	char plugin[NAME_MAX + 1]; /* of KF_KUBELET_VOLUME */
	char name[NAME_MAX + 1];   /* of KF_KUBELET_VOLUME and KF_KUBELET_SUB_PATH */
};

/*
 * Tells which form PATH has: absolute, without ".", ".." and "//", without a slash at the end. UID is the UID of the
 * pod, NULL if it is not known; a UID that cannot be the name of a directory counts as not known. Only text is
 * compared.
 */
struct kf_kubelet_path kf_kubelet_path_parse(const char *path, const char *uid);

#endif
