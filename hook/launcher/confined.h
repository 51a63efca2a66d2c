/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_CONFINED_H
#define KF_LAUNCHER_CONFINED_H

#include <stdbool.h>

/*
 * Is this process already under a profile? The kernel is asked, not the environment: a profile grants the launcher
 * (NONO_DIR/launcher) and has no reason to grant nono or the profiles, so inside a sandbox Landlock denies those two
 * with EACCES (Documentation/userspace-api/landlock.rst), and only those two: they lie in one directory, on one mount,
 * with one owner and mode. Every doubt is a "no": NONO_DIR (an O_PATH descriptor) that cannot be looked into, no
 * no_new_privs, another error. A profile that grants all of /nono gets a "no", too: see kf_no_layer_left().
 */
bool kf_confined(int nono_dir);

/*
 * Does the kernel accept no further Landlock layer (E2BIG, "Ruleset layers" in landlock.rst: 16 of them)? Then there
 * are that many already, and nono could not start. Asked in a child process, because a layer stays.
 */
bool kf_no_layer_left(void);

#endif
