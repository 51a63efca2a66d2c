/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_PROFILE_H
#define KF_OCI_PROFILE_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/*
 * What has to be known about a profile (nono's JSON, nono-profile.schema.json of nono-cli 0.66.0 to 0.80.0) before a
 * container is started under it. Whether it means what its author wants is nono's business.
 */
struct kf_profile {
	struct json_object *document;
	bool workdir; /* it grants /$NONO_WORKDIR */
};

/*
 * Reads the profile NAME from FD: one strict JSON object of at most 256 KiB. nono takes comments and trailing commas,
 * too; kubefence has one parser and takes no text that two parsers could read differently. -EINVAL, -EFBIG.
 */
int kf_profile_read(int fd, const char *name, struct kf_profile *ret, struct kf_error *err);

/*
 * Can `nono wrap` enforce all that the profile says? nono 0.66 to 0.80 refuse a few settings only once the container
 * runs and silently leave others out (the network filter!), so what is not known to work under wrap is refused here:
 * -ENOTSUP, with the setting and the remedy in the message. What runs programs or reads files of the image before the
 * sandbox is on is refused as well.
 */
int kf_profile_check_wrap(const struct kf_profile *profile, const char *name, struct kf_error *err);

/*
 * Will nono start with the HOME that PROCESS (runtime-spec config.md, "Process") sets? It protects its state below
 * HOME and refuses to start where a directory that the profile grants holds HOME: -ENOTSUP. A HOME that is not set is
 * the runtime's choice, and no directory is compared that the image could have made a symlink.
 */
int kf_profile_check_home(const struct kf_profile *profile, const char *name, struct json_object *process,
			  struct kf_error *err);

/*
 * Could the TMPDIR that PROCESS sets widen the profile? nono's group system_write_linux grants writing wherever TMPDIR
 * says, and a pod says it: TMPDIR=/etc. -ENOTSUP unless the profile excludes that group, or it is /tmp, which the group
 * grants anyway.
 */
int kf_profile_check_tmpdir(const struct kf_profile *profile, const char *name, struct json_object *process,
			    struct kf_error *err);

static inline void kf_profile_done(struct kf_profile *profile)
{
	(void)json_object_put(profile->document);
}

#define cleanup_profile KF_CLEANUP(kf_profile_done)

#endif
