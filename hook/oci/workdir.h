/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_WORKDIR_H
#define KF_OCI_WORKDIR_H

#include <json-c/json.h>
#include <stdbool.h>

/* The variable by which a profile can grant the working directory: "/$NONO_WORKDIR" in its filesystem lists. */
#define KF_WORKDIR_VARIABLE "NONO_WORKDIR"

/*
 * The working directory of PROCESS (runtime-spec config.md, "Process", cwd) if a profile may be given it, else NULL.
 * Image and pod choose cwd, so it must not open what profiles keep closed: system directories, /etc, /run, devices, a
 * home directory as a whole, hidden directories. And what lies above HOME makes nono refuse to start. Only characters
 * that nono takes literally are allowed. Borrowed.
 */
const char *kf_workdir_grant(struct json_object *process);

/*
 * The same for a further process in the container whose own process is CONTAINER: the container's working directory,
 * unless nono would not start PROCESS then because of its HOME. Borrowed from CONTAINER.
 */
const char *kf_workdir_grant_in(struct json_object *container, struct json_object *process);

#endif
