/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_CONFINED_H
#define KF_LAUNCHER_CONFINED_H

#include <stdbool.h>

struct kf_error;

/*
 * Is this process already under a profile? The kernel is asked, not the environment: where file permissions let this
 * process read, does Landlock say EACCES (Documentation/userspace-api/landlock.rst)? Two things are tried. A profile
 * grants the launcher and has no reason to grant nono beside it; and where one grants all of that directory (NONO_DIR,
 * a descriptor), there still is "/", which nono refuses to grant because its own state lies below. Every doubt is a
 * "no", which costs one more layer: no_new_privs not set, the launcher denied as well, another error.
 */
bool kf_confined(int nono_dir);

/*
 * Proves that this process is under a profile, also where a seccomp filter of the pod answers in the kernel's place. A
 * filter sees the number, the arguments and the instruction of a system call, and no memory (seccomp(2)); it can fail a
 * call or let it return 0. So prctl(2) must say 1 for no_new_privs, and one and the same call of openat(2) with the
 * same arguments must open GRANTED and must fail with EACCES for DENIED, two paths in one buffer. GRANTED is a file
 * that every profile grants, DENIED is one that no profile grants and whose file permissions let every user read it.
 * -EPERM, and the reason in ERR, if not.
 */
int kf_confined_verify(const char *granted, const char *denied, struct kf_error *err);

#endif
