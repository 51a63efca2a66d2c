/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NODE_NONO_VALIDATE_H
#define KF_NODE_NONO_VALIDATE_H

struct kf_error;

/*
 * Asks the nono at NONO_BIN_PATH whether it accepts the profile in the file PROFILE_PATH (`nono profile validate`),
 * with an environment of our own and a HOME that holds nothing. 0 if it does; -EINVAL, with nono's own words, if not;
 * -ETIMEDOUT after ten seconds; another negative errno if nono cannot be run.
 */
int kf_nono_validate(const char *nono_bin_path, const char *profile_path, struct kf_error *err);

#endif
