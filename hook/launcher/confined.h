/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_CONFINED_H
#define KF_LAUNCHER_CONFINED_H

#include <stdbool.h>

/*
 * Is this process already under a profile? The kernel is asked, not the environment: where file permissions let this
 * process read, does Landlock say EACCES (Documentation/userspace-api/landlock.rst)? Two things are tried. A profile
 * grants the launcher and has no reason to grant nono beside it; and where one grants all of that directory (NONO_DIR,
 * a descriptor), there still is "/", which nono refuses to grant because its own state lies below. Every doubt is a
 * "no", which costs one more layer: no_new_privs not set, the launcher denied as well, another error.
 */
bool kf_confined(int nono_dir);

#endif
