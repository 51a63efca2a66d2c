/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SPELLING_H
#define KF_OCI_SPELLING_H

#include <json-c/json.h>

struct kf_error;

/*
 * Refuses (-EINVAL) a spec in which a key that decides about confinement has another spelling. runc reads config.json
 * with Go's encoding/json, which takes field names without regard to case (and some letters beyond ASCII for ASCII
 * ones), the last one winning: next to "args", "Args" would run. Annotations are data and not looked at.
 */
int kf_spelling_check(struct json_object *spec, struct kf_error *err);

/* The same for a process by itself, as exec --process takes it. */
int kf_spelling_check_process(struct json_object *process, struct kf_error *err);

#endif
