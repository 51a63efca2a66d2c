/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_CONFINED_H
#define KF_LAUNCHER_CONFINED_H

#include <stdbool.h>

/*
 * Is this process already under a profile? The kernel is asked, not the environment: a profile grants the launcher and
 * has no reason to grant nono and the profiles, so inside a sandbox Landlock denies one of those with EACCES
 * (Documentation/userspace-api/landlock.rst) where file permissions do not. NONO_DIR is a descriptor of /nono.
 * Every doubt is a "no": no_new_privs not set, the launcher denied as well, another error. A profile that grants all
 * of /nono gets a "no", too: see kf_no_layer_left().
 */
bool kf_confined(int nono_dir);

/*
 * Does the kernel accept no further Landlock layer (E2BIG, "Ruleset layers" in landlock.rst: 16 of them)? Then there
 * are that many already, and nono could not start. Asked in a child process, because a layer stays.
 */
bool kf_no_layer_left(void);

#endif
