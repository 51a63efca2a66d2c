/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_HOOK_STAGE_H
#define KF_STAGE_HOOK_STAGE_H

#include "oci/state.h"
#include "policy/names.h"
#include "stage/call.h"

/* The command line of the hook. */
struct kf_hook_options {
	const char *config;       /* --config; NULL: the default files */
	const char *handler;      /* --runtime-class; NULL: only annotations name the handler */
	const char *container_id; /* --container-id: of poststop, in place of the state's; NULL: the state says it */
	const char *bundle;       /* --bundle; NULL: the state says it */
	uint64_t start_usec;      /* CLOCK_MONOTONIC when the process started its work */
};

/* The call of these OPTIONS, for the journal's STAGE. */
static inline struct kf_call kf_call_of_hook(const struct kf_hook_options *options, const char *stage)
{
	return (struct kf_call){
		.stage = stage,
		.config_path = options->config,
		.handler = options->handler,
		.start_usec = options->start_usec,
	};
}

/*
 * The bundle of STATE: the one it names, or that of OPTIONS where crun has lost it (kf_bundle_is_lost()). The option
 * comes from config.json's hooks, which only the engine and our rewrite write. May be NULL.
 */
static inline const char *kf_hook_bundle(const struct kf_hook_options *options, const struct kf_state *state)
{
	bool lost = state->bundle && kf_bundle_is_lost(state->bundle);

	return lost && options->bundle && options->bundle[0] == '/' ? options->bundle : state->bundle;
}

/*
 * The createRuntime (or prestart) hook: reads the container's state from STATE_FD, decides, and for a container that
 * opted in verifies, mounts and records; then logs. 0 for a container that is sandboxed or did not opt in. A
 * negative errno for a denial, whose reason is in ERR.
 */
int kf_stage_create_runtime(int state_fd, const struct kf_hook_options *options, struct kf_error *err);

/*
 * Podman's precreate hook: reads a config.json from IN_FD to its end and then writes to OUT_FD: the very bytes that
 * were read for a container that did not opt in, else the edited document. Its handler is --runtime-class or the
 * annotation; its id is not known yet. Returns as kf_stage_create_runtime().
 */
int kf_stage_precreate(int in_fd, int out_fd, const struct kf_hook_options *options, struct kf_error *err);

/*
 * The poststop hook: removes the container's record, if it has one, and logs that. A broken configuration still says
 * where records are, as far as it can be read. It fails only for a container that opted in, and for a state that cannot
 * be read. Returns as kf_stage_create_runtime().
 */
int kf_stage_poststop(int state_fd, const struct kf_hook_options *options, struct kf_error *err);

#endif
