/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_NONO_COMPOSE_H
#define KF_NONO_COMPOSE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "node/image.h"
#include "nono/profile.h"
#include "policy/access.h"
#include "policy/volume.h"

struct kf_error;

/*
 * The policy of one container: its profile, with the variables filled in that kubefence knows. Each variable is a list
 * of paths and comes at the beginning of an entry of the profile's filesystem lists; HOME and WORKDIR can have more of
 * a path after them:
 *
 *   /$NONO_IMAGE    every real directory and file at the top of the image's root file system
 *   /$NONO_WORKDIR  the working directory
 *   /$NONO_HOME     the user's home
 *   /$NONO_VOLUMES  the pod's mounts that may be written
 *   /$NONO_CONFIGS  the pod's mounts to be read
 *   /$NONO_DEVICES  the devices that the container was given
 *   /$NONO_SECRETS  in "deny" only: secret mounts, and known places of credentials (policy/credentials.h)
 */

/* The facts about a container that its policy depends on (oci/facts.h). */
struct kf_facts {
	struct kf_image image; /* if it cannot be seen, the names of usual directories stand for it */
	struct kf_volumes volumes;
	struct kf_image_user user;
	gid_t *groups;            /* of USER */
	char *workdir;            /* as the spec has it; NULL: none */
	char *home;               /* the same */
	bool own_processes;       /* it has a pid namespace of its own or of its pod's */
	bool own_network;         /* the same for the network namespace */
	bool proc_protected;      /* the runtime keeps the parts of /proc read-only that are the whole machine's */
	bool nvidia;              /* it asks NVIDIA's runtime for devices */
	const char *allow, *deny; /* the annotations nono.sh/allow and nono.sh/deny; NULL: none. Borrowed */
};

/*
 * Adds the places of all mounts and devices of FACTS to LIST, in their order: the destinations as the runtime resolves
 * them in the image. The rights of an item say nothing. 0 or -ENOMEM.
 */
int kf_facts_locate_mounts(const struct kf_facts *facts, struct kf_access_list *list);

/*
 * May /$NONO_HOME or /$NONO_WORKDIR stand for PATH, which is canonical? Directories that belong to the system may not,
 * even if an image calls one of them a home or a working directory.
 */
bool kf_compose_may_be_place(const char *path);

void kf_facts_done(struct kf_facts *facts);

#define cleanup_facts KF_CLEANUP(kf_facts_done)
#define KF_FACTS_NONE ((struct kf_facts){ .image = { .fd = -1 } })

struct kf_policy {
	struct json_object *document; /* nono's JSON; NULL: the profile needs no filling in and is delivered as it is */
	struct kf_access_list grants; /* those in DOCUMENT */
	struct kf_access_list hidden; /* the places to mask (runtime-spec config-linux.md, "Masked Paths") */
};

void kf_policy_done(struct kf_policy *policy);

#define cleanup_policy KF_CLEANUP(kf_policy_done)
#define KF_POLICY_NONE ((struct kf_policy){ .document = NULL })

/* The most grants of a policy, because nono opens each at every start and every exec; and the most mounts and devices.
 */
enum { KF_POLICY_GRANTS_MAX = 512, KF_POLICY_MOUNTS_MAX = 1024 };

/*
 * Composes the policy of PROFILE, called NAME, for the container of FACTS:
 *  - a grant is canonical in the container and exists there: in the image, at a mount, or in /proc, /sys and /dev,
 *    which only the runtime makes. Grants that another one covers are gone (policy/access.h);
 *  - an entry of "deny" that exists is hidden, and not in the document: Landlock has no exceptions below a grant;
 *  - a place that nono.sh/allow names is neither hidden nor, if it is a mount, without a grant; nono.sh/deny hides
 *    more;
 *  - signals and abstract unix sockets are scoped only where the container shares a namespace with the host, unless the
 *    profile says otherwise.
 * *RET is the caller's to clean up. -ENOTSUP: a variable that is not known, or not where it can be. -EPERM:
 * nono.sh/allow names a place that is not hidden. -EINVAL: an annotation that cannot be read. -E2BIG: more grants than
 * KF_POLICY_GRANTS_MAX, more mounts than KF_POLICY_MOUNTS_MAX, or too many files at the top of the image. -ENOMEM.
 */
int kf_compose(const struct kf_profile *profile, const char *name, const struct kf_facts *facts, struct kf_policy *ret,
	       struct kf_error *err);

#endif
