/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_RUNTIME_LOG_H
#define KF_OCI_RUNTIME_LOG_H

/*
 * Appends one line {"level":"error","msg":MESSAGE,"time":now in RFC 3339} to the file an engine gave with --log, where
 * containerd and Podman look for the reason of a failure. TARGET may have crun's prefix "file:"; its "journald:" and
 * "syslog:" are left alone. A log that cannot be written changes nothing: the message is on standard error as well.
 */
void kf_runtime_log_append(const char *target, const char *message);

#endif
