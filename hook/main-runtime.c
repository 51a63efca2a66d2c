/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubefence-runtime: an OCI runtime that edits config.json where its caller opted in, and what is executed in such a
 * container later, and then becomes the real one.
 * The name it is called by is the runtime class. It says nothing unless it fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "oci/runtime-args.h"
#include "oci/runtime-log.h"
#include "oci/runtime-path.h"
#include "stage/exec.h"
#include "stage/rewrite.h"

/* Names nobody opts in with: as good as the runtime itself, also while the configuration is broken. */
static bool is_neutral(const char *name)
{
	return strcmp(name, "kubefence-runtime") == 0 || strcmp(name, "runc") == 0 || strcmp(name, "crun") == 0;
}

static int fail(const struct kf_runtime_args *args, const struct kf_error *err)
{
	char line[sizeof err->message + 32];
	int length = snprintf(line, sizeof line, "kubefence-runtime: %s\n", err->message);

	/* conmon takes what one read(2) gives it. */
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		errno = 0;
	if (args->log)
		kf_runtime_log_append(args->log, err->message);
	return EXIT_FAILURE;
}

/* Must this call be stopped because it could start a container, or something in one, around us? */
static int check_args(int argc, char *argv[], const struct kf_runtime_args *args, const char *config_path,
		      struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (kf_runtime_args_ambiguous(argc, argv, args))
		return kf_fail(err, EINVAL, "unknown global option %s in front of the command: update kubefence",
			       kf_quote(quoted, args->unknown));
	if (args->spec_file && strcmp(args->spec_file, "config.json") != 0)
		return kf_fail(err, ENOTSUP, "--config is not supported for sandboxed containers: use config.json");
	if (config_path && config_path[0] != '/')
		return kf_fail(err, EINVAL, "KUBEFENCE_CONFIG is not an absolute path");
	return 0;
}

static int exec(int argc, char *argv[], const struct kf_runtime_args *args, const struct kf_rewrite_request *common,
		struct kf_exec_call *call, struct kf_error *err)
{
	const struct kf_exec_request request = {
		.config = common->config,
		.runtime_class = common->runtime_class,
		.argc = argc,
		.argv = argv,
		.first = args->command_word + 1,
		.root = args->root,
		.start_usec = common->start_usec,
	};

	return kf_stage_exec(&request, call, err);
}

/* What has to happen before the runtime takes our place; CALL says with which command line if not with ours. */
static int prepare(int argc, char *argv[], const struct kf_runtime_args *args, struct kf_rewrite_request *request,
		   struct kf_exec_call *call, struct kf_error *err)
{
	bool starts = kf_runtime_args_starts(args) && args->id, executes = kf_runtime_args_executes(args);
	bool in_question = request->config ? kf_config_has_class(request->config, request->runtime_class)
					   : !is_neutral(request->runtime_class);
	int r;

	if (!in_question || args->help || (!starts && !executes && !args->unknown))
		return 0;
	r = check_args(argc, argv, args, request->config_path, err);
	if (r < 0)
		return r;
	if (executes)
		return exec(argc, argv, args, request, call, err);
	if (!starts)
		return 0;
	request->id = args->id;
	return kf_stage_rewrite(request, args->bundle && args->bundle[0] ? args->bundle : ".", err);
}

/* The runtime that the class names, if it does: a broken configuration must not keep anybody from stopping a pod. */
static int find_runtime(const struct kf_rewrite_request *request, char **ret_path, struct kf_error *err)
{
	cleanup_config struct kf_config *salvaged = request->config ? NULL : kf_config_salvage(request->config_path);
	const struct kf_config *config = request->config ? request->config : salvaged;
	bool ours = config && (salvaged || kf_config_has_class(config, request->runtime_class));

	return kf_runtime_path(ours ? kf_config_class(config, request->runtime_class).runtime : NULL, ret_path, err);
}

int main(int argc, char *argv[])
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_free char *runtime = NULL;
	cleanup_exec_call struct kf_exec_call call = KF_EXEC_CALL_NONE;
	struct kf_runtime_args args = { 0 };
	struct kf_error config_err = { 0 }, err = { 0 };
	struct kf_rewrite_request request = {
		.runtime_class = argc > 0 ? basename(argv[0]) : "kubefence-runtime",
		.config_path = secure_getenv("KUBEFENCE_CONFIG"),
		.start_usec = kf_clock_usec(),
	};

	kf_runtime_args_parse(argc, argv, &args);
	if (kf_config_load(request.config_path, &config, &config_err) == 0)
		request.config = config;
	/* Before the rewrite: a failure must leave config.json as it was. */
	if (find_runtime(&request, &runtime, &err) < 0)
		return fail(&args, &err);
	if (prepare(argc, argv, &args, &request, &call, &config_err) < 0)
		return fail(&args, &config_err);
	(void)execv(runtime, call.argv.count ? call.argv.items : argv);
	(void)kf_fail_errno(&err, errno, "cannot run %s", runtime);
	return fail(&args, &err);
}
