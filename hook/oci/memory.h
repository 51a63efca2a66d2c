/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_MEMORY_H
#define KF_OCI_MEMORY_H

#include <json-c/json.h>

/*
 * The smallest memory limit, in MiB, under which the first process and every exec start. Measured with nono 0.80.0 in
 * the page cache and a command that needs next to nothing: at 2 MiB nothing starts, at 3 MiB the first process and one
 * exec do, and up to 6 MiB some of four execs at the same time are killed.
 */
enum { KF_MEMORY_SMALLEST_MIB = 8 };

/*
 * A warning in one line if the memory limit of SPEC (runtime-spec config-linux.md, "Memory": linux.resources.memory) is
 * below the smallest that works; NULL if not, or without memory. The caller's to free.
 */
char *kf_memory_warning(struct json_object *spec);

#endif
