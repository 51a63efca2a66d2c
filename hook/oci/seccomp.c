/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/seccomp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "base/json.h"
#include "base/list.h"

struct kf_seccomp_host *kf_seccomp_this_host(struct kf_seccomp_host *host)
{
	struct utsname name;

	*host = (struct kf_seccomp_host)
	{
#if defined __x86_64__
		.arch = "amd64", .architecture = "SCMP_ARCH_X86_64",
#elif defined __aarch64__
		.arch = "arm64", .architecture = "SCMP_ARCH_AARCH64",
#elif defined __arm__
		.arch = "arm", .architecture = "SCMP_ARCH_ARM",
#elif defined __riscv && __riscv_xlen == 64
		.arch = "riscv64", .architecture = "SCMP_ARCH_RISCV64",
#elif defined __s390x__
		.arch = "s390x", .architecture = "SCMP_ARCH_S390X",
#elif defined __powerpc64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		.arch = "ppc64le", .architecture = "SCMP_ARCH_PPC64LE",
#endif
	};
	if (uname(&name) == 0)
		(void)sscanf(name.release, "%3u.%3u", &host->kernel_major, &host->kernel_minor);
	return host;
}

/* The number of LIST's words that are in CAPS. */
static size_t count_caps(struct json_object *list, struct json_object *caps)
{
	size_t count = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		count += kf_json_has_string(caps, kf_json_string_value(json_object_array_get_idx(list, i)));
	return count;
}

static bool kernel_is(const struct kf_seccomp_host *host, const char *version)
{
	unsigned int major, minor;

	if (!version || sscanf(version, "%3u.%3u", &major, &minor) != 2)
		return false;
	return host->kernel_major > major || (host->kernel_major == major && host->kernel_minor >= minor);
}

/* What decides whether an entry counts. */
struct target {
	const struct kf_seccomp_host *host;
	struct json_object *caps;          /* NULL: none */
	struct json_object *architectures; /* of the filter, as libseccomp calls them; NULL: the host's alone */
};

/* Is NAME, as libseccomp has it (SCMP_ARCH_X86), the architecture WORD (x86)? Either may be NULL (false). */
static bool is_architecture(const char *name, const char *word)
{
	static const char prefix[] = "SCMP_ARCH_";

	return name && word && strncmp(name, prefix, sizeof prefix - 1) == 0 &&
	       strcasecmp(name + sizeof prefix - 1, word) == 0;
}

/* Is one of the words of LIST an architecture of the filter? */
static bool has_architecture(struct json_object *list, struct json_object *architectures)
{
	size_t count = architectures ? json_object_array_length(architectures) : 0;

	for (size_t i = 0; i < count; i++) {
		const char *name = kf_json_string_value(json_object_array_get_idx(architectures, i));

		for (size_t j = 0; j < json_object_array_length(list); j++)
			if (is_architecture(name, kf_json_string_value(json_object_array_get_idx(list, j))))
				return true;
	}
	return false;
}

static bool is_included(struct json_object *filter, const struct target *target)
{
	struct json_object *wanted = kf_json_member(filter, "caps", json_type_array);
	struct json_object *arches = kf_json_member(filter, "arches", json_type_array);
	const char *kernel = kf_json_string(filter, "minKernel");

	if (wanted && count_caps(wanted, target->caps) < json_object_array_length(wanted))
		return false;
	if (arches && json_object_array_length(arches) > 0 && !kf_json_has_string(arches, target->host->arch) &&
	    !has_architecture(arches, target->architectures))
		return false;
	return !kernel || kernel_is(target->host, kernel);
}

static bool is_excluded(struct json_object *filter, const struct target *target)
{
	const char *kernel = kf_json_string(filter, "minKernel");

	return count_caps(kf_json_member(filter, "caps", json_type_array), target->caps) > 0 ||
	       kf_json_has_string(kf_json_member(filter, "arches", json_type_array), target->host->arch) ||
	       (kernel && kernel_is(target->host, kernel));
}

/* Shares FROM[KEY] with TO, if it is there. An empty member that Go leaves out is left out here too. */
static int share(struct json_object *to, struct json_object *from, const char *key)
{
	struct json_object *value = json_object_object_get(from, key);
	const char *text = kf_json_string_value(value);

	if (!value || (text && !text[0]))
		return 0;
	if (json_object_is_type(value, json_type_array) && json_object_array_length(value) == 0)
		return 0;
	return kf_json_set(to, key, json_object_get(value));
}

static int append_arg(struct json_object *args, struct json_object *from)
{
	cleanup_json struct json_object *arg = json_object_new_object();

	if (!arg || share(arg, from, "index") < 0 || share(arg, from, "value") < 0)
		return -ENOMEM;
	if (json_object_get_uint64(json_object_object_get(from, "valueTwo")) != 0 && share(arg, from, "valueTwo") < 0)
		return -ENOMEM;
	if (share(arg, from, "op") < 0)
		return -ENOMEM;
	return kf_json_append(args, kf_steal_json(&arg));
}

static int set_args(struct json_object *entry, struct json_object *from)
{
	struct json_object *list = kf_json_member(from, "args", json_type_array);
	size_t count = list ? json_object_array_length(list) : 0;

	if (count == 0)
		return 0;

	struct json_object *args = kf_json_ensure(entry, "args", json_type_array);

	for (size_t i = 0; i < count; i++)
		if (!args || append_arg(args, json_object_array_get_idx(list, i)) < 0)
			return -ENOMEM;
	return 0;
}

static int append_entry(struct json_object *entries, struct json_object *from)
{
	cleanup_json struct json_object *entry = json_object_new_object();

	if (!entry || share(entry, from, "names") < 0 || share(entry, from, "action") < 0 ||
	    share(entry, from, "errnoRet") < 0 || set_args(entry, from) < 0)
		return -ENOMEM;
	return kf_json_append(entries, kf_steal_json(&entry));
}

static int set_entries(struct json_object *seccomp, struct json_object *profile, const struct target *target)
{
	struct json_object *list = kf_json_member(profile, "syscalls", json_type_array);
	cleanup_json struct json_object *entries = json_object_new_array();
	int r = entries ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && list && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (is_included(kf_json_member(entry, "includes", json_type_object), target) &&
		    !is_excluded(kf_json_member(entry, "excludes", json_type_object), target))
			r = append_entry(entries, entry);
	}
	if (r < 0 || json_object_array_length(entries) == 0)
		return r;
	return kf_json_set(seccomp, "syscalls", kf_steal_json(&entries));
}

/* The host's own architecture and the ones that its processes can change into. */
static int append_architectures(struct json_object *list, struct json_object *entry)
{
	struct json_object *subs = kf_json_member(entry, "subArchitectures", json_type_array);
	int r = kf_json_append(list, json_object_get(json_object_object_get(entry, "architecture")));

	for (size_t i = 0; r == 0 && subs && i < json_object_array_length(subs); i++)
		r = kf_json_append(list, json_object_get(json_object_array_get_idx(subs, i)));
	return r;
}

/* Without an entry for this host there are no architectures: then the runtime filters its own and kills all others. */
static int set_architectures(struct json_object *seccomp, struct json_object *profile,
			     const struct kf_seccomp_host *host)
{
	struct json_object *map = kf_json_member(profile, "archMap", json_type_array);

	for (size_t i = 0; map && host->architecture && i < json_object_array_length(map); i++) {
		struct json_object *entry = json_object_array_get_idx(map, i);

		if (strcmp(kf_json_string(entry, "architecture"), host->architecture) != 0)
			continue;

		struct json_object *list = kf_json_ensure(seccomp, "architectures", json_type_array);

		return list ? append_architectures(list, entry) : -ENOMEM;
	}
	return share(seccomp, profile, "architectures");
}

int kf_seccomp_resolve(struct json_object *profile, const struct kf_seccomp_host *host, struct json_object *caps,
		       struct json_object **ret, struct kf_error *err)
{
	cleanup_json struct json_object *seccomp = json_object_new_object();
	struct target target = { .host = host, .caps = caps };

	if (!seccomp || share(seccomp, profile, "defaultAction") < 0 ||
	    share(seccomp, profile, "defaultErrnoRet") < 0 || set_architectures(seccomp, profile, host) < 0 ||
	    share(seccomp, profile, "flags") < 0 || share(seccomp, profile, "listenerPath") < 0 ||
	    share(seccomp, profile, "listenerMetadata") < 0)
		return kf_oom(err);
	target.architectures = kf_json_member(seccomp, "architectures", json_type_array);
	if (set_entries(seccomp, profile, &target) < 0)
		return kf_oom(err);
	*ret = kf_steal_json(&seccomp);
	return 0;
}

static bool is_asked_for(struct json_object *name, const struct kf_list *words)
{
	for (size_t i = 0; i < words->count; i++)
		if (is_architecture(kf_json_string_value(name), words->items[i]))
			return true;
	return false;
}

void kf_seccomp_limit_architectures(struct json_object *profile, const struct kf_list *words)
{
	struct json_object *map = kf_json_member(profile, "archMap", json_type_array);

	for (size_t i = 0; map && i < json_object_array_length(map); i++) {
		struct json_object *subs =
			kf_json_member(json_object_array_get_idx(map, i), "subArchitectures", json_type_array);

		for (size_t j = subs ? json_object_array_length(subs) : 0; j > 0; j--)
			if (!is_asked_for(json_object_array_get_idx(subs, j - 1), words))
				(void)json_object_array_del_idx(subs, j - 1, 1);
	}
}

static struct json_object *bounding_set(struct json_object *spec)
{
	struct json_object *process = kf_json_member(spec, "process", json_type_object);

	return kf_json_member(kf_json_member(process, "capabilities", json_type_object), "bounding", json_type_array);
}

int kf_seccomp_apply(struct json_object *spec, struct json_object *profile, bool *ret_changed, struct kf_error *err)
{
	struct json_object *linux_part = kf_json_ensure(spec, "linux", json_type_object);
	cleanup_json struct json_object *seccomp = NULL;
	struct kf_seccomp_host host;

	if (!linux_part)
		return kf_fail(err, EINVAL, "linux is not an object");

	int r = kf_seccomp_resolve(profile, kf_seccomp_this_host(&host), bounding_set(spec), &seccomp, err);

	if (r < 0)
		return r;
	if (json_object_equal(json_object_object_get(linux_part, "seccomp"), seccomp))
		return 0;
	*ret_changed = true;
	return kf_json_set(linux_part, "seccomp", kf_steal_json(&seccomp)) < 0 ? kf_oom(err) : 0;
}
