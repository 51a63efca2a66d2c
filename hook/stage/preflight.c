/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/preflight.h"

#include "base/error.h"
#include "node/landlock.h"
#include "node/nono-dir.h"

int kf_preflight(const struct kf_config *config, const struct kf_decision *decision, int *ret_nono_fd,
		 enum kf_reason *ret_reason, struct kf_error *err)
{
	bool allow_dynamic = config->allow_dynamic_nono == KF_SWITCH_YES;
	cleanup_close int nono_fd = -1;
	int r;

	*ret_reason = KF_REASON_NONO_UNTRUSTED;
	r = kf_nono_dir_open(config->nono_bin_path, allow_dynamic, &nono_fd, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_PROFILE_REFUSED;
	r = kf_nono_dir_check_profile(nono_fd, decision->profile, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_LANDLOCK_UNAVAILABLE;
	r = kf_landlock_abi(err);
	if (r < 0)
		return r;
	if (ret_nono_fd)
		*ret_nono_fd = kf_steal_fd(&nono_fd);
	return 0;
}
