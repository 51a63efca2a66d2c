/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "oci/spec.h"
#include "stage/confine.h"
#include "stage/hook-stage.h"

/* The path goes on to the hooks that are added to the spec, and these run in another directory than this process. */
static int load_config(const char *path, struct kf_config **ret, struct kf_error *err)
{
	if (path && path[0] != '/')
		return kf_fail(err, EINVAL, "the path of the configuration is not absolute: give all of it, from / on");
	return kf_config_load(path, ret, err);
}

static int write_text(int fd, const char *text, size_t length, struct kf_error *err)
{
	int r = kf_write_all(fd, text, length);

	return r < 0 ? kf_fail_errno(err, -r, "cannot write config.json to standard output") : 0;
}

static int write_document(int fd, struct json_object *document, struct kf_error *err)
{
	size_t length = 0;
	const char *text = kf_json_text(document, &length);

	return text ? write_text(fd, text, length, err) : kf_oom(err);
}

int kf_stage_precreate(int in_fd, int out_fd, const struct kf_hook_options *options, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_json struct json_object *document = NULL;
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE;
	cleanup_free char *text = NULL;
	struct kf_call call = kf_call_of_hook(options, "rewrite");
	struct kf_error config_flaw;
	bool changed = false;
	size_t length = 0;
	int r;

	(void)load_config(options->config, &config, &config_flaw);
	call.config = config;
	call.config_flaw = &config_flaw;
	r = kf_read_all(in_fd, "config.json on standard input", KF_SPEC_MAX, &text, &length, err);
	if (r < 0)
		return kf_because(err, KF_REASON_SPEC_INVALID);
	r = kf_confine_text(&call, text, length, &document, &policy, &changed, err);
	r = kf_call_answer(&call, r, err);
	if (r < 0)
		return r;
	if (!changed)
		return write_text(out_fd, text, length, err);
	/* Of a large text there are enough copies already. */
	free(text);
	text = NULL;
	return write_document(out_fd, document, err);
}
