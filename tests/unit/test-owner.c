/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lookup.h"
#include "base/owner.h"
#include "fixtures.h"
#include "rootless.h"

#include <linux/capability.h>
#include <sys/syscall.h>

/* In the initial user namespace nothing but uid 0 counts, and nothing is asked of the descriptor. */
static void root_owned_means_root_alone(void **state)
{
	static const struct {
		const char *row;
		uid_t uid;
		gid_t gid;
		mode_t mode;
		const char *remedy; /* NULL: fine */
	} rows[] = {
		{ "plain", 0, 0, 0644, NULL },
		{ "private", 0, 0, 0600, NULL },
		{ "group of a user", 0, 1000, 0644, NULL },
		{ "directory", 0, 0, S_IFDIR | 0755, NULL },
		{ "sticky", 0, 0, 01755, NULL },
		{ "foreign", 1000, 0, 0644, "chown it to root" },
		{ "the overflow uid", NOBODY, NOBODY, 0600, "chown it to root" },
		{ "foreign and open", 1, 0, 0666, "chown it to root" },
		{ "group", 0, 0, 0664, "chmod go-w it" },
		{ "others", 0, 0, 0646, "chmod go-w it" },
		{ "only others", 0, 0, 0002, "chmod go-w it" },
		{ "sticky and open", 0, 0, 01777, "chmod go-w it" },
		{ "set-uid", 0, 0, S_IFREG | 04755, "set-id bit" },
		{ "set-gid", 0, 0, S_IFREG | 02644, "set-id bit" },
		{ "set-gid directory", 0, 0, S_IFDIR | 02755, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct stat st = { .st_mode = rows[i].mode, .st_uid = rows[i].uid, .st_gid = rows[i].gid };
		struct kf_error err = { 0 };
		int r = kf_check_root_owned(-1, &st, "/some/file", &err);

		if (!rows[i].remedy) {
			expect(rows[i].row, r == 0 && err.code == 0);
			continue;
		}
		expect_refusal(rows[i].row, r, EPERM, &err);
		expect(rows[i].row, strstr(err.message, rows[i].remedy) != NULL);
		expect(rows[i].row, strstr(err.message, "/some/file") != NULL);
	}
}

static void our_own_means_our_uid(void **state)
{
	const struct stat ours = { .st_uid = geteuid(), .st_mode = 0600 }, open = { .st_mode = 0620 };
	const struct stat foreign = { .st_uid = 1000, .st_mode = 0600 }, overflow = { .st_uid = NOBODY };
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_check_own(&ours, "f", &err), 0);
	const struct stat set_uid = { .st_uid = geteuid(), .st_mode = S_IFREG | 04600 };

	expect_refusal("set-uid", kf_check_own(&set_uid, "f", &err), EPERM, &err);
	expect_refusal("open", kf_check_own(&open, "f", &err), EPERM, &err);
	expect_refusal("foreign", kf_check_own(&foreign, "f", &err), EPERM, &err);
	expect_refusal("the overflow uid", kf_check_own(&overflow, "f", &err), EPERM, &err);
}

/*
 * A file to look at from inside of a user namespace: the answers of the checks of one file and of a directory's path.
 */
struct question {
	const char *file, *dir;
};

enum {
	REFUSED = 0,
	FILE_IS_ROOTS = 1,
	WAY_IS_ROOTS = 2,
	FILE_IS_OWN = 4,
	DIR_IS_TRUSTED = 8,
	DIR_IS_OWN = 16,
	BROKEN = 64
};

enum { ALL_OURS = FILE_IS_ROOTS | WAY_IS_ROOTS | FILE_IS_OWN | DIR_IS_TRUSTED | DIR_IS_OWN };

static int ask(const void *arg)
{
	const struct question *question = arg;
	int fd = open(question->file, O_RDONLY | O_CLOEXEC), o_path = open(question->file, O_PATH | O_CLOEXEC), dirfd;
	struct kf_error err = { 0 };
	struct stat st;
	int answer = REFUSED;

	if (fd < 0 || o_path < 0 || fstat(fd, &st) < 0)
		return BROKEN;
	if (kf_check_root_owned(fd, &st, "f", &err) == 0)
		answer |= FILE_IS_ROOTS;
	if (kf_check_root_owned(o_path, &st, "f", &err) != (answer ? 0 : -EPERM))
		return BROKEN;
	if (kf_check_way_root_owned(fd, &st, "f", &err) == 0)
		answer |= WAY_IS_ROOTS;
	if (kf_check_own(&st, "f", &err) == 0)
		answer |= FILE_IS_OWN;
	if (kf_open_trusted_dir(question->dir, &dirfd, &err) == 0)
		answer |= DIR_IS_TRUSTED;
	if (kf_open_own_dir(question->dir, &dirfd, &err) == 0)
		answer |= DIR_IS_OWN;
	return answer;
}

/* SCRATCH/dir/file with owners and modes; the test's directories are root's, but in a /tmp that all can write. */
static void make_question(const struct scratch *scratch, uid_t dir_uid, mode_t dir_mode, uid_t file_uid,
			  mode_t file_mode, struct question *ret)
{
	ret->dir = in(scratch, "dir");
	ret->file = in(scratch, "dir/file");
	assert_true(mkdir(ret->dir, 0755) == 0 || errno == EEXIST);
	put_text(ret->file, "x");
	assert_int_equal(chown(ret->file, file_uid, file_uid), 0);
	assert_int_equal(chmod(ret->file, file_mode), 0);
	assert_int_equal(chown(ret->dir, dir_uid, dir_uid), 0);
	assert_int_equal(chmod(ret->dir, dir_mode), 0);
}

/* A scratch directory where only root can make entries: /tmp is not trusted. */
static int node_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof *scratch);

	if (!scratch)
		return -1;
	(void)snprintf(scratch->path, sizeof scratch->path, "/run/kubefence-test.XXXXXX");
	if (!mkdtemp(scratch->path) || chmod(scratch->path, 0755) < 0)
		return -1;
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return scratch->fd < 0 ? -1 : 0;
}

#define node_test(function) cmocka_unit_test_setup_teardown(function, node_setup, scratch_teardown)

enum { OTHER_USER = 1002, SUBUID_OF_NOBODY = ROOTLESS_FIRST_SUBUID - 1 + NOBODY };

static void rootless_the_overflow_uid_is_the_host_root(void **state)
{
	static const struct {
		const char *row;
		uid_t dir_uid;
		mode_t dir_mode;
		uid_t file_uid;
		mode_t file_mode;
		int answer;
	} rows[] = {
		{ "root's", 0, 0755, 0, 0644, FILE_IS_ROOTS | WAY_IS_ROOTS | DIR_IS_TRUSTED },
		{ "root's, open to others", 0, 0755, 0, 0646, WAY_IS_ROOTS | DIR_IS_TRUSTED },
		{ "root's, in a directory that we cannot read", 0, 0711, 0, 0644, FILE_IS_ROOTS },
		{ "root's, in a directory open to others", 0, 0757, 0, 0644, FILE_IS_ROOTS },
		{ "root's, in a sticky directory open to others", 0, 01777, 0, 0644, FILE_IS_ROOTS },
		/* The user who is uid 0 of the namespace: these containers are the user's own. */
		{ "the user's", ROOTLESS_USER, 0755, ROOTLESS_USER, 0644, ALL_OURS },
		{ "the user's, open to others", ROOTLESS_USER, 0755, ROOTLESS_USER, 0646,
		  WAY_IS_ROOTS | DIR_IS_TRUSTED | DIR_IS_OWN },
		/* Files that processes of containers make. */
		{ "a container's", 0, 0755, ROOTLESS_FIRST_SUBUID + 999, 0644, WAY_IS_ROOTS | DIR_IS_TRUSTED },
		{ "a container's directory", ROOTLESS_FIRST_SUBUID + 999, 0755, 0, 0644, FILE_IS_ROOTS },
		{ "of a container's user nobody, with the number of the overflow uid", 0, 0755, SUBUID_OF_NOBODY, 0644,
		  WAY_IS_ROOTS | DIR_IS_TRUSTED },
		{ "a directory of a container's user nobody", SUBUID_OF_NOBODY, 0755, 0, 0644, FILE_IS_ROOTS },
		/* The kernel does not tell them from root: the directory has to be one that root gave them. */
		{ "another user's", OTHER_USER, 0755, OTHER_USER, 0644, FILE_IS_ROOTS | WAY_IS_ROOTS | DIR_IS_TRUSTED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct question question;

		make_question(*state, rows[i].dir_uid, rows[i].dir_mode, rows[i].file_uid, rows[i].file_mode,
			      &question);
		int answer = run_in_user_namespace(ROOTLESS_MAP, ask, &question);

		if (answer != rows[i].answer)
			fail_msg("%s: %d instead of %d", rows[i].row, answer, rows[i].answer);
	}
}

/* /tmp/NAME of another user looks like root's there. */
static void rootless_a_sticky_directory_is_not_trusted(void **state)
{
	const struct scratch *scratch = *state;
	struct question question;

	make_question(scratch, OTHER_USER, 0755, OTHER_USER, 0644, &question);
	assert_int_equal(chmod(scratch->path, 01777), 0);
	assert_int_equal(run_in_user_namespace(ROOTLESS_MAP, ask, &question), FILE_IS_ROOTS);
	/* The user's own directories are the user's there too. */
	make_question(scratch, ROOTLESS_USER, 0755, ROOTLESS_USER, 0644, &question);
	assert_int_equal(run_in_user_namespace(ROOTLESS_MAP, ask, &question), ALL_OURS);
}

static void the_host_root_in_the_map_ends_the_exception(void **state)
{
	struct question question;

	make_question(*state, OTHER_USER, 0755, OTHER_USER, 0644, &question);
	assert_int_equal(run_in_user_namespace("0 0 1\n1 100000 65536\n", ask, &question), REFUSED);
	assert_int_equal(run_here(ask, &question), REFUSED);
	/* The user `nobody` of the host. */
	make_question(*state, NOBODY, 0755, NOBODY, 0644, &question);
	assert_int_equal(run_here(ask, &question), REFUSED);
}

static int ask_as_user(const void *arg)
{
	return setresuid(ROOTLESS_USER, ROOTLESS_USER, ROOTLESS_USER) < 0 ? BROKEN : ask(arg);
}

/* kubefence list of a user: the user's own directory is accepted, and no other file is the node's. */
static void a_user_has_directories_of_his_own(void **state)
{
	struct question question;

	make_question(*state, ROOTLESS_USER, 0755, ROOTLESS_USER, 0644, &question);
	assert_int_equal(run_here(ask_as_user, &question), FILE_IS_OWN | DIR_IS_OWN);
	make_question(*state, OTHER_USER, 0755, OTHER_USER, 0644, &question);
	assert_int_equal(run_here(ask_as_user, &question), REFUSED);
	make_question(*state, 0, 0755, 0, 0644, &question);
	assert_int_equal(run_here(ask_as_user, &question), FILE_IS_ROOTS | WAY_IS_ROOTS | DIR_IS_TRUSTED);
	assert_int_equal(run_here(ask, &question), ALL_OURS);
}

static int ask_without_capabilities(const void *arg)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	return syscall(SYS_capset, &header, none) < 0 ? BROKEN : ask(arg);
}

/* Without CAP_FOWNER, the kernel's answer about the owner proves nothing. */
static void without_the_capability_no_file_is_the_host_root_s(void **state)
{
	struct question question;

	make_question(*state, 0, 0755, 0, 0644, &question);
	assert_int_equal(run_in_user_namespace(ROOTLESS_MAP, ask_without_capabilities, &question), REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_means_our_uid),
		node_test(rootless_the_overflow_uid_is_the_host_root),
		node_test(rootless_a_sticky_directory_is_not_trusted),
		node_test(the_host_root_in_the_map_ends_the_exception),
		node_test(a_user_has_directories_of_his_own),
		node_test(without_the_capability_no_file_is_the_host_root_s),
		/* The last one: it lets this process find out where it runs. */
		cmocka_unit_test(root_owned_means_root_alone),
	};

	return is_root() ? cmocka_run_group_tests_name("base/owner", tests, NULL, NULL) : 0;
}
