/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nono.h"
#include "launcher/search.h"
#include "policy/names.h"

#define VARIABLE "NONO_PROFILE="

/* As much of an environment as is read to find one variable in it. */
enum { ENVIRON_MAX = 1024 * 1024 };

/* Returns the length, up to SIZE; 0 if the file cannot be read. */
static size_t read_some(const char *path, char *buffer, size_t size)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t length = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && length < size) {
		n = TEMP_FAILURE_RETRY(read(fd, buffer + length, size - length));
		length += n > 0 ? (size_t)n : 0;
	}
	return length;
}

/* The value of the variable in the file of assignments with NULs between them, or NULL. */
static const char *profile_in(const char *path)
{
	static char block[ENVIRON_MAX + 1];
	size_t length = read_some(path, block, ENVIRON_MAX);

	block[length] = '\0';
	for (const char *entry = block; entry < block + length; entry += strlen(entry) + 1)
		if (strncmp(entry, VARIABLE, strlen(VARIABLE)) == 0)
			return entry + strlen(VARIABLE);
	return NULL;
}

int kf_container_profile(const char *own, const char *first_environ, char ret[KF_PROFILE_SIZE])
{
	const char *name = own ? own : profile_in(first_environ);

	if (!name)
		name = "default";
	if (!kf_profile_name_valid(name))
		return -EINVAL;
	memcpy(ret, name, strlen(name) + 1);
	return 0;
}

void kf_environment_leave_dir(char **environment, const struct stat *dir)
{
	for (char **entry = environment; *entry; entry++)
		if (strncmp(*entry, "PATH=", strlen("PATH=")) == 0)
			kf_path_remove_dir(*entry + strlen("PATH="), dir);
}
