/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_HOOK_FILE_H
#define KF_CLI_HOOK_FILE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct kf_error;

/* The largest JSON file of a hook that we look at. */
#define KF_HOOK_FILE_MAX ((size_t)1024 * 1024)

/*
 * Parses a hook's JSON as CRI-O and Podman read it (oci-hooks(5), version 1.0.0): an object with a version, an absolute
 * hook.path and stages. Messages call it NAME. *RET is the caller's to put. -EINVAL for a file that those engines
 * refuse; an engine that reads such a file does not start.
 */
int kf_hook_file_parse(const char *text, size_t length, const char *name, struct json_object **ret,
		       struct kf_error *err);

/* The program that FILE, which kf_hook_file_parse() made, runs. Borrowed from FILE. */
const char *kf_hook_file_program(struct json_object *file);

/* Does the file run kubefence-hook? */
bool kf_hook_file_is_ours(struct json_object *file);

/* Does the file name this stage, for instance "createRuntime"? */
bool kf_hook_file_has_stage(struct json_object *file, const char *stage);

/* Does the hook run for every container (when.always)? */
bool kf_hook_file_is_for_all(struct json_object *file);

#endif
