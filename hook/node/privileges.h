/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_PRIVILEGES_H
#define KF_NODE_PRIVILEGES_H

struct kf_error;

/*
 * The hook gives privileges away, so that a flaw in it, or in a library it loads, is worth less. This is for programs
 * that an engine calls and that start no other program: kubefence-runtime hands everything on as it came.
 */

/*
 * Drops everything that the caller handed down needlessly: descriptors after standard error
 * (close_range(2)), the environment except XDG_RUNTIME_DIR (a rootless user's records are there), and the umask. Also
 * forbids others to trace this process or to read its memory (PR_SET_DUMPABLE, ptrace(2)): a container in the host's
 * pid namespace could, when its root has the same uid. Called at the start of main; cannot fail.
 */
void kf_privileges_shield(void);

/*
 * Gives up all capabilities (capset(2)), and with no_new_privs the way back to them, which for uid 0 is any execve(2).
 * To be called when only root's own files and the journal are left to write. 0 or -errno, with a message.
 */
int kf_privileges_drop(struct kf_error *err);

#endif
