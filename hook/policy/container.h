/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONTAINER_H
#define KF_POLICY_CONTAINER_H

/* Who a container is, in the words of whoever knows: the engine's annotations, its state. All borrowed, all may be
 * NULL. */
struct kf_container {
	const char *id;
	const char *bundle;
	const char *pod;
	const char *namespace;
	const char *pod_uid;
	const char *name;
};

#endif
