/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_WARM_H
#define KF_NODE_WARM_H

/*
 * Reads nono and the launcher of the directory DIRFD (from kf_nono_dir_open()) into the page cache, unless they are
 * there. The kernel charges a page to the cgroup that reads it first (Documentation/admin-guide/cgroup-v2.rst, "Memory
 * Ownership"): called from outside of the container's cgroup, this function keeps nono's 39 MB out of a small memory
 * limit. Files of more than 256 MiB are left alone. Never fails: without it a start is slower, and nothing else.
 */
void kf_warm_nono(int dirfd);

#endif
