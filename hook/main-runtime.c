/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubefence-runtime: an OCI runtime that edits config.json where its caller opted in, wraps further processes of such a
 * container (exec), and then becomes the real runtime. The name it is called by is the handler of a RuntimeClass. It
 * prints nothing unless it fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "runtime/log.h"
#include "stage/runtime-call.h"

static int fail(const struct kf_runtime_args *args, const struct kf_error *err)
{
	char line[sizeof err->message + 32];
	int length = snprintf(line, sizeof line, "kubefence-runtime: %s\n", err->message);

	/* conmon takes the message of one read(2). */
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		errno = 0;
	if (args->log)
		kf_runtime_log_append(args->log, err->message);
	return EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_exec_line struct kf_exec_line line = KF_EXEC_LINE_NONE;
	cleanup_free char *runtime = NULL;
	struct kf_runtime_args args = { 0 };
	struct kf_error config_flaw, err;
	struct kf_call call = {
		.handler = argc > 0 ? basename(argv[0]) : "",
		.config_path = secure_getenv("KUBEFENCE_CONFIG"),
		.start_usec = kf_clock_usec(),
		.config_flaw = &config_flaw,
	};

	kf_runtime_args_parse(argc, argv, &args);
	(void)kf_config_load(call.config_path, &config, &config_flaw);
	call.config = config;
	/* The runtime first: a failure must leave config.json as it was. */
	if (kf_runtime_call_find_runtime(&call, &runtime, &err) < 0 ||
	    kf_runtime_call_prepare(&call, &args, &line, &err) < 0)
		return fail(&args, &err);
	(void)execv(runtime, line.argv.count ? line.argv.items : argv);
	(void)kf_fail_errno(&err, errno, "cannot run %s", runtime);
	return fail(&args, &err);
}
