/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_CHECK_GROUPS_H
#define KF_CLI_CHECK_GROUPS_H

/*
 * The groups of kubefence check, one file for each. A group prints its rows and does not stop at a failure; a thing
 * that is not on this node, and need not be, has no row. No group changes anything.
 */
#include "base/list.h"
#include "cli/check-report.h"

/* Landlock, and the other security modules. */
void kf_check_kernel(struct kf_check *check);

/* nono, the profiles, their directory. */
void kf_check_nono(struct kf_check *check);

/* Our own hook, and for each class the real runtime and the seccomp profile. */
void kf_check_classes(struct kf_check *check);

/* Is the class's shim on this node, or does the class need none? Every node has a class for Kata, but few have Kata. */
bool kf_check_class_is_here(const struct kf_class_settings *class);

/* One container engine, if it is on this node: is each class's handler ours, and are the hooks in force? */
void kf_check_crio(struct kf_check *check);
void kf_check_containerd(struct kf_check *check);
void kf_check_docker(struct kf_check *check);
void kf_check_podman(struct kf_check *check);

/*
 * The hook JSONs in DIRS, which ENGINE reads in this order (a later file replaces an earlier one of the same name).
 * PRECREATE: the engine knows that stage, as only Podman does.
 */
void kf_check_hooks(struct kf_check *check, const char *engine, const struct kf_list *dirs, bool precreate);

/* The journal, and the records of containers. */
void kf_check_state(struct kf_check *check);

#endif
