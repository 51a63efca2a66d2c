/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "fixtures.h"
#include "node/restored.h"

static void copy_program(const char *from, const char *to)
{
	int in_fd = open(from, O_RDONLY | O_CLOEXEC), out_fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;

	assert_true(in_fd >= 0 && out_fd >= 0);
	assert_int_equal(fstat(in_fd, &st), 0);
	for (off_t done = 0; done < st.st_size;) {
		ssize_t sent = sendfile(out_fd, in_fd, NULL, (size_t)(st.st_size - done));

		assert_true(sent > 0);
		done += sent;
	}
	(void)close(in_fd);
	(void)close(out_fd);
}

/* Runs PROGRAM, a sleep, and asks about it; REMOVED: its file has gone meanwhile. */
static bool ask_about(const char *program, bool removed)
{
	int started[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(started, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)execl(program, "criu", "60", (char *)NULL);
		_exit(127);
	}
	(void)close(started[1]);
	/* The end of the file is the exec. */
	assert_int_equal(read(started[0], &byte, 1), 0);
	(void)close(started[0]);
	if (removed)
		assert_int_equal(unlink(program), 0);

	bool restored = kf_process_is_restored(pid) > 0;

	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return restored;
}

static void criu_is_known_by_its_program(void **state)
{
	struct scratch *scratch = *state;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/criu", scratch->path);
	copy_program("/bin/sleep", path);
	assert_true(ask_about(path, false));
	assert_true(ask_about(path, true));
}

static void others_are_not(void **state)
{
	static const char *const names[] = { "criux", "xcriu", "criu (deleted) ", "runc", "criu.x" };
	struct scratch *scratch = *state;
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", scratch->path, names[i]);
		copy_program("/bin/sleep", path);
		expect(names[i], !ask_about(path, false));
	}
	/* argv[0] is the process's own word. */
	assert_false(ask_about("/bin/sleep", false));
	assert_int_equal(0, kf_process_is_restored(getpid()));
	assert_int_equal(0, kf_process_is_restored(0));
	assert_int_equal(0, kf_process_is_restored(INT_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(criu_is_known_by_its_program),
		scratch_test(others_are_not),
	};

	return cmocka_run_group_tests_name("node/restored", tests, NULL, NULL);
}
