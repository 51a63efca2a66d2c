/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_SECCOMP_H
#define KF_STAGE_SECCOMP_H

#include <json-c/json.h>

#include "policy/config.h"

struct kf_error;

/*
 * Reads the seccomp profile of CLASS: one of ours, from KF_DATADIR/seccomp, or the file that seccomp_profile names, and
 * limits it to the node's architecture and those of seccomp_architectures; only root may be able to change the file and
 * its directories. *RET is the caller's to put, and NULL when the class
 * leaves the pod's own filter alone. A negative errno: do not start a container of this class.
 */
int kf_stage_seccomp(const struct kf_class_settings *class, struct json_object **ret, struct kf_error *err);

#endif
