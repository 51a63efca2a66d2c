/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_NONO_H
#define KF_BASE_NONO_H

/*
 * What the host side and the launcher, which runs inside containers, have to agree on: where nono is in a container,
 * how it is called, and which variables steer it.
 */
#include <stdbool.h>
#include <string.h>

/* Where the node's nono directory appears in a container. */
#define KF_NONO_DIR "/nono"

/* In it: the launcher, which the names of programs beside nono (sh, python3, ...) are symlinks to. */
#define KF_LAUNCHER_DIR "launcher"
#define KF_LAUNCHER KF_LAUNCHER_DIR "/kubefence-launcher"

/* What runtimes put in when a spec has no PATH, so that adding one changes nothing else. */
#define KF_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * The words in front of a command that is to run under the profile in PROFILE_FILE. "-s" keeps nono off stdout and
 * stderr, and from asking a terminal.
 */
#define KF_NONO_WRAP(profile_file) KF_NONO_DIR "/nono", "-s", "wrap", "--profile", (profile_file), "--"

/* Is this assignment (NAME=VALUE) to a variable that steers nono: some add grants, or run programs before Landlock is
 * on. */
static inline bool kf_steers_nono(const char *assignment)
{
	return strncmp(assignment, "NONO_", strlen("NONO_")) == 0 ||
	       strncmp(assignment, "TOOL_SANDBOX_", strlen("TOOL_SANDBOX_")) == 0;
}

#endif
