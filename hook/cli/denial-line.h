/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_DENIAL_LINE_H
#define KF_CLI_DENIAL_LINE_H

#include "cli/output.h"

#include "denials/denial.h"
#include "denials/watched.h"

/*
 * Prints one denial of a container on standard output: a line of words for people, or a document with time,
 * container_id, namespace, pod, container, process, program, operation, path, new_path, target, error, cause and count.
 * A container's text is escaped. 0, -EIO or -ENOMEM.
 */
int kf_denial_line_print(const struct kf_watched *watched, const struct kf_denial *denial, enum kf_output output);

#endif
