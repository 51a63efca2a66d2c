/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/seccomp-check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

/*
 * The calls of a start, from the first step to the execve(2) of the command: as `strace -f` shows them of nono 0.80 and
 * the launcher on x86-64, and the names that other architectures and C libraries have for them. mkdir is left out: nono
 * expects it to fail. These exist on every architecture.
 */
static const char *const needed[] = {
	"landlock_create_ruleset",
	"landlock_add_rule",
	"landlock_restrict_self",
	"prctl",
	"execve",
	"openat",
	"openat2",
	"close",
	"read",
	"write",
	"readlinkat",
	"getcwd",
	"chdir",
	"fchdir",
	"statx",
	"faccessat",
	"faccessat2",
	"getdents64",
	"fcntl",
	"prlimit64",
	"getuid",
	"geteuid",
	"brk",
	"mprotect",
	"munmap",
	"mremap",
	"madvise",
	"rt_sigaction",
	"rt_sigprocmask",
	"sigaltstack",
	"getrandom",
	"futex",
	"gettid",
	"sched_getaffinity",
	"set_tid_address",
	"set_robust_list",
	"rseq",
	"clone",
	"clone3",
	"ppoll",
	"exit_group",
	NULL,
};

/* The same on some architectures. */
static const char *const needed_on_some[] = {
	"execveat",  "open",       "readlink",     "stat",         "lstat",  "fstat",     "newfstatat",
	"stat64",    "lstat64",    "fstat64",      "fstatat64",    "access", "getdents",  "poll",
	"fcntl64",   "getuid32",   "geteuid32",    "mmap",         "mmap2",  "getrlimit", "ugetrlimit",
	"setrlimit", "arch_prctl", "futex_time64", "ppoll_time64", NULL,
};

static bool is_in(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

static bool is_needed(const char *name)
{
	return is_in(needed, name) || is_in(needed_on_some, name);
}

/* The kernel sees the lower 16 bits. Without a number, it is EPERM. */
static int read_error(struct json_object *object, const char *key, bool *ret_none, struct kf_error *err)
{
	struct json_object *value = json_object_object_get(object, key);

	if (value && !json_object_is_type(value, json_type_int))
		return kf_fail(err, EINVAL, "linux.seccomp: %s is not a number", key);
	*ret_none = value && (json_object_get_int64(value) & 0xffff) == 0;
	return 0;
}

/* The flaw of an action for a call that is needed, or NULL. */
static int judge_action(struct json_object *object, const char *action_key, const char *error_key, const char **ret,
			struct kf_error *err)
{
	const char *action = kf_json_string(object, action_key);
	bool no_error = false;
	int r = read_error(object, error_key, &no_error, err);

	*ret = NULL;
	if (r < 0 || !action)
		return r;
	if (strcmp(action, "SCMP_ACT_ERRNO") == 0 && no_error)
		*ret = "SCMP_ACT_ERRNO without an error";
	else if (strcmp(action, "SCMP_ACT_TRACE") == 0 || strcmp(action, "SCMP_ACT_NOTIFY") == 0)
		*ret = action;
	return 0;
}

static int refuse(const char *call, const char *action, struct kf_error *err)
{
	return kf_deny(err, KF_REASON_SECCOMP_REFUSED, EPERM,
		       "the seccomp filter answers %s by %s, and nono could not tell whether it is executed: let the "
		       "filter allow it, or set seccomp_profile in kubefence.conf",
		       call, action);
}

/* Does a rule without conditions name CALL? Then the default action does not count for it. */
static bool has_rule(struct json_object *rules, const char *call)
{
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);
		struct json_object *names = kf_json_member(rule, "names", json_type_array);
		struct json_object *args = kf_json_member(rule, "args", json_type_array);

		if ((!args || json_object_array_length(args) == 0) && kf_json_has_string(names, call))
			return true;
	}
	return false;
}

static int check_default(struct json_object *seccomp, struct json_object *rules, struct kf_error *err)
{
	const char *action;
	int r = judge_action(seccomp, "defaultAction", "defaultErrnoRet", &action, err);

	for (size_t i = 0; r == 0 && action && needed[i]; i++)
		if (!has_rule(rules, needed[i]))
			r = refuse(needed[i], action, err);
	return r;
}

static int check_rule(struct json_object *rule, struct kf_error *err)
{
	struct json_object *names = kf_json_member(rule, "names", json_type_array);
	const char *action;
	int r = judge_action(rule, "action", "errnoRet", &action, err);

	for (size_t i = 0; r == 0 && action && names && i < json_object_array_length(names); i++) {
		const char *name = kf_json_string_value(json_object_array_get_idx(names, i));

		if (name && is_needed(name))
			r = refuse(name, action, err);
	}
	return r;
}

int kf_seccomp_check(struct json_object *spec, struct kf_error *err)
{
	struct json_object *linux_part = kf_json_member(spec, "linux", json_type_object);
	struct json_object *seccomp = kf_json_member(linux_part, "seccomp", json_type_object);
	struct json_object *rules = kf_json_member(seccomp, "syscalls", json_type_array);
	int r = seccomp ? check_default(seccomp, rules, err) : 0;

	for (size_t i = 0; r == 0 && rules && i < json_object_array_length(rules); i++)
		r = check_rule(json_object_array_get_idx(rules, i), err);
	return r;
}
