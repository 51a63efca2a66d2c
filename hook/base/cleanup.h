/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_CLEANUP_H
#define KF_BASE_CLEANUP_H

/*
 * Variables that clean up after themselves when they leave their scope. Each function takes the type's null value
 * (-1, NULL) for "nothing to do", so a variable is safe from its declaration on.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define KF_CLEANUP(function) __attribute__((cleanup(function)))

static inline void kf_close_fd(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
	}
}

static inline void kf_free_string(char **text)
{
	free(*text);
}

static inline void kf_close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

#define cleanup_close KF_CLEANUP(kf_close_fd)
#define cleanup_free KF_CLEANUP(kf_free_string)
#define cleanup_dir KF_CLEANUP(kf_close_dir)

/* Takes the descriptor out of a cleanup_close variable and hands it on. */
static inline int kf_steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Takes the string out of a cleanup_free variable and hands it on. */
static inline char *kf_steal_string(char **text)
{
	char *taken = *text;

	*text = NULL;
	return taken;
}

#endif
