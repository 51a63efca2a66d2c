/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/preflight.h"

#include <errno.h>

#include "base/error.h"
#include "base/json.h"
#include "node/landlock.h"
#include "node/nono-dir.h"
#include "oci/profile.h"
#include "policy/names.h"

/* Nothing is known about a profile that nono finds by itself; but these are known not to be what they seem. */
static int check_bare_name(const struct kf_decision *decision, struct kf_error *err)
{
	if (kf_profile_name_nono_takes(decision->profile))
		return 0;
	return kf_fail(err, EINVAL,
		       "profile %s is not installed, and no name that nono takes: no '_', no '-' at the end",
		       decision->profile);
}

static int refuse_run_only(const char *profile, struct kf_error *err)
{
	return kf_fail(err, ENOTSUP,
		       "profile %s needs nono run: its network filter is a proxy that nono wrap does not start: use "
		       "another profile such as default, or install a %s.json without it",
		       profile, profile);
}

static int check_file(const struct kf_decision *decision, struct json_object *spec, int fd, bool *ret_workdir,
		      struct kf_error *err)
{
	struct json_object *process = kf_json_member(spec, "process", json_type_object);
	cleanup_profile struct kf_profile profile = { 0 };
	int r = kf_profile_read(fd, decision->profile, &profile, err);

	if (r == 0)
		r = kf_profile_check_wrap(&profile, decision->profile, err);
	if (r == 0 && process)
		r = kf_profile_check_home(&profile, decision->profile, process, err);
	if (r == 0 && process)
		r = kf_profile_check_tmpdir(&profile, decision->profile, process, err);
	if (r == 0)
		*ret_workdir = profile.workdir;
	return r;
}

static int check_profile(const struct kf_decision *decision, struct json_object *spec, int nono_fd,
			 struct kf_wrapping *ret, struct kf_error *err)
{
	struct kf_wrapping wrapping = { .profile = decision->profile };
	cleanup_close int fd = -1;
	struct kf_error problem;
	int r = kf_nono_dir_open_profile(nono_fd, decision->profile, &fd, &problem);

	if (r == -ENOENT && kf_profile_name_needs_run(decision->profile))
		return refuse_run_only(decision->profile, err);
	if (r == -ENOENT && decision->class.profile_lookup == KF_PROFILE_LOOKUP_FILES_THEN_NONO) {
		wrapping.by_name = true;
		r = check_bare_name(decision, err);
	} else if (r < 0) {
		*err = problem;
	} else {
		r = check_file(decision, spec, fd, &wrapping.workdir, err);
	}
	if (r == 0)
		*ret = wrapping;
	return r;
}

int kf_preflight(const struct kf_config *config, const struct kf_decision *decision, struct json_object *spec,
		 struct kf_readiness *ret, enum kf_reason *ret_reason, struct kf_error *err)
{
	bool allow_dynamic = config->allow_dynamic_nono == KF_SWITCH_YES;
	cleanup_readiness struct kf_readiness readiness = KF_NOT_READY;
	int r;

	/* What counts is in the guest's image. */
	if (decision->class.delivery == KF_DELIVERY_GUEST) {
		readiness.wrapping.profile = decision->profile;
		*ret = readiness;
		return 0;
	}
	*ret_reason = KF_REASON_NONO_UNTRUSTED;
	r = kf_nono_dir_open(config->nono_bin_path, allow_dynamic, &readiness.nono_fd, err);
	if (r == 0 && decision->class.vm)
		r = kf_nono_dir_check_read_only(readiness.nono_fd, config->nono_dir, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_PROFILE_REFUSED;
	r = check_profile(decision, spec, readiness.nono_fd, &readiness.wrapping, err);
	if (r < 0)
		return r;
	*ret_reason = KF_REASON_LANDLOCK_UNAVAILABLE;
	/* The kernel of a virtual machine is another one: there nono itself refuses. */
	r = decision->class.vm ? 0 : kf_landlock_abi(err);
	if (r < 0)
		return r;
	readiness.landlock_abi = r;
	*ret = readiness;
	readiness.nono_fd = -1;
	return 0;
}
