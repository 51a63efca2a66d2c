/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_NONO_H
#define KF_BASE_NONO_H

/*
 * The host side and the launcher, which runs inside containers, have to agree on this: the place of nono in a
 * container, and the way it is called.
 */
#include <stdio.h>

/* The mount point of the node's nono directory in a container. */
#define KF_NONO_DIR "/nono"

/* The longest name of a profile, without the closing NUL. */
enum { KF_PROFILE_NAME_MAX = 64 };

/* The profiles in the nono directory: profiles/NAME.json. */
#define KF_PROFILES_DIR "profiles"
#define KF_PROFILE_SUFFIX ".json"

/* Room for the path that kf_profile_file() writes, the closing NUL included. */
#define KF_PROFILE_FILE_MAX (sizeof KF_PROFILES_DIR "/" KF_PROFILE_SUFFIX + KF_PROFILE_NAME_MAX)

/* The path of the profile NAME, a valid name, below the nono directory. Returns BUF. */
static inline const char *kf_profile_file(const char *name, char buf[static KF_PROFILE_FILE_MAX])
{
	(void)snprintf(buf, KF_PROFILE_FILE_MAX, KF_PROFILES_DIR "/%s" KF_PROFILE_SUFFIX, name);
	return buf;
}

/* The launcher in that directory. The names of programs beside nono (sh, python3, ...) are symlinks to it. */
#define KF_LAUNCHER_DIR "launcher"
#define KF_LAUNCHER KF_LAUNCHER_DIR "/kubefence-launcher"

/* The PATH that runtimes set when a spec has none: adding it changes nothing else. The node's programs are there, too.
 */
#define KF_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The launcher's own command words: used by the rewrite, in front of a container's command, and by nono, inside. */
#define KF_LAUNCHER_PATH KF_NONO_DIR "/" KF_LAUNCHER
#define KF_FIRST_STEP "first-step"
#define KF_LAST_STEP "last-step"

/*
 * A place where nothing is and where no process can make anything: HOME and TMPDIR of nono. Nono then reads no file of
 * the image or the user, leaves none, and refuses no home.
 */
#define KF_NOWHERE KF_NONO_DIR "/none"

/*
 * The words in front of a command that is to run under the profile in PROFILE_FILE. "-s" keeps nono off stdout and
 * stderr, and from asking a terminal. The last step has to be readable under every profile.
 */
#define KF_NONO_WRAP(profile_file)                                                                                     \
	KF_NONO_DIR "/nono", "-s", "wrap", "--profile", (profile_file), "--read", KF_NONO_DIR "/" KF_LAUNCHER_DIR, "--"

#endif
