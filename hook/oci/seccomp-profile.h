/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SECCOMP_PROFILE_H
#define KF_OCI_SECCOMP_PROFILE_H

#include <json-c/json.h>
#include <stddef.h>

struct kf_error;

/* The largest seccomp profile we take. Docker's and Podman's have 16 KiB. */
#define KF_SECCOMP_MAX ((size_t)256 * 1024)

/*
 * Parses a seccomp profile, LENGTH bytes at TEXT and the NUL after them: linux.seccomp of the OCI runtime
 * specification (config-linux.md, "Seccomp"), or the form of it that Podman and Docker have for their defaults, with
 * archMap, includes and excludes. Strict JSON, no unknown keys, actions or operators, so that a typing error does not
 * become a hole; the runtime judges whether the names in it mean something. NAME is what messages call it.
 * *RET is the caller's to put. -EINVAL, -EFBIG, -E2BIG or -ENOMEM.
 */
int kf_seccomp_profile_parse(const char *text, size_t length, const char *name, struct json_object **ret,
			     struct kf_error *err);

#endif
