/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SECCOMP_CHECK_H
#define KF_OCI_SECCOMP_CHECK_H

#include <json-c/json.h>

struct kf_error;

/*
 * Refuses (-EPERM, KF_REASON_SECCOMP_REFUSED) linux.seccomp of SPEC (runtime-spec config-linux.md, "Seccomp") if a
 * rule, or the default action, makes a call that nono and the last step need seem to succeed without being executed
 * (SCMP_ACT_ERRNO with an error of 0), or hands it to a tracer or a listener (SCMP_ACT_TRACE, SCMP_ACT_NOTIFY), which
 * can do the same (seccomp_unotify(2)). The error names the call and the action. Filters that deny or kill are fine:
 * the container does not start then. -EINVAL for an error that is not a number.
 */
int kf_seccomp_check(struct json_object *spec, struct kf_error *err);

#endif
