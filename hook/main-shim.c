/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containerd-shim-nono-kata-v2: a containerd shim that edits config.json when it is told to start a container, and then
 * becomes Kata's shim. It prints nothing unless it fails: engines take its output for the shim's address.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "stage/shim.h"

#define PROGRAM "containerd-shim-nono-kata-v2"

static int fail(const struct kf_error *err)
{
	(void)dprintf(STDERR_FILENO, PROGRAM ": %s\n", err->message);
	return EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	cleanup_config struct kf_config *config = NULL, *salvaged = NULL;
	cleanup_free char *own_handler = NULL, *shim = NULL;
	struct kf_shim_args args;
	struct kf_error config_flaw, err;
	struct kf_call call = {
		.config_path = secure_getenv("KUBEFENCE_CONFIG"),
		.start_usec = kf_clock_usec(),
		.config_flaw = &config_flaw,
	};

	kf_shim_args_parse(argc, argv, &args);
	if (kf_config_load(call.config_path, &config, &config_flaw) < 0)
		salvaged = kf_config_salvage(call.config_path);
	call.config = config;

	const struct kf_config *known = config ? config : salvaged;

	/* The real shim first: a failure must leave config.json as it was. */
	if (kf_shim_call_identify(argc > 0 ? basename(argv[0]) : PROGRAM, known, &args, &call, &own_handler, &err) <
		    0 ||
	    kf_shim_call_find_shim(&call, known, &shim, &err) < 0 ||
	    kf_shim_call_prepare(argc, argv, &args, &call, known, &err) < 0)
		return fail(&err);
	(void)execv(shim, argv);
	(void)kf_fail_errno(&err, errno, "cannot run %s", shim);
	return fail(&err);
}
