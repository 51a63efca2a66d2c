/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SECCOMP_H
#define KF_OCI_SECCOMP_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;
struct kf_list;

/* The machine that a profile is resolved for. */
struct kf_seccomp_host {
	const char *arch;          /* as Go calls it (includes.arches): "amd64", "arm64", ... */
	const char *architecture;  /* as libseccomp calls it: "SCMP_ARCH_X86_64", ...; both NULL: not known to us */
	unsigned int kernel_major; /* uname(2) */
	unsigned int kernel_minor;
};

/* This machine. Returns its argument. */
struct kf_seccomp_host *kf_seccomp_this_host(struct kf_seccomp_host *host);

/*
 * Takes those subArchitectures out of the archMap of PROFILE (from kf_seccomp_profile_parse()) that are not in WORDS:
 * x86, x32, arm, s390, the names after SCMP_ARCH_ in small letters. A profile with architectures instead of an archMap
 * stays as it is: it names them.
 */
void kf_seccomp_limit_architectures(struct json_object *profile, const struct kf_list *words);

/*
 * Turns PROFILE (from kf_seccomp_profile_parse()) into linux.seccomp of the OCI runtime specification for a container
 * with these CAPS (process.capabilities.bounding; NULL: none), as engines do with their defaults: an entry counts when
 * the container has all capabilities of its includes and none of its excludes, and likewise for architectures; archMap
 * becomes the architectures of HOST. An entry whose includes name an architecture of the filter beside the host's
 * counts too: its calls have no number on the others. The members are in the form in which Go writes them, which is how
 * Podman gives config.json to the runtime. *RET is the caller's to put. 0 or -ENOMEM.
 */
int kf_seccomp_resolve(struct json_object *profile, const struct kf_seccomp_host *host, struct json_object *caps,
		       struct json_object **ret, struct kf_error *err);

/*
 * Replaces linux.seccomp of SPEC by PROFILE, resolved for this machine and the capabilities of SPEC. All of the pod's
 * own filter goes, a listener for SCMP_ACT_NOTIFY included. *RET_CHANGED is set to true if it was another one and left
 * alone otherwise. -EINVAL or -ENOMEM.
 */
int kf_seccomp_apply(struct json_object *spec, struct json_object *profile, bool *ret_changed, struct kf_error *err);

#endif
