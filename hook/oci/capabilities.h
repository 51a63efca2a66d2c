/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_CAPABILITIES_H
#define KF_OCI_CAPABILITIES_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/*
 * The surroundings of a container's capabilities; they are looked at only when one of these could go around Landlock.
 * No capability does in a user namespace of the container's own: another one than ours, or ours, if that does not map
 * the host's root (rootless Podman). It does not count in a virtual machine, whose agent makes none. Device rules are
 * those of runtime-spec config-linux.md, "Allowed Device list"; without a rule for all devices, some runtimes leave the
 * cgroup as open as its parent.
 */
struct kf_capability_ground {
	struct json_object *spec; /* NULL: a running container's, which cannot be read; it was checked at the start */
	bool vm;
};

/*
 * Refuses (-EPERM, KF_REASON_PRIVILEGES_REFUSED) privileges that go around Landlock on this GROUND: all devices, and
 * capabilities(7) in any set of PROCESS (runtime-spec config.md, "Process", capabilities). The error names the
 * capability and the ways out, one of them the section of HANDLER. A capability that is not known here is refused too.
 * -EINVAL for sets that are not lists of names.
 */
int kf_capabilities_check(struct json_object *process, const struct kf_capability_ground *ground, const char *handler,
			  struct kf_error *err);

/* The same for one capability NAME, as exec --cap gives it. */
int kf_capability_check(const char *name, const struct kf_capability_ground *ground, const char *handler,
			struct kf_error *err);

#endif
