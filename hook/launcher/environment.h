/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_ENVIRONMENT_H
#define KF_LAUNCHER_ENVIRONMENT_H

#include <sys/stat.h>

#include "base/nono.h"

/* Room for a profile's name, the closing NUL included. */
enum { KF_PROFILE_SIZE = KF_PROFILE_NAME_MAX + 1 };

/*
 * The container's profile: NONO_PROFILE in this process's own environment (OWN; NULL: not set), else in
 * that of the container's first process (FIRST_ENVIRON, /proc/1/environ), else "default". Neither is proof of
 * anything: the caller of a command chooses its environment, and a process can write over its own. So they can choose
 * only a name: -EINVAL if the name is not valid.
 */
int kf_container_profile(const char *own, const char *first_environ, char ret[KF_PROFILE_SIZE]);

/* Takes the directory DIR out of every PATH in ENVIRONMENT, in place. */
void kf_environment_leave_dir(char **environment, const struct stat *dir);

#endif
