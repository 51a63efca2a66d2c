/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_DENIAL_LINE_H
#define KF_CLI_DENIAL_LINE_H

#include <stdbool.h>

#include "denials/denial.h"
#include "denials/watched.h"

/*
 * Prints one denial of a container on one line of standard output: words for people, or a JSON object with time,
 * container_id, namespace, pod, process, program, operation, path, new_path, target, error, cause and count. The
 * container's text is escaped. 0, -EIO or -ENOMEM.
 */
int kf_denial_line_print(const struct kf_watched *watched, const struct kf_denial *denial, bool json);

#endif
