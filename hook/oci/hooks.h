/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_HOOKS_H
#define KF_OCI_HOOKS_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/* The call of our hook by a runtime. */
struct kf_hook_call {
	const char *path;        /* absolute path of kubefence-hook */
	const char *config;      /* for --config; NULL: the default files */
	const char *handler;     /* for --runtime-class */
	const char *bundle;      /* for --bundle: absolute; NULL: the runtime tells it correctly */
	const char *runtime_dir; /* XDG_RUNTIME_DIR for its environment; NULL: none */
	const char *vm_id; /* for --container-id: Kata's shim asks for the container of this id; NULL: it does not */
};

/*
 * Refuses (-EPERM) startContainer hooks: they are programs of the image, and the runtime executes them in the container
 * before the container's process, and so outside of the sandbox. -EINVAL for a stage that is not an array.
 */
int kf_hooks_check(struct json_object *spec, struct kf_error *err);

/*
 * Adds our createRuntime and poststop entries to the spec's hooks (runtime-spec config.md, "POSIX-platform Hooks")
 * where the engine has not put them there itself: the same program, by its whole path, with the same command. All other
 * hooks stay. *RET_CHANGED is set to true if an entry was added and left alone otherwise. Our entries, and the engine's
 * for the same program, say --bundle if CALL does.
 *
 * Under Kata it is only poststop, but always: the shim has done the work of createRuntime, and Kata runs that hook late
 * (its Go runtime, when the container is already there) or never (runtime-rs); and the Go runtime calls poststop with
 * the id of the pod's pause container, so that an entry of the engine's cannot know which container is meant.
 */
int kf_hooks_add(struct json_object *spec, const struct kf_hook_call *call, bool *ret_changed, struct kf_error *err);

#endif
