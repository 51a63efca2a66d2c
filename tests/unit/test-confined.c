/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"

#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/error.h"
#include "launcher/confined.h"
#include "node/landlock.h"

/* The answer of a child process, because neither a layer nor no_new_privs can be taken off again. */
static bool in_child(bool (*ask)(const struct scratch *scratch), const struct scratch *scratch)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(ask(scratch) ? 10 : 20);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 10 || WEXITSTATUS(status) == 20));
	return WEXITSTATUS(status) == 10;
}

static void must(bool condition)
{
	if (!condition)
		_exit(30);
}

/* Reads are allowed below the granted paths only. */
static void add_layer(const struct scratch *scratch, const char *const granted[])
{
	const uint64_t reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	const struct landlock_ruleset_attr attr = { .handled_access_fs = reads };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	must(ruleset >= 0);
	for (; *granted; granted++) {
		struct landlock_path_beneath_attr rule = { .allowed_access = reads };
		struct stat st;

		rule.parent_fd = openat(scratch->fd, *granted, O_PATH | O_CLOEXEC);
		must(rule.parent_fd >= 0 && fstat(rule.parent_fd, &st) == 0);
		if (!S_ISDIR(st.st_mode))
			rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
		must(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0);
		(void)close(rule.parent_fd);
	}
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0);
	(void)close(ruleset);
}

static bool confined_at(const struct scratch *scratch, const char *dir)
{
	int fd = openat(scratch->fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return kf_confined(fd);
}

static bool confined(const struct scratch *scratch)
{
	return confined_at(scratch, "nono");
}

static bool under_a_profile(const struct scratch *scratch)
{
	add_layer(scratch, (const char *const[]){ "nono/launcher", NULL });
	return confined(scratch);
}

static bool under_a_profile_that_grants_the_file(const struct scratch *scratch)
{
	add_layer(scratch, (const char *const[]){ "nono/launcher/kubefence-launcher", NULL });
	return confined(scratch);
}

static bool under_a_profile_that_grants_nono(const struct scratch *scratch)
{
	add_layer(scratch, (const char *const[]){ "nono/launcher", "nono/nono", NULL });
	return confined(scratch);
}

static bool under_a_profile_that_grants_the_directory(const struct scratch *scratch)
{
	add_layer(scratch, (const char *const[]){ "nono", NULL });
	return confined(scratch);
}

/* As programs do that sandbox themselves: no profile of ours, nono does not grant that. */
static bool under_a_policy_that_grants_everything(const struct scratch *scratch)
{
	add_layer(scratch, (const char *const[]){ "/", NULL });
	return confined(scratch);
}

/* Then something else denies reading: the launcher would not run. */
static bool under_a_policy_that_grants_nothing(const struct scratch *scratch)
{
	add_layer(scratch, (const char *const[]){ NULL });
	return confined(scratch);
}

static bool with_no_new_privs(const struct scratch *scratch)
{
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return confined(scratch);
}

static bool with_nono_gone(const struct scratch *scratch)
{
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(unlinkat(scratch->fd, "nono/nono", 0) == 0);
	return confined(scratch);
}

static bool without_the_directory(const struct scratch *scratch)
{
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return confined_at(scratch, "missing");
}

/* File permissions deny with the same error as Landlock. */
static bool as_a_user_who_may_not_read_nono(const struct scratch *scratch)
{
	must(fchmodat(scratch->fd, "nono/nono", 0700, 0) == 0);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	must(openat(scratch->fd, "nono/nono", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	return confined(scratch);
}

static int nono_setup(void **state)
{
	struct scratch *scratch;

	if (scratch_setup(state) < 0)
		return -1;
	scratch = *state;
	if (fchmod(scratch->fd, 0755) < 0 || mkdirat(scratch->fd, "nono", 0755) < 0 ||
	    mkdirat(scratch->fd, "nono/launcher", 0755) < 0)
		return -1;
	put_bytes(in(scratch, "nono/nono"), "nono", 4, 0755);
	put_bytes(in(scratch, "nono/launcher/kubefence-launcher"), "launcher", 8, 0755);
	return 0;
}

#define nono_test(function) cmocka_unit_test_setup_teardown(function, nono_setup, scratch_teardown)

static void a_profile_is_seen(void **state)
{
	assert_true(in_child(under_a_profile, *state));
	assert_true(in_child(under_a_profile_that_grants_the_file, *state));
	assert_true(in_child(under_a_profile_that_grants_nono, *state));
	assert_true(in_child(under_a_profile_that_grants_the_directory, *state));
}

static void every_doubt_is_a_no(void **state)
{
	size_t before = open_descriptors();

	assert_false(confined(*state));
	assert_false(confined_at(*state, "missing"));
	assert_int_equal(open_descriptors(), before + 1);
	assert_false(in_child(under_a_policy_that_grants_everything, *state));
	assert_false(in_child(under_a_policy_that_grants_nothing, *state));
	assert_false(in_child(with_no_new_privs, *state));
	assert_false(in_child(without_the_directory, *state));
	assert_false(in_child(as_a_user_who_may_not_read_nono, *state));
	assert_false(in_child(with_nono_gone, *state));
}

/* --- the proof of the last step ------------------------------------------------------------------------------------
 */

static bool proved_with(const struct scratch *scratch, const char *const granted[])
{
	char launcher[PATH_MAX], nono[PATH_MAX];
	struct kf_error err = { 0 };

	(void)snprintf(launcher, sizeof launcher, "%s", in(scratch, "nono/launcher/kubefence-launcher"));
	(void)snprintf(nono, sizeof nono, "%s", in(scratch, "nono/nono"));
	if (granted)
		add_layer(scratch, granted);

	int r = kf_confined_verify(launcher, nono, &err);

	must(r == 0 || (r == -EPERM && err.message[0] && !strchr(err.message, '\n')));
	return r == 0;
}

static bool proved(const struct scratch *scratch)
{
	return proved_with(scratch, (const char *const[]){ "nono/launcher", NULL });
}

static bool proved_where_nono_is_granted(const struct scratch *scratch)
{
	return proved_with(scratch, (const char *const[]){ "nono", NULL });
}

static bool proved_where_the_launcher_is_not(const struct scratch *scratch)
{
	return proved_with(scratch, (const char *const[]){ NULL });
}

static bool proved_without_landlock(const struct scratch *scratch)
{
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return proved_with(scratch, NULL);
}

static bool proved_without_anything(const struct scratch *scratch)
{
	return proved_with(scratch, NULL);
}

static bool proved_where_nono_has_gone(const struct scratch *scratch)
{
	must(unlinkat(scratch->fd, "nono/nono", 0) == 0);
	return proved(scratch);
}

/* A filter that answers CALL with ERROR in the kernel's place, as a container's own. */
static void add_filter(unsigned int call, unsigned int error)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = COUNT(rules), .filter = rules };

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static bool proved_where_openat_seems_to_work(const struct scratch *scratch)
{
	add_filter(SYS_openat, 0);
	return proved_with(scratch, NULL);
}

static bool proved_where_openat_is_denied(const struct scratch *scratch)
{
	add_filter(SYS_openat, EACCES);
	return proved_with(scratch, NULL);
}

static bool proved_where_prctl_seems_to_work(const struct scratch *scratch)
{
	add_filter(SYS_prctl, 0);
	return proved_with(scratch, NULL);
}

static void only_the_kernel_can_prove_it(void **state)
{
	assert_true(in_child(proved, *state));
	assert_false(in_child(proved_where_nono_is_granted, *state));
	assert_false(in_child(proved_where_the_launcher_is_not, *state));
	assert_false(in_child(proved_without_landlock, *state));
	assert_false(in_child(proved_without_anything, *state));
	assert_false(in_child(proved_where_openat_seems_to_work, *state));
	assert_false(in_child(proved_where_openat_is_denied, *state));
	assert_false(in_child(proved_where_prctl_seems_to_work, *state));
	assert_false(in_child(proved_where_nono_has_gone, *state));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		nono_test(a_profile_is_seen),
		nono_test(every_doubt_is_a_no),
		nono_test(only_the_kernel_can_prove_it),
	};
	struct kf_error err;

	if (!is_root())
		return 0;
	if (kf_landlock_abi(&err) < 0) {
		(void)puts("1..0 # SKIP needs Landlock");
		return 0;
	}
	return cmocka_run_group_tests_name("launcher/confined", tests, NULL, NULL);
}
