/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/capabilities.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/user-namespace.h"
#include "oci/namespaces.h"

/* When a capability goes around Landlock. */
enum when { NEVER, ALWAYS, WITH_HOST_PIDS, WITH_ALL_DEVICES };

struct capability {
	const char *name;
	enum when when;
	const char *way; /* around Landlock: what it allows */
};

/*
 * All of capabilities(7). Landlock guards the opening of files, the calls that change mounts, ptrace(2) and signals out
 * of the sandbox. The other powers of a capability are judged here; the default sets of containerd, CRI-O, Docker and
 * Podman consist of harmless ones. The order is that in which a privileged container is refused.
 */
static const struct capability capabilities[] = {
	{ "CAP_SYS_ADMIN", ALWAYS, "mount attributes, and all that BPF and PERFMON allow" },
	{ "CAP_SYS_MODULE", ALWAYS, "code for the kernel" },
	{ "CAP_SYS_RAWIO", ALWAYS, "I/O ports, raw commands to disks" },
	{ "CAP_BPF", ALWAYS, "programs in the kernel" },
	/* perf_event_open(2) for a CPU shows pieces of all stacks, in every pid namespace. */
	{ "CAP_PERFMON", ALWAYS, "the memory of every process on the machine" },
	/* open_by_handle_at(2) reaches files to which no path leads; how Landlock judges those differs between kernels.
	 */
	{ "CAP_DAC_READ_SEARCH", ALWAYS, "files by handles instead of paths" },
	{ "CAP_SYS_BOOT", ALWAYS, "another kernel by kexec_load(2)" },
	{ "CAP_MAC_ADMIN", ALWAYS, "the policies of AppArmor and Smack" },
	{ "CAP_MAC_OVERRIDE", ALWAYS, "the denials of other security modules" },
	/* Landlock's own check of ptrace(2) is all that is left then. */
	{ "CAP_SYS_PTRACE", WITH_HOST_PIDS, "the processes of the host" },
	/* In the default sets; with a list of devices it makes nodes that cannot be opened. */
	{ "CAP_MKNOD", WITH_ALL_DEVICES, "a node for any device of the host, at any place that can be written" },

	/* Owners, modes and attributes of files: metadata, which Landlock does not guard at all. */
	{ "CAP_CHOWN", NEVER, NULL },
	{ "CAP_FOWNER", NEVER, NULL },
	{ "CAP_FSETID", NEVER, NULL },
	{ "CAP_SETFCAP", NEVER, NULL },
	/* Landlock is asked beside the mode of a file, not in its place. */
	{ "CAP_DAC_OVERRIDE", NEVER, NULL },
	/* On files that are open already. */
	{ "CAP_LINUX_IMMUTABLE", NEVER, NULL },
	{ "CAP_LEASE", NEVER, NULL },
	/* Uids, gids and sets of capabilities: no_new_privs is set, and a Landlock domain outlives all of them. */
	{ "CAP_SETUID", NEVER, NULL },
	{ "CAP_SETGID", NEVER, NULL },
	{ "CAP_SETPCAP", NEVER, NULL },
	/* Files are opened in the new root as in the old one: rules are about files. */
	{ "CAP_SYS_CHROOT", NEVER, NULL },
	/* Landlock keeps signals in the sandbox where the pid namespace is the host's. */
	{ "CAP_KILL", NEVER, NULL },
	/* The network of the container, or of the host that it was given; no files. */
	{ "CAP_NET_ADMIN", NEVER, NULL },
	{ "CAP_NET_BIND_SERVICE", NEVER, NULL },
	{ "CAP_NET_BROADCAST", NEVER, NULL },
	{ "CAP_NET_RAW", NEVER, NULL },
	/* System V IPC of the ipc namespace, locked memory, priorities, limits, the clock, terminals, sleep: no files.
	 */
	{ "CAP_IPC_LOCK", NEVER, NULL },
	{ "CAP_IPC_OWNER", NEVER, NULL },
	{ "CAP_SYS_NICE", NEVER, NULL },
	{ "CAP_SYS_RESOURCE", NEVER, NULL },
	{ "CAP_SYS_TIME", NEVER, NULL },
	{ "CAP_SYS_TTY_CONFIG", NEVER, NULL },
	{ "CAP_WAKE_ALARM", NEVER, NULL },
	{ "CAP_BLOCK_SUSPEND", NEVER, NULL },
	/* acct(2) opens its file as any other call does. */
	{ "CAP_SYS_PACCT", NEVER, NULL },
	/* Logs: of audit, in the initial namespaces only, and of the kernel. They hold no files. */
	{ "CAP_AUDIT_CONTROL", NEVER, NULL },
	{ "CAP_AUDIT_READ", NEVER, NULL },
	{ "CAP_AUDIT_WRITE", NEVER, NULL },
	{ "CAP_SYSLOG", NEVER, NULL },
	/* /proc/PID/map_files and the own image: files that are open already, and opened again as paths. */
	{ "CAP_CHECKPOINT_RESTORE", NEVER, NULL },
};

/* crun takes names in any case. */
static const struct capability *find_capability(const char *name)
{
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
		if (strcasecmp(capabilities[i].name, name) == 0)
			return &capabilities[i];
	return NULL;
}

/* The rules about all devices at once. */
enum devices { UNSAID, CLOSED, OPEN };

/* -1, null and a missing value mean any; so does a value that is not a number. */
static bool is_any_number(struct json_object *rule, const char *key)
{
	struct json_object *number = kf_json_member(rule, key, json_type_int);

	return !number || json_object_get_int64(number) < 0;
}

static bool has_access(struct json_object *rule, char access)
{
	const char *text = kf_json_string(rule, "access");

	return !text || !text[0] || strchr(text, access);
}

/* "c *:* m" and "b *:* m" of the default rules make nodes, and open none. */
static enum devices follow_rule(enum devices devices, struct json_object *rule)
{
	const char *type = kf_json_string(rule, "type");
	bool of_one_kind = type && (strcmp(type, "b") == 0 || strcmp(type, "c") == 0);
	bool reads = has_access(rule, 'r'), writes = has_access(rule, 'w');

	if (!is_any_number(rule, "major"))
		return devices;
	if (json_object_get_boolean(json_object_object_get(rule, "allow")))
		return reads || writes ? OPEN : devices;
	return is_any_number(rule, "minor") && !of_one_kind && reads && writes ? CLOSED : devices;
}

static enum devices read_device_rules(struct json_object *spec)
{
	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	struct json_object *resources = kf_json_member(linux_part, "resources", json_type_object);
	struct json_object *rules = kf_json_member(resources, "devices", json_type_array);
	enum devices devices = UNSAID;

	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);

		if (json_object_is_type(rule, json_type_object))
			devices = follow_rule(devices, rule);
	}
	return devices;
}

static bool has_user_namespace(const struct kf_capability_ground *ground)
{
	uid_t unused;

	return !ground->vm && (kf_namespace_is_own(ground->spec, "user") || kf_is_rootless(&unused));
}

static bool goes_around(const struct capability *capability, const struct kf_capability_ground *ground)
{
	switch (capability->when) {
	case ALWAYS:
		return true;
	case WITH_HOST_PIDS:
		return !kf_namespace_is_own(ground->spec, "pid");
	case WITH_ALL_DEVICES:
		return ground->spec && read_device_rules(ground->spec) != CLOSED;
	default:
		return false;
	}
}

static int refuse(const char *what, const char *way, const struct kf_capability_ground *ground, const char *handler,
		  struct kf_error *err)
{
	if (has_user_namespace(ground))
		return 0;
	return kf_deny(err, KF_REASON_PRIVILEGES_REFUSED, EPERM,
		       "%s goes around the sandbox (%s): drop it, or give the container a user namespace "
		       "(hostUsers: false; Podman: --userns=auto), or set privileged = allow in [class %s]",
		       what, way, handler);
}

/* libcap, and so crun, also takes a number, which is not known here. */
static int refuse_unknown(const char *name, const struct kf_capability_ground *ground, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	if (has_user_namespace(ground))
		return 0;
	return kf_deny(
		err, KF_REASON_PRIVILEGES_REFUSED, EPERM,
		"capability '%s' is not known to kubefence, which cannot say what it allows: remove it, or update "
		"kubefence",
		kf_quote(quoted, name));
}

int kf_capability_check(const char *name, const struct kf_capability_ground *ground, const char *handler,
			struct kf_error *err)
{
	const struct capability *capability = find_capability(name);

	if (!capability)
		return refuse_unknown(name, ground, err);
	return goes_around(capability, ground) ? refuse(capability->name, capability->way, ground, handler, err) : 0;
}

/* The first of the SET in the order of the table is named. */
static int check_names(struct json_object *set, const char *key, const struct kf_capability_ground *ground,
		       const char *handler, struct kf_error *err)
{
	const struct capability *worst = NULL;
	const char *unknown = NULL;

	for (size_t i = 0; i < json_object_array_length(set); i++) {
		const char *name = kf_json_string_value(json_object_array_get_idx(set, i));
		const struct capability *capability = name ? find_capability(name) : NULL;

		if (!name)
			return kf_fail(err, EINVAL, "process.capabilities.%s has an entry that is not a name", key);
		if (!capability)
			unknown = name;
		else if ((!worst || capability < worst) && goes_around(capability, ground))
			worst = capability;
	}
	if (worst)
		return refuse(worst->name, worst->way, ground, handler, err);
	return unknown ? refuse_unknown(unknown, ground, err) : 0;
}

static int check_set(struct json_object *sets, const char *key, const struct kf_capability_ground *ground,
		     const char *handler, struct kf_error *err)
{
	struct json_object *set = kf_json_member(sets, key, json_type_array);

	if (!set && json_object_object_get(sets, key))
		return kf_fail(err, EINVAL, "process.capabilities.%s is not an array", key);
	return set ? check_names(set, key, ground, handler, err) : 0;
}

int kf_capabilities_check(struct json_object *process, const struct kf_capability_ground *ground, const char *handler,
			  struct kf_error *err)
{
	/* root gets the bounding set at execve(2). */
	static const char *const keys[] = { "bounding", "effective", "permitted", "inheritable", "ambient" };
	struct json_object *sets = kf_json_member(process, "capabilities", json_type_object);
	int r = 0;

	if (!sets && json_object_object_get(process, "capabilities"))
		return kf_fail(err, EINVAL, "process.capabilities is not an object");
	for (size_t i = 0; sets && r == 0 && i < sizeof keys / sizeof *keys; i++)
		r = check_set(sets, keys[i], ground, handler, err);
	if (r == 0 && ground->spec && read_device_rules(ground->spec) == OPEN)
		r = refuse("access to every device", "the host's disks and memory", ground, handler, err);
	return r;
}
