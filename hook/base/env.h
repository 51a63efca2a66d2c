/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_ENV_H
#define KF_BASE_ENV_H

#include <json-c/json.h>
#include <stddef.h>

/* The value in the assignment VARIABLE ("NAME=VALUE") if it is one to NAME, else NULL. Borrowed from VARIABLE. */
const char *kf_env_value(const char *variable, const char *name);

/*
 * Walks over the assignments to NAME in the "env" of PROCESS (runtime-spec config.md, "Process"; NULL: no process). *AT
 * is the index to look from, 0 at first, and becomes the index after the assignment that was found. Returns its value,
 * borrowed from PROCESS, or NULL after the last one. A name may be assigned twice, and runtimes differ in which
 * value a program sees: a caller that looks for a dangerous value has to look at all of them.
 */
const char *kf_env_next(struct json_object *process, const char *name, size_t *at);

#endif
