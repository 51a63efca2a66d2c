/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_STAGE_SHIM_H
#define KF_STAGE_SHIM_H

struct kf_config;
struct kf_rewrite_request;

/*
 * A shim is told to delete container REQUEST->id, as containerd does whenever a container is gone, also after a crash:
 * removes the container's record, if it still has one, and logs that. Cannot fail: the shim must go on with its own
 * part. CONFIG is what is known, be it salvaged; NULL: the default state directory. CRI-O never calls it; there, and in
 * the usual case, our poststop hook is the first.
 */
void kf_stage_shim_delete(const struct kf_rewrite_request *request, const struct kf_config *config);

#endif
