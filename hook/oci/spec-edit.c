/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-edit.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "oci/annotations.h"
#include "oci/capabilities.h"
#include "oci/masked-paths.h"
#include "oci/mounts-system.h"
#include "oci/mounts.h"
#include "oci/seccomp-check.h"
#include "oci/seccomp.h"
#include "oci/spelling.h"

/*
 * Annotations that runtimes act on and that would take the container around us: other handlers instead of exec,
 * another seccomp filter than the spec's, files opened as root on the host, another bundle in runc's state.
 */
static bool steers_runtime(const char *key)
{
	static const char *const keys[] = { "run.oci.handler",         "run.oci.seccomp_bpf_data",
					    "run.oci.seccomp.plugins", "run.oci.seccomp.receiver",
					    "run.oci.pidfd_receiver",  "module.wasm.image/variant",
					    "org.criu.config",         "bundle" };

	if (strncmp(key, "run.oci.hooks.", strlen("run.oci.hooks.")) == 0)
		return true;
	/* runc keeps "key=value" and splits it at the first "=": this key would be the bundle for exec, too. */
	if (strncmp(key, "bundle=", strlen("bundle=")) == 0)
		return true;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* The first such key, or NULL. Deleting while iterating is not safe in json-c. */
static const char *find_steering(struct json_object *annotations)
{
	struct json_object_iterator i = json_object_iter_begin(annotations), end = json_object_iter_end(annotations);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i))
		if (steers_runtime(json_object_iter_peek_name(&i)))
			return json_object_iter_peek_name(&i);
	return NULL;
}

static int stamp(struct json_object *spec, const char *handler, bool *changed, struct kf_error *err)
{
	struct json_object *annotations = kf_json_ensure(spec, "annotations", json_type_object);
	const char *key, *stamped;

	if (!annotations)
		return kf_fail(err, EINVAL, "annotations is not an object");
	while ((key = find_steering(annotations))) {
		json_object_object_del(annotations, key);
		*changed = true;
	}
	stamped = kf_json_string(annotations, KF_ANNOTATION_HANDLER);
	if (stamped && strcmp(stamped, handler) == 0)
		return 0;
	*changed = true;
	return kf_json_set_string(annotations, KF_ANNOTATION_HANDLER, handler) < 0 ? kf_oom(err) : 0;
}

/* Without a mount namespace of its own, the runtime's mounts for the container are made on the host. */
static bool has_mount_namespace(struct json_object *spec)
{
	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	struct json_object *namespaces = kf_json_member(linux_part, "namespaces", json_type_array);

	for (size_t i = 0; namespaces && i < json_object_array_length(namespaces); i++) {
		struct json_object *namespace = json_object_array_get_idx(namespaces, i);
		const char *type = kf_json_string(namespace, "type"), *path = kf_json_string(namespace, "path");

		/* With a path it is the namespace of other processes. */
		if (type && strcmp(type, "mount") == 0)
			return !path || !path[0];
	}
	return false;
}

static int check_privileges(struct json_object *spec, struct json_object *process, const struct kf_spec_edit *edit,
			    struct kf_error *err)
{
	const struct kf_capability_ground ground = { .spec = spec, .vm = edit->vm };

	return edit->privileged ? 0 : kf_capabilities_check(process, &ground, edit->handler, err);
}

/* The parts that confine: process, mounts and masked paths. */
static int confine(struct json_object *spec, const struct kf_spec_edit *edit, bool *changed, struct kf_error *err)
{
	struct json_object *process = kf_json_member(spec, "process", json_type_object);
	const struct kf_nono_mounts mounts = {
		.source = edit->mount_source,
		.policy_source = edit->policy_source,
		.profile = edit->wrapping.profile,
	};
	bool wrapped = false, mounted = false;
	int r = kf_spelling_check(spec, err);

	if (r < 0)
		return r;
	if (!process)
		return kf_fail(err, EINVAL, "config.json has no process: there is nothing to sandbox");
	if (!has_mount_namespace(spec))
		return kf_fail(err, EINVAL, "config.json has no mount namespace: give the container its own");
	r = kf_hooks_check(spec, err);
	if (r == 0)
		r = check_privileges(spec, process, edit, err);
	if (r == 0)
		r = kf_process_wrap(process, &edit->wrapping, &wrapped, err);
	if (r == 0)
		r = kf_mounts_check(spec, &mounts, &mounted, err);
	if (r == 0)
		r = kf_spec_check_system_mounts(spec, err);
	if (r == 0 && edit->hidden)
		r = kf_masked_paths_add(spec, edit->hidden, changed, err);
	if (r < 0)
		return r;
	*changed |= wrapped;
	if (!edit->mount_source || mounted)
		return 0;
	*changed = true;
	return kf_mounts_append(spec, &mounts, err);
}

int kf_spec_edit_apply(struct json_object *spec, const struct kf_spec_edit *edit, bool *ret_changed,
		       struct kf_error *err)
{
	bool changed = false;
	int r = confine(spec, edit, &changed, err);

	if (r == 0 && edit->seccomp)
		r = kf_seccomp_apply(spec, edit->seccomp, &changed, err);
	if (r == 0)
		r = kf_seccomp_check(spec, err);
	if (r == 0)
		r = stamp(spec, edit->handler, &changed, err);
	if (r == 0 && edit->hook)
		r = kf_hooks_add(spec, edit->hook, &changed, err);
	if (r == 0)
		*ret_changed = changed;
	return r;
}

int kf_spec_edit_verify(struct json_object *spec, const struct kf_spec_edit *edit, struct kf_error *err)
{
	bool changed = false;
	int r = confine(spec, edit, &changed, err);

	if (r == 0 && changed)
		return kf_deny(err, KF_REASON_NOT_WRAPPED, EPERM,
			       "config.json is not wrapped in nono with profile %s: start it through kubefence-runtime",
			       edit->wrapping.profile);
	if (r == 0 && edit->seccomp)
		r = kf_seccomp_apply(spec, edit->seccomp, &changed, err);
	if (r == 0 && changed)
		return kf_deny(err, KF_REASON_NOT_WRAPPED, EPERM,
			       "config.json has another seccomp filter than that of class %s: start it through "
			       "kubefence-runtime",
			       edit->handler);
	return r < 0 ? r : kf_seccomp_check(spec, err);
}
