/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_DECISION_H
#define KF_POLICY_DECISION_H

#include "policy/config.h"

struct kf_error;

/* How sure it is that a container is a pod's sandbox (pause, infra) container. */
enum kf_sandbox {
	KF_SANDBOX_NO,
	KF_SANDBOX_CLAIMED, /* an annotation says so, which anybody can have written */
	KF_SANDBOX_YES,     /* and it names this container's id, which only the engine knew beforehand */
};

enum kf_verdict { KF_INJECT, KF_SKIP, KF_DENY };

/* Why. The words for the journal are in kf_reason_name(). */
enum kf_reason {
	KF_REASON_RUNTIME_CLASS_MATCHED,
	KF_REASON_NO_RUNTIME_HANDLER,
	KF_REASON_RUNTIME_CLASS_NOT_MATCHED,
	KF_REASON_SANDBOX_CONTAINER,
	KF_REASON_PROFILE_INVALID,
	KF_REASON_PROFILE_NOT_ALLOWED,
	KF_REASON_CONFIG_INVALID,
	KF_REASON_STATE_INVALID,
	KF_REASON_SPEC_INVALID,
	KF_REASON_PROFILE_REFUSED,
	KF_REASON_NOT_WRAPPED,
	KF_REASON_NONO_UNTRUSTED,
	KF_REASON_LANDLOCK_UNAVAILABLE,
	KF_REASON_MOUNT_REFUSED,
	KF_REASON_RECORD_FAILED,
	KF_REASON_EXEC_DENIED,
	KF_REASON_EXEC_ALLOWED,
	KF_REASON_CONTAINER_UNKNOWN,
	KF_REASON_NO_SUCH_CONTAINER,
	KF_REASON_PROCESS_INVALID,
	KF_REASON_INTERNAL_ERROR,
	KF_REASON_COUNT,
};

/* What is known about a container before anything is decided. All borrowed; names may be NULL. */
struct kf_request {
	const char *imposed_class;   /* by the wrapper's name or the hook's --runtime-class: the node's word */
	const char *annotated_class; /* nono.sh/runtime-class: the pod's word, unless the wrapper stamped it */
	const char *profile;         /* nono.sh/profile: the pod's wish */
	enum kf_sandbox sandbox;
};

struct kf_decision {
	enum kf_verdict verdict;
	enum kf_reason reason;
	const char *runtime_class;      /* the class that decided, or the one that did not match; may be NULL */
	struct kf_class_settings class; /* of an injected container; borrowed */
	const char *profile;            /* of an injected container; borrowed */
};

/*
 * Decides about one container. Pure. The imposed class goes before the annotated one, but a class that is not
 * configured never keeps the other from counting: nothing a pod writes opts it out. Sets ERR only with KF_DENY (an
 * invalid profile under invalid_profile = deny). CONFIG NULL: as kf_decide_without_config().
 */
struct kf_decision kf_decide(const struct kf_config *config, const struct kf_request *request, struct kf_error *err);

/*
 * Decides when there is no usable configuration: a container with any sign of opting in is denied (ERR keeps saying
 * what is wrong with the configuration), all others are skipped.
 */
struct kf_decision kf_decide_without_config(const struct kf_request *request);

/* May a container of CLASS have this profile (a valid name)? */
bool kf_class_allows_profile(const struct kf_class_settings *class, const char *profile);

/* What could be found out about the container that a further process shall run in. */
enum kf_container_kind {
	KF_CONTAINER_UNKNOWN,   /* neither a record nor a spec says */
	KF_CONTAINER_NONE,      /* the runtime has none of that id */
	KF_CONTAINER_SKIPPED,   /* a pod's sandbox container: never ours */
	KF_CONTAINER_SANDBOXED, /* it runs under PROFILE */
};

struct kf_exec_container {
	enum kf_container_kind kind;
	const char *profile; /* of a sandboxed one; borrowed */
};

/*
 * Decides about a further process in a container of class RUNTIME_CLASS (the name we were called by, which is
 * configured, or nobody's while CONFIG is NULL). Pure. KF_INJECT: it runs under the decision's profile; for a container
 * that does not exist that is the class's default one, so that the runtime can say so itself and a container that
 * appears meanwhile is no way around us. Sets ERR only with KF_DENY, and not where it says already why there is no
 * configuration or why the container is unknown.
 */
struct kf_decision kf_decide_exec(const struct kf_config *config, const char *runtime_class,
				  const struct kf_exec_container *container, struct kf_error *err);

/* The word for NONO_REASON, and for NONO_DECISION. Static strings. */
const char *kf_reason_name(enum kf_reason reason);
const char *kf_verdict_name(enum kf_verdict verdict);

#endif
