/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_CAUSE_H
#define KF_DENIALS_CAUSE_H

#include "denials/denial.h"
#include "denials/watched.h"

/*
 * Why was the call of EVENT refused? DENIAL is the same event in words. Landlock refuses access to files, TCP and
 * devices with EACCES, a rename or link also with EXDEV, and everything else with EPERM. For such an error the kernel
 * is asked whether it would have been refused without Landlock, too: a child of this process joins the mount namespace
 * and the user namespace and takes the user and the capabilities of the caller, but not its Landlock domain, and asks
 * with faccessat2(2) for the same access. Signals and tracing are judged by the users and capabilities of both
 * processes.
 *
 * The answer comes a moment after the call: it can be wrong about a file that has changed in between. Other security
 * modules (SELinux, AppArmor) are not told from Landlock. Never fails: KF_CAUSE_UNKNOWN.
 */
enum kf_cause kf_cause_find(const struct kf_watched *watched, const struct kf_event *event,
			    const struct kf_denial *denial);

#endif
