/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bundle.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "node/self.h"
#include "oci/annotations.h"
#include "oci/spec.h"

extern char **environ;

/* Runs the wrapper as HANDLER with these words, and waits for its end. 0, or -EIO for another exit status than 0. */
static int call(const struct kf_cli_bundle *bundle, const char *const words[], struct kf_error *err)
{
	char *argv[8] = { (char *)bundle->handler };
	cleanup_free char *path = NULL;
	posix_spawnattr_t attributes;
	sigset_t none;
	int status = 0, r = kf_self_runtime_path(&path, err);
	pid_t pid;

	if (r < 0)
		return r;
	for (size_t i = 0; words[i]; i++)
		argv[i + 1] = (char *)words[i];
	/* This process waits for signals by descriptor; the container must not have them blocked. */
	(void)sigemptyset(&none);
	r = posix_spawnattr_init(&attributes);
	if (r == 0) {
		(void)posix_spawnattr_setsigmask(&attributes, &none);
		(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
		r = posix_spawn(&pid, path, NULL, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	if (r != 0)
		return kf_fail_errno(err, r, "cannot run %s", path);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return kf_fail_errno(err, errno, "cannot wait for %s", path);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return kf_fail(err, EIO, "%s %s failed: the lines above say why", bundle->handler, words[0]);
	return 0;
}

/* The engine writes a new config.json for each container; here it is put back. */
static int keep_config(struct kf_cli_bundle *bundle, const struct kf_spec *spec, struct kf_error *err)
{
	struct stat st;

	if (bundle->config_json)
		return 0;
	return kf_spec_read(spec->bundle_fd, &st, &bundle->config_json, &bundle->config_length, err);
}

static int ask_for_profile(struct kf_spec *spec, const char *profile, struct kf_error *err)
{
	struct json_object *annotations = kf_json_ensure(spec->document, "annotations", json_type_object);

	if (!annotations || kf_json_set_string(annotations, KF_ANNOTATION_PROFILE, profile) < 0)
		return kf_oom(err);
	return kf_spec_save(spec, err);
}

int kf_cli_bundle_create(struct kf_cli_bundle *bundle, const char *profile, struct kf_error *err)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	int r = kf_spec_load(bundle->dir, &spec, err);

	if (r == 0 && json_object_get_boolean(kf_json_member(kf_json_member(spec.document, "process", json_type_object),
							     "terminal", json_type_boolean)))
		r = kf_fail(err, EINVAL, "the container of %s wants a terminal: set process.terminal to false",
			    bundle->dir);
	if (r == 0)
		r = keep_config(bundle, &spec, err);
	if (r == 0 && profile)
		r = ask_for_profile(&spec, profile, err);
	if (r < 0)
		return r;
	(void)snprintf(bundle->id, sizeof bundle->id, "kubefence-learn-%d", (int)getpid());
	bundle->made = true;
	return call(bundle, (const char *const[]){ "create", "--bundle", bundle->dir, bundle->id, NULL }, err);
}

int kf_cli_bundle_start(const struct kf_cli_bundle *bundle, struct kf_error *err)
{
	return call(bundle, (const char *const[]){ "start", bundle->id, NULL }, err);
}

void kf_cli_bundle_delete(struct kf_cli_bundle *bundle)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	struct kf_error err = { 0 };

	if (bundle->made && call(bundle, (const char *const[]){ "delete", "--force", bundle->id, NULL }, &err) < 0)
		(void)kf_cli_fail(&err);
	bundle->made = false;
	if (!bundle->config_json || kf_spec_load(bundle->dir, &spec, &err) < 0)
		return;
	(void)json_object_put(spec.document);
	spec.document = NULL;
	if (kf_spec_parse(bundle->config_json, bundle->config_length, KF_JSON_RELAXED, &spec.document, &err) < 0 ||
	    kf_spec_save(&spec, &err) < 0)
		(void)kf_cli_fail(&err);
}
