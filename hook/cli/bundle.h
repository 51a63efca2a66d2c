/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_BUNDLE_H
#define KF_CLI_BUNDLE_H

#include "base/cleanup.h"
#include "cli/command.h"

struct kf_config;
struct kf_error;

/*
 * A container that this program makes of a bundle, by the wrapper, with its own standard input and output. Zeroed, with
 * DIR and HANDLER set, is the start. All of it is the caller's to clean up: that deletes the container and puts the
 * bundle's config.json back, which the wrapper edits.
 */
struct kf_cli_bundle {
	const char *dir;
	const char *handler; /* of the container: the name under which the wrapper is called */
	char *config_json;   /* as it was */
	size_t config_length;
	bool made; /* the container is there */
	char id[64];
};

/* Makes the container, under PROFILE (NULL: as config.json says). It waits to be started. 0 or -errno. */
int kf_cli_bundle_create(struct kf_cli_bundle *bundle, const char *profile, struct kf_error *err);

int kf_cli_bundle_start(const struct kf_cli_bundle *bundle, struct kf_error *err);

/* Deletes the container, whether it runs or not, and puts config.json back. Can be called again. */
void kf_cli_bundle_delete(struct kf_cli_bundle *bundle);

static inline void kf_cli_bundle_done(struct kf_cli_bundle *bundle)
{
	kf_cli_bundle_delete(bundle);
	free(bundle->config_json);
}

#define cleanup_cli_bundle KF_CLEANUP(kf_cli_bundle_done)

#endif
