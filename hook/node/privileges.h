/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_PRIVILEGES_H
#define KF_NODE_PRIVILEGES_H

struct kf_error;

/*
 * What the hook gives away, so that a flaw in it, or in a library it loads, is worth less. It is for programs that
 * start no other and are called by an engine: kubefence-runtime hands everything on as it came.
 */

/*
 * At the start of main, and never a reason to stop: lets go of what the caller handed down without being asked to.
 * Descriptors behind standard error (close_range(2)); the environment but XDG_RUNTIME_DIR, which is where a rootless
 * user's records are; the umask. And a container in the host's pid namespace may neither trace the process nor read its
 * memory, although its root has the same uid (PR_SET_DUMPABLE, ptrace(2)).
 */
void kf_privileges_shield(void);

/*
 * Once nothing is left to do but writing root's own files and to the journal: gives up all capabilities (capset(2)),
 * and with no_new_privs the way back to them, which for uid 0 is any execve(2). 0 or -errno.
 */
int kf_privileges_drop(struct kf_error *err);

#endif
