/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_PROCESS_H
#define KF_OCI_PROCESS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/nono.h"

struct kf_error;

/*
 * Wraps a process (runtime-spec config.md, "Process") in nono, so that it runs under PROFILE (a valid name):
 *   args: /nono/nono -s wrap --profile /nono/profiles/PROFILE.json -- and then the original, byte for byte;
 *   env:  every NONO_* and TOOL_SANDBOX_* dropped, NONO_PROFILE=PROFILE set, /nono in front of every PATH.
 * What is already exactly so stays, so wrapping twice changes nothing: *RET_CHANGED says whether anything did. A
 * container whose own args happen to start with exactly our prefix is as confined as one that we wrapped.
 * -EINVAL for args that are missing, empty, or no strings, and for a malformed env.
 */
int kf_process_wrap(struct json_object *process, const char *profile, bool *ret_changed, struct kf_error *err);

#endif
