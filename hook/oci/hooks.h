/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_HOOKS_H
#define KF_OCI_HOOKS_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/* How a runtime shall call our hook. */
struct kf_hook_call {
	const char *path;          /* absolute path of kubefence-hook */
	const char *config;        /* for --config; NULL: the default files */
	const char *runtime_class; /* for --runtime-class */
	const char *runtime_dir;   /* XDG_RUNTIME_DIR for its environment; NULL: none */
	const char *kata_id; /* for --container-id: Kata's shim asks for the container of this id; NULL: it does not */
};

/*
 * Adds our createRuntime and poststop entries to the spec's hooks (runtime-spec config.md, "POSIX-platform Hooks")
 * where the engine has not put kubefence-hook there itself. All other hooks stay. *RET_CHANGED is set to true if
 * anything was added and left alone otherwise.
 *
 * Under Kata it is only poststop, but always: the shim has done what createRuntime would, and Kata runs that late (its
 * Go runtime, when the container is already there) or never (runtime-rs); and the Go runtime calls poststop with the id
 * of the pod's sandbox, so that an entry of the engine's cannot know which container is meant.
 */
int kf_hooks_add(struct json_object *spec, const struct kf_hook_call *call, bool *ret_changed, struct kf_error *err);

#endif
