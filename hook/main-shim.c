/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containerd-shim-nono-kata-v2: a containerd shim that edits config.json when it is told to start a container, and
 * then becomes Kata's shim. It says nothing unless it fails: engines take what it prints for the shim's address.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "oci/runtime-path.h"
#include "oci/shim-args.h"
#include "stage/rewrite.h"
#include "stage/shim.h"

#define PROGRAM "containerd-shim-nono-kata-v2"

static int fail(const struct kf_error *err)
{
	(void)dprintf(STDERR_FILENO, PROGRAM ": %s\n", err->message);
	return EXIT_FAILURE;
}

/* "start" is the one call that has to be stopped when something is wrong. */
static int start(int argc, char *argv[], const struct kf_shim_args *args, const struct kf_rewrite_request *request,
		 struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (request->config && !kf_config_has_class(request->config, request->runtime_class))
		return 0;
	if (kf_shim_args_ambiguous(argc, argv, args))
		return kf_fail(err, EINVAL, "unknown option %s in front of the action: update kubefence",
			       kf_quote(quoted, args->unknown));
	if (!kf_shim_args_is(args, "start"))
		return 0;
	if (!args->id || !args->id[0])
		return kf_fail(err, EINVAL, "start without -id: say which container");
	if (request->config_path && request->config_path[0] != '/')
		return kf_fail(err, EINVAL, "KUBEFENCE_CONFIG is not an absolute path");
	return kf_stage_rewrite(request, args->bundle && args->bundle[0] ? args->bundle : ".", err);
}

/*
 * The path of the real shim, the caller's to free; NULL and ERR if the class names none that is there. CONFIG is what
 * there is, perhaps only salvaged; PROBLEM says what is wrong with it.
 */
static char *find_shim(const struct kf_config *config, const char *class, const struct kf_error *problem,
		       struct kf_error *err)
{
	const char *runtime = config ? kf_config_class(config, class).runtime : NULL;
	char *path = NULL;

	if (runtime)
		(void)kf_runtime_path(runtime, &path, err);
	else if (problem->code)
		*err = *problem;
	else
		(void)kf_fail(err, ENOENT, "class %s has no runtime: name Kata's shim in [class %s]", class, class);
	return path;
}

int main(int argc, char *argv[])
{
	cleanup_config struct kf_config *config = NULL, *salvaged = NULL;
	cleanup_free char *own_class = NULL, *shim = NULL;
	struct kf_shim_args args;
	struct kf_error config_err = { 0 }, err = { 0 };
	struct kf_rewrite_request request = {
		.config_path = secure_getenv("KUBEFENCE_CONFIG"),
		.shim = true,
		.start_usec = kf_clock_usec(),
	};
	const char *name = argc > 0 ? basename(argv[0]) : PROGRAM;

	kf_shim_args_parse(argc, argv, &args);
	request.id = args.id;
	if (kf_config_load(request.config_path, &config, &config_err) == 0)
		request.config = config;
	else
		salvaged = kf_config_salvage(request.config_path);

	const struct kf_config *known = config ? config : salvaged;

	own_class = kf_shim_class_name(name);
	if (!own_class) {
		(void)kf_oom(&err);
		return fail(&err);
	}
	request.runtime_class = kf_config_class_of_shim(known, name);
	if (!request.runtime_class)
		request.runtime_class = own_class;
	/* Before the rewrite: a failure must leave config.json as it was. */
	shim = find_shim(known, request.runtime_class, &config_err, &err);
	if (!shim)
		return fail(&err);
	if (start(argc, argv, &args, &request, &config_err) < 0)
		return fail(&config_err);
	if (kf_shim_args_is(&args, "delete"))
		kf_stage_shim_delete(&request, known);
	(void)execv(shim, argv);
	(void)kf_fail_errno(&err, errno, "cannot run %s", shim);
	return fail(&err);
}
