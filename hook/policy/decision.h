/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_DECISION_H
#define KF_POLICY_DECISION_H

#include "base/error.h"
#include "policy/config.h"

/* The certainty that a container is a pod's pause container, which Kubernetes calls its sandbox. */
enum kf_pause {
	KF_PAUSE_NO,
	KF_PAUSE_CLAIMED, /* an annotation says so, which a pod or an image can have written */
	KF_PAUSE_YES,     /* it also names this container's id, which only the engine knew beforehand */
};

/* Zero is the verdict that fails closed. */
enum kf_verdict { KF_DENY, KF_SKIP, KF_INJECT };

/* The facts about a container before anything is decided. All borrowed; names may be NULL. */
struct kf_request {
	const char *handler;           /* by the wrapper's name or the hook's --runtime-class: the node's word */
	const char *annotated_handler; /* nono.sh/runtime-class: the pod's word, unless the wrapper stamped it */
	const char *profile;           /* nono.sh/profile, or that of the container: the pod's wish */
	const char *profile_key;       /* the annotation that has the wish; NULL: nono.sh/profile */
	const char *allow;             /* nono.sh/allow: hidden places that stay visible (policy/place-list.h) */
	const char *deny;              /* nono.sh/deny: further places to hide */
	enum kf_pause pause;
};

struct kf_decision {
	enum kf_verdict verdict;
	enum kf_reason reason;          /* of a denial: that of its error, too */
	const char *handler;            /* the one that decided, or the one that did not match; may be NULL */
	struct kf_class_settings class; /* of an injected container; borrowed */
	const char *profile;            /* of an injected container; borrowed */
	const char *asked;              /* the wish, where the profile is another: as the pod wrote it; borrowed */
	const char *allow, *deny;       /* of an injected container: the request's, as the pod wrote them; borrowed */
};

/*
 * Decides about one container. Pure. The node's handler goes before the annotated one, but a handler that is not
 * configured never keeps the other from counting: nothing a pod writes opts it out. An annotated handler that is not
 * configured is a denial where the node imposes no handler. CONFIG NULL: CONFIG_FLAW says why it could not be loaded; a
 * container with any sign of opting in is denied for that reason, all others are skipped. KF_DENY sets ERR, the other
 * verdicts leave it alone.
 */
struct kf_decision kf_decide(const struct kf_config *config, const struct kf_error *config_flaw,
			     const struct kf_request *request, struct kf_error *err);

/* May a container of CLASS have this profile (a valid name)? */
bool kf_class_allows_profile(const struct kf_class_settings *class, const char *profile);

/* The facts about the container that a further process shall run in. */
enum kf_container_kind {
	KF_CONTAINER_UNKNOWN,   /* neither a record nor a spec tells */
	KF_CONTAINER_NONE,      /* the runtime has no container of that id */
	KF_CONTAINER_SKIPPED,   /* a pod's pause container: never ours */
	KF_CONTAINER_SANDBOXED, /* it runs under PROFILE */
};

/* The container of an exec. All borrowed. */
struct kf_exec_target {
	enum kf_container_kind kind;
	const char *profile;         /* of a sandboxed one */
	const struct kf_error *flaw; /* of an unknown one: why nothing is known about it */
};

/*
 * Decides about a further process in a container of HANDLER (the name we were called by: a configured one, or any name
 * while CONFIG is NULL). Pure. KF_INJECT: it runs under the decision's profile; for a container that does not exist
 * that is the class's default one, so that the runtime can say so itself and a container that appears meanwhile is no
 * way around us. CONFIG_FLAW and ERR: as for kf_decide().
 */
struct kf_decision kf_decide_exec(const struct kf_config *config, const struct kf_error *config_flaw,
				  const char *handler, const struct kf_exec_target *target, struct kf_error *err);

/* The word for NONO_DECISION. A static string. */
const char *kf_verdict_name(enum kf_verdict verdict);

#endif
