/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_RESTORED_H
#define KF_NODE_RESTORED_H

#include <sys/types.h>

/*
 * Is process PID one that CRIU restores, and not a runtime's init? runc calls createRuntime hooks in the middle of
 * `restore`, when the process still has CRIU's program and becomes the checkpoint's later (runc, criu_linux.go,
 * "setup-namespaces"). /proc/PID/exe (proc(5)) says so: its name is criu, a symlink of the node's cannot change it.
 * No runtime's init has this name: it is runc's or crun's own program, or a copy in memory. Returns 1 or 0; 0 also
 * where we may not look, or where there is no such process; or another error of readlink(2).
 */
int kf_process_is_restored(pid_t pid);

#endif
