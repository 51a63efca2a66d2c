/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_COMMAND_H
#define KF_OCI_COMMAND_H

#include <json-c/json.h>

#include "nono/compose.h"

struct kf_error;

/*
 * Refuses (-ENOENT) a container whose command certainly does not exist: process.args[0] of SPEC (runtime-spec
 * config.md, "Process"), as the runtime looks for it, by its path or in the directories of PATH. The runtime itself
 * looks for our launcher, and would create the container. A command that can lie below a mount, and one that is wrapped
 * already, is left to the container's start. 0 or -ENOMEM otherwise.
 */
int kf_command_check(struct json_object *spec, const struct kf_facts *facts, struct kf_error *err);

#endif
