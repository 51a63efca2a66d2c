/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/watched.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

/* /proc/PID/status has some kilobytes; the kernel allows 340 lines of a map. */
enum { PROC_FILE_MAX = 64 * 1024 };

static int open_proc(int proc_fd, const char *name, int flags, int *ret_fd)
{
	int fd = openat(proc_fd, name, flags | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	*ret_fd = fd;
	return 0;
}

/* The inode number of the namespace on FD, and whether it is the one that this process has at OWN_PATH. */
static int identify(int fd, const char *own_path, uint32_t *ret, bool *ret_own)
{
	struct stat st, own;

	if (fstat(fd, &st) < 0 || stat(own_path, &own) < 0)
		return -errno;
	*ret = (uint32_t)st.st_ino;
	*ret_own = st.st_ino != own.st_ino;
	return 0;
}

static int read_text(int proc_fd, const char *name, char **ret)
{
	cleanup_close int fd = -1;
	struct kf_error unused;
	size_t length;
	int r = open_proc(proc_fd, name, O_RDONLY, &fd);

	return r < 0 ? r : kf_read_all(fd, name, PROC_FILE_MAX, ret, &length, &unused);
}

/* Is the process the first one of its pid namespace? Then every process in that namespace is of its container. */
static bool is_first_of_namespace(int proc_fd)
{
	cleanup_free char *status = NULL;
	const char *line, *last;

	if (read_text(proc_fd, "status", &status) < 0)
		return false;
	line = strstr(status, "\nNSpid:");
	if (!line)
		return false;
	line++;
	last = line + strcspn(line, "\n");
	return last - line > 2 && last[-1] == '1' && last[-2] == '\t';
}

static int open_namespaces(int proc_fd, struct kf_watched *ret)
{
	cleanup_close int pid_fd = -1;
	bool own_mounts = false, own_processes = false;
	int r = open_proc(proc_fd, "ns/mnt", O_RDONLY, &ret->mount_fd);

	if (r == 0)
		r = open_proc(proc_fd, "ns/user", O_RDONLY, &ret->user_fd);
	if (r == 0)
		r = open_proc(proc_fd, "ns/net", O_RDONLY, &ret->network_fd);
	if (r == 0)
		r = open_proc(proc_fd, "ns/pid", O_RDONLY, &pid_fd);
	if (r == 0)
		r = identify(ret->mount_fd, "/proc/self/ns/mnt", &ret->mount_namespace, &own_mounts);
	if (r == 0)
		r = identify(ret->user_fd, "/proc/self/ns/user", &ret->user_namespace, &ret->own_users);
	if (r == 0)
		r = identify(pid_fd, "/proc/self/ns/pid", &ret->pid_namespace, &own_processes);
	if (r < 0)
		return r;
	if (!own_processes || !is_first_of_namespace(proc_fd))
		ret->pid_namespace = 0;
	return own_mounts ? 0 : -ENOTSUP;
}

static int look(int proc_fd, struct kf_watched *ret)
{
	int r = open_namespaces(proc_fd, ret);

	if (r == 0)
		r = read_text(proc_fd, "uid_map", &ret->uid_map);
	return r < 0 ? r : read_text(proc_fd, "gid_map", &ret->gid_map);
}

static int copy_names(const struct kf_record *record, struct kf_watched *ret)
{
	ret->id = strdup(record->container.id);
	ret->pod = strdup(record->container.pod);
	ret->namespace = strdup(record->container.namespace);
	ret->name = strdup(record->container.name);
	ret->profile = strdup(record->profile);
	ret->handler = strdup(record->handler);
	ret->bundle = strdup(record->container.bundle);
	ret->process = record->process;
	return ret->id && ret->pod && ret->namespace && ret->name && ret->profile && ret->handler && ret->bundle
		       ? 0
		       : -ENOMEM;
}

int kf_watched_open(const struct kf_record *record, struct kf_watched *ret, struct kf_error *err)
{
	cleanup_watched struct kf_watched watched = KF_WATCHED_NONE;
	cleanup_close int proc_fd = -1;
	const char *id = record->container.id;
	char path[32];
	int r;

	if (record->process.pid <= 0)
		return kf_fail(err, ENOTSUP, "the record of container %s names no process to look at", id);
	(void)snprintf(path, sizeof path, "/proc/%d", (int)record->process.pid);
	r = open_proc(AT_FDCWD, path, O_PATH | O_DIRECTORY, &proc_fd);
	if (r == 0)
		r = look(proc_fd, &watched);
	/* It was this process all the time if it still is. */
	if (r == 0 && !kf_process_id_alive(&record->process))
		r = -ESRCH;
	if (r == 0)
		r = copy_names(record, &watched);
	if (r == -ESRCH)
		return kf_fail(err, ESRCH, "container %s has ended", id);
	if (r == -ENOTSUP)
		return kf_fail(err, ENOTSUP,
			       "the processes of container %s cannot be told from the host's: a virtual machine's "
			       "denials are only seen in it",
			       id);
	if (r < 0)
		return kf_fail_errno(err, -r, "cannot look at container %s", id);
	*ret = watched;
	watched = KF_WATCHED_NONE;
	return 0;
}

void kf_watched_close(struct kf_watched *watched)
{
	int *const fds[] = { &watched->mount_fd, &watched->user_fd, &watched->network_fd };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		kf_close_fd(fds[i]);
		*fds[i] = -1;
	}
}

void kf_watched_done(struct kf_watched *watched)
{
	char *const texts[] = { watched->id,     watched->pod,     watched->namespace,
				watched->name,   watched->profile, watched->handler,
				watched->bundle, watched->uid_map, watched->gid_map };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	kf_watched_close(watched);
	*watched = KF_WATCHED_NONE;
}
