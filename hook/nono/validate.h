/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_VALIDATE_H
#define KF_NONO_VALIDATE_H

#include <stdbool.h>

struct kf_error;

/*
 * Asks the nono at NONO_BIN_PATH whether it accepts the profile in the file PROFILE_PATH (`nono profile validate`),
 * with an environment of our own and a HOME that holds nothing. 0 if it does; -EINVAL, with nono's own words, if not;
 * -ETIMEDOUT after MSEC milliseconds; another negative errno if nono cannot be run.
 */
int kf_nono_validate(const char *nono_bin_path, const char *profile_path, unsigned int msec, struct kf_error *err);

/* The time that the programs wait for an answer of nono. */
#define KF_NONO_MSEC 10000

/* Three numbers, as in "nono 0.80.0". */
struct kf_nono_version {
	unsigned int major, minor, patch;
};

/* Asks the nono at NONO_BIN_PATH which version it is, as above. -EINVAL for an answer that names none. */
int kf_nono_version(const char *nono_bin_path, unsigned int msec, struct kf_nono_version *ret, struct kf_error *err);

/* The version in TEXT, "nono X.Y.Z" and perhaps more after a blank or line end. 0 or -EINVAL. */
int kf_nono_version_parse(const char *text, struct kf_nono_version *ret);

/* Is it one whose behaviour is known: 0.66.0 to 0.80.x? The profiles and the settings we refuse rest on that. */
#define KF_NONO_VERSIONS "0.66.0 to 0.80.x"
bool kf_nono_version_known(const struct kf_nono_version *version);

#endif
