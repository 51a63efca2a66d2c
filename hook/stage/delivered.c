/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/delivered.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/error.h"
#include "node/mount.h"
#include "oci/policy-file.h"

int kf_delivered_check(const struct kf_record *record, const struct kf_readiness *ready, pid_t pid,
		       struct kf_error *err)
{
	struct kf_nono_expected expected = {
		.directory = record->nono,
		.profile = ready->wrapping.by_name ? NULL : ready->wrapping.profile,
	};
	struct stat st;
	int r;

	if (fstat(ready->nono_fd, &st) < 0)
		return kf_fail_errno(err, errno, "cannot look at the nono directory");
	if (!kf_file_id_known(&expected.directory))
		expected.directory = kf_file_id(&st);
	/* Only where the runtime mounted /nono there is such a file. */
	if (record->container.bundle && record->container.bundle[0] == '/' &&
	    kf_policy_file_find(record->container.bundle, NULL, 0, &expected.cover, err) < 0)
		return kf_because(err, KF_REASON_MOUNT_REFUSED);
	r = kf_mount_check(&expected, pid, err);
	return r < 0 && r != -ESRCH ? kf_because(err, KF_REASON_MOUNT_REFUSED) : r;
}
