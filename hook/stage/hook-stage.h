/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_HOOK_STAGE_H
#define KF_STAGE_HOOK_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "stage/outcome.h"

struct kf_error;

/* How the hook was called. */
struct kf_hook_options {
	const char *config;        /* --config; NULL: the default files */
	const char *runtime_class; /* --runtime-class; NULL: only annotations say */
	const char *container_id;  /* --container-id: of poststop, in place of the state's; NULL: the state says it */
	uint64_t start_usec;       /* CLOCK_MONOTONIC when the process started its work */
};

/*
 * The createRuntime (or prestart) hook: reads the container's state from STATE_FD, decides, and for a container that
 * opted in verifies, mounts and records; then logs. Returns how the process has to end: KF_EXIT_OK for a container
 * that is sandboxed or none of our business, else the code of the reason, with the message in ERR. A journal that
 * does not take the entry changes nothing.
 */
enum kf_exit kf_stage_create_runtime(int state_fd, const struct kf_hook_options *options, struct kf_error *err);

/*
 * Podman's precreate hook: a config.json comes in on IN_FD and goes out on OUT_FD, as the same bytes for a container
 * that did not opt in. Its class is --runtime-class or the annotation; its id is not known yet.
 */
enum kf_exit kf_stage_precreate(int in_fd, int out_fd, const struct kf_hook_options *options, struct kf_error *err);

/*
 * The poststop hook: removes the container's record, if there is one, and logs that. A broken configuration still says
 * where records are, as far as it can be read. Only for a container that opted in, and for a state that cannot be read,
 * a failure is one.
 */
enum kf_exit kf_stage_poststop(int state_fd, const struct kf_hook_options *options, struct kf_error *err);

#endif
