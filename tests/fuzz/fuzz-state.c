/* SPDX-License-Identifier: Apache-2.0 */
/* A container's state as a hook reads it, the decision about it, and the facts in a bundle's annotations. */
#include "fuzz.h"
#include "oci/annotations.h"
#include "oci/state.h"
#include "policy/config-keys.h"
#include "policy/names.h"

static const struct kf_config *configuration(void)
{
	static struct kf_config *config;
	struct kf_error err;

	if (config)
		return config;
	config = calloc(1, sizeof *config);
	must(config && kf_config_set(config, "kubefence", "runtime_classes", "nono-runc other", false, &err) == 0 &&
		     kf_config_set(config, "kubefence", "default_profile", "default", false, &err) == 0 &&
		     kf_config_complete(config, &err) == 0,
	     "a configuration");
	return config;
}

/* With the node's class imposed, nothing in a state lifts it but the engine's own word for a pause container. */
static void decide(const struct kf_state *state, const char *imposed)
{
	struct kf_request request = { .handler = imposed };
	const struct kf_error no_flaw = { 0 };
	struct kf_error err = { 0 };

	kf_annotations_request(state->annotations, state->id, &request);

	struct kf_decision decision = kf_decide(configuration(), &no_flaw, &request, &err);

	if (imposed && request.pause != KF_PAUSE_YES)
		must(decision.verdict == KF_INJECT, "an imposed class sandboxes");
	if (decision.verdict == KF_INJECT)
		must(kf_profile_name_valid(decision.profile), "profiles have valid names");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memory_file(data, size);
	cleanup_state struct kf_state state = { 0 };
	struct kf_error err = { 0 };
	int r = kf_state_read(fd, &state, &err);

	must_tell(r, &err);
	if (r < 0)
		return 0;
	decide(&state, NULL);
	decide(&state, "nono-runc");
	r = kf_state_check(&state, &err);
	must_tell(r, &err);
	if (r == 0)
		must(kf_container_id_valid(state.id) && state.bundle[0] == '/' && state.pid > 1, "a checked state");
	return 0;
}
