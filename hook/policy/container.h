/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONTAINER_H
#define KF_POLICY_CONTAINER_H

/* The names of a container, from the engine's annotations and the runtime's state. All borrowed, all may be NULL. */
struct kf_container {
	const char *id;
	const char *bundle;
	const char *pod;
	const char *namespace;
	const char *pod_uid;
	const char *name;
};

#endif
