/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_PROFILE_H
#define KF_NONO_PROFILE_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/*
 * A profile: nono's JSON (nono-profile.schema.json of nono-cli 0.66.0 to 0.80.0). It is checked before a container is
 * started under it, so that no container ends with nono's exit status 1 for it.
 */
struct kf_profile {
	struct json_object *document;
	bool composed; /* kubefence composes a policy from it (nono/compose.h): it has a variable or a "deny" to fill in
			*/
};

/*
 * Reads the profile NAME from FD: one strict JSON object of at most 256 KiB. nono takes comments and trailing commas,
 * too; kubefence refuses them, so that no profile means two things to two parsers. -EINVAL, -EFBIG.
 */
int kf_profile_read(int fd, const char *name, struct kf_profile *ret, struct kf_error *err);

/*
 * Can `nono wrap` enforce the whole profile, and does kubefence know each path in it? nono 0.66 to 0.80 refuse some
 * settings only once the container runs and silently leave others out (the network filter!). So this refuses every key
 * that nono 0.80 does not know, every setting that is not known to work under wrap, and every one that runs programs or
 * reads files of the image before the sandbox is on (nono/profile-keys.h); patterns, variables that are not
 * kubefence's, and a grant below a grant that lets the container write (nono/profile-paths.h). -ENOTSUP with the
 * setting or path, the reason and the remedy in the message, or -ENOMEM.
 */
int kf_profile_check_wrap(const struct kf_profile *profile, const char *name, struct kf_error *err);

/*
 * Can the last step do its work under this profile? It has to see that something is denied (/nono/nono), and nono must
 * not take away the variables that it restores (allow_vars, deny_vars of environment). -ENOTSUP, with the remedy, if
 * not.
 */
int kf_profile_check_last_step(const struct kf_profile *profile, const char *name, struct kf_error *err);

static inline void kf_profile_done(struct kf_profile *profile)
{
	(void)json_object_put(profile->document);
}

#define cleanup_profile KF_CLEANUP(kf_profile_done)

#endif
