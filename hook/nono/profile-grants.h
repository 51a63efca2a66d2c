/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_PROFILE_GRANTS_H
#define KF_NONO_PROFILE_GRANTS_H

#include "base/list.h"
#include "nono/profile.h"

enum { KF_GRANTS_MAX = 32 };

/* The grants and denials of a profile, in groups for people. Zeroed means empty. */
struct kf_grants {
	struct kf_grant {
		char what[48]; /* "read and write", "read", "write", "deny"; else the keys: "network.block" */
		struct kf_list items;
	} items[KF_GRANTS_MAX];
	size_t count;
	size_t left_out; /* groups for which there was no room */
};

/*
 * Sorts the grants of PROFILE: the files and directories of its section filesystem, and the entries of groups, network,
 * commands and the other sections that confine. The contents of nono's own groups are not known here. *RET is the
 * caller's to clean up, also after a failure. 0 or -ENOMEM.
 */
int kf_profile_grants(const struct kf_profile *profile, struct kf_grants *ret);

void kf_grants_done(struct kf_grants *grants);

#define cleanup_grants KF_CLEANUP(kf_grants_done)

#endif
