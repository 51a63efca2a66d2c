/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/error.h"
#include "stage/hook-stage.h"
#include "stage/rewrite.h"

/* The path goes on to the hooks that are added to the spec, and these run in another directory than we. */
static int load_config(const char *path, struct kf_config **ret, struct kf_error *err)
{
	if (path && path[0] != '/')
		return kf_fail(err, EINVAL, "the path of the configuration is not absolute: name it from / on");
	return kf_config_load(path, ret, err);
}

enum kf_exit kf_stage_precreate(int in_fd, int out_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	struct kf_rewrite_request request = {
		.config_path = options->config,
		.runtime_class = options->runtime_class,
		.start_usec = options->start_usec,
	};
	enum kf_reason reason;

	if (load_config(options->config, &config, err) == 0)
		request.config = config;
	if (kf_stage_filter(&request, in_fd, out_fd, &reason, err) == 0)
		return KF_EXIT_OK;
	return kf_exit_code(reason);
}
