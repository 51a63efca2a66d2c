/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_LOG_H
#define KF_RUNTIME_LOG_H

/*
 * Appends one line {"level":"error","msg":MESSAGE,"time":now in RFC 3339} to the file that an engine named with --log:
 * containerd and Podman look there for the reason of a failure. TARGET may have crun's prefix "file:"; nothing is
 * written for its "journald:" and "syslog:". A failure to write is passed over: the message is on standard error as
 * well.
 */
void kf_runtime_log_append(const char *target, const char *message);

#endif
