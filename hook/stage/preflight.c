/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/preflight.h"

#include <errno.h>

#include "base/json.h"
#include "node/landlock.h"
#include "nono/dir.h"
#include "nono/profile.h"
#include "policy/names.h"

/* kubefence cannot read a profile that nono finds by itself; but it knows the names that nono does not take. */
static int check_bare_name(const struct kf_decision *decision, struct kf_error *err)
{
	if (kf_profile_name_nono_takes(decision->profile))
		return 0;
	return kf_fail(err, EINVAL,
		       "profile %s is not installed, and nono takes no name with '_', or with '-' at the end",
		       decision->profile);
}

static int refuse_run_only(const char *profile, struct kf_error *err)
{
	return kf_fail(err, ENOTSUP,
		       "profile %s needs nono run: its network filter is a proxy that nono wrap does not start: use "
		       "another profile such as default, or install a %s.json without it",
		       profile, profile);
}

static int read_profile(const struct kf_decision *decision, int fd, struct kf_profile *ret, struct kf_error *err)
{
	cleanup_profile struct kf_profile profile = { 0 };
	int r = kf_profile_read(fd, decision->profile, &profile, err);

	if (r == 0)
		r = kf_profile_check_wrap(&profile, decision->profile, err);
	if (r == 0)
		r = kf_profile_check_last_step(&profile, decision->profile, err);
	if (r < 0)
		return r;
	*ret = profile;
	profile.document = NULL;
	return 0;
}

static int find_profile(const struct kf_decision *decision, struct kf_readiness *readiness, struct kf_error *err)
{
	cleanup_close int fd = -1;
	int r = kf_nono_dir_open_profile(readiness->nono_fd, decision->profile, &fd, err);

	readiness->wrapping.profile = decision->profile;
	if (r == -ENOENT && kf_profile_name_needs_run(decision->profile))
		return refuse_run_only(decision->profile, err);
	if (r == -ENOENT && decision->class.profile_lookup == KF_PROFILE_LOOKUP_FILES_THEN_NONO) {
		readiness->wrapping.by_name = true;
		return check_bare_name(decision, err);
	}
	return r < 0 ? r : read_profile(decision, fd, &readiness->profile, err);
}

static int open_nono(const struct kf_config *config, const struct kf_decision *decision, int *ret_fd,
		     struct kf_error *err)
{
	int r = kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, ret_fd, err);

	if (r == 0 && decision->class.vm)
		r = kf_nono_dir_check_read_only(*ret_fd, config->nono_dir, err);
	return r < 0 ? kf_because(err, KF_REASON_NONO_UNTRUSTED) : 0;
}

int kf_preflight(const struct kf_config *config, const struct kf_decision *decision, struct kf_readiness *ret,
		 struct kf_error *err)
{
	cleanup_readiness struct kf_readiness readiness = KF_NOT_READY;
	int r;

	/* Nono and its profiles are those in the guest's image. */
	if (decision->class.delivery == KF_DELIVERY_GUEST) {
		readiness.wrapping.profile = decision->profile;
		*ret = readiness;
		return 0;
	}
	r = open_nono(config, decision, &readiness.nono_fd, err);
	if (r < 0)
		return r;
	if (find_profile(decision, &readiness, err) < 0)
		return kf_because(err, KF_REASON_PROFILE_REFUSED);
	/* The kernel of a virtual machine is another one: nono itself refuses there. */
	r = decision->class.vm ? 0 : kf_landlock_abi(err);
	if (r < 0)
		return kf_because(err, KF_REASON_LANDLOCK_UNAVAILABLE);
	readiness.landlock_abi = r;
	*ret = readiness;
	readiness = (struct kf_readiness)KF_NOT_READY;
	return 0;
}
