/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/json.h"
#include "oci/namespaces.h"
#include "oci/volumes.h"

/* --- /proc -------------------------------------------------------------------------------------------------------- */

/* The parts of /proc that change the machine. The engines' default specification keeps them read-only. */
static bool is_proc_protected(struct json_object *linux_part)
{
	static const char *const parts[] = { "/proc/bus", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
	struct json_object *read_only = kf_json_member(linux_part, "readonlyPaths", json_type_array);

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!kf_json_has_string(read_only, parts[i]))
			return false;
	return true;
}

/* --- the user ----------------------------------------------------------------------------------------------------- */

static int read_groups(struct json_object *user, struct kf_facts *facts)
{
	struct json_object *groups = kf_json_member(user, "additionalGids", json_type_array);
	size_t count = groups ? json_object_array_length(groups) : 0;

	facts->groups = calloc(count + 1, sizeof *facts->groups);
	if (!facts->groups)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		facts->groups[i] = (gid_t)json_object_get_int64(json_object_array_get_idx(groups, i));
	facts->user.groups = facts->groups;
	facts->user.group_count = count;
	return 0;
}

static int read_user(struct json_object *spec, struct json_object *process, struct kf_facts *facts)
{
	struct json_object *user = kf_json_member(process, "user", json_type_object);
	struct json_object *capabilities = kf_json_member(process, "capabilities", json_type_object);
	struct json_object *effective = kf_json_member(capabilities, "effective", json_type_array);

	facts->user.uid = (uid_t)json_object_get_int64(kf_json_member(user, "uid", json_type_int));
	facts->user.gid = (gid_t)json_object_get_int64(kf_json_member(user, "gid", json_type_int));
	facts->user.all = kf_json_has_string(effective, "CAP_DAC_OVERRIDE") ||
			  kf_json_has_string(effective, "CAP_DAC_READ_SEARCH") || kf_namespace_is_own(spec, "user");
	return read_groups(user, facts);
}

/* --- directories -------------------------------------------------------------------------------------------------- */

/* The value that the program sees: runtimes put HOME there only if it is missing or empty. */
static const char *home_of_environment(struct json_object *process)
{
	const char *value, *home = NULL;
	size_t at = 0;

	while ((value = kf_env_next(process, "HOME", &at)))
		home = value[0] == '/' ? value : home;
	return home;
}

static int read_directories(struct json_object *process, struct kf_facts *facts)
{
	const char *cwd = kf_json_string(process, "cwd"), *home = home_of_environment(process);
	int r = 0;

	facts->workdir = cwd ? strdup(cwd) : NULL;
	if (home)
		facts->home = strdup(home);
	else
		r = kf_image_home(&facts->image, facts->user.uid, &facts->home);
	return (cwd && !facts->workdir) || (home && !facts->home) || r == -ENOMEM ? -ENOMEM : 0;
}

/* The variable by which NVIDIA's runtime and hook are asked for devices. */
static bool wants_nvidia(struct json_object *process)
{
	const char *value;
	bool wants = false;
	size_t at = 0;

	while ((value = kf_env_next(process, "NVIDIA_VISIBLE_DEVICES", &at)))
		wants = value[0] && strcmp(value, "none") != 0 && strcmp(value, "void") != 0;
	return wants;
}

int kf_facts_gather(const struct kf_facts_source *source, struct kf_facts *ret, struct kf_error *err)
{
	struct json_object *process = kf_json_member(source->spec, "process", json_type_object);
	struct json_object *linux_part = kf_json_member(source->spec, "linux", json_type_object);
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	int r = source->rootfs ? kf_image_open(source->rootfs, &facts.image, err) : 0;

	if (r == 0)
		r = kf_volumes_tell(source->spec, source->id, source->config, &facts.volumes, err);
	if (r < 0)
		return r;
	if (read_user(source->spec, process, &facts) < 0 || read_directories(process, &facts) < 0)
		return kf_oom(err);
	facts.own_processes = kf_namespace_is_own(source->spec, "pid");
	facts.own_network = kf_namespace_is_own(source->spec, "network");
	facts.proc_protected = is_proc_protected(linux_part);
	facts.nvidia = wants_nvidia(process);
	*ret = facts;
	facts = KF_FACTS_NONE;
	return 0;
}
