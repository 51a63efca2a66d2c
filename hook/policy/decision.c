/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decision.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "policy/names.h"

static struct kf_decision skip(enum kf_reason reason, const char *handler)
{
	return (struct kf_decision){ .verdict = KF_SKIP, .reason = reason, .handler = handler };
}

/* DECISION as it was so far, and the error of a denial. */
static struct kf_decision deny(struct kf_decision decision, const struct kf_error *err)
{
	decision.verdict = KF_DENY;
	decision.reason = err->reason;
	return decision;
}

static struct kf_decision deny_without_config(const char *handler, const struct kf_error *config_flaw,
					      struct kf_error *err)
{
	(void)kf_fail_as(err, config_flaw);
	(void)kf_because(err, KF_REASON_CONFIG_INVALID);
	return deny((struct kf_decision){ .handler = handler }, err);
}

static const char *first_of(const char *a, const char *b)
{
	return a ? a : b;
}

/* A claim is enough where the pod opted itself in; a handler from the node is only lifted for the engine's word. */
static bool skip_as_pause(const struct kf_request *request, bool imposed)
{
	return request->pause == KF_PAUSE_YES || (request->pause == KF_PAUSE_CLAIMED && !imposed);
}

bool kf_class_allows_profile(const struct kf_class_settings *class, const char *profile)
{
	return !class->profiles_restricted || strcmp(profile, class->default_profile) == 0 ||
	       kf_list_has(&class->allowed_profiles, profile);
}

/* May the pod have the profile it wishes for? KF_REASON_RUNTIME_CLASS_MATCHED if so. */
static enum kf_reason judge_wish(const struct kf_class_settings *class, const char *wish)
{
	if (wish && !kf_profile_name_valid(wish))
		return KF_REASON_PROFILE_INVALID;
	if (wish && !kf_class_allows_profile(class, wish))
		return KF_REASON_PROFILE_NOT_ALLOWED;
	return KF_REASON_RUNTIME_CLASS_MATCHED;
}

static struct kf_decision refuse_allow(struct kf_decision decision, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	(void)kf_deny(err, KF_REASON_ALLOW_REFUSED, EPERM,
		      "annotation nono.sh/allow: '%s' is not allowed (class %s has allow_annotation = no in "
		      "kubefence.conf): remove the annotation",
		      kf_quote(quoted, decision.allow), decision.handler);
	return deny(decision, err);
}

static struct kf_decision inject(const struct kf_config *config, const char *handler, const struct kf_request *request,
				 struct kf_error *err)
{
	struct kf_decision decision = {
		.verdict = KF_INJECT,
		.handler = handler,
		.class = kf_config_class(config, handler),
		.allow = request->allow,
		.deny = request->deny,
	};
	const char *wish = request->profile;
	char quoted[KF_QUOTED_MAX], key[KF_QUOTED_MAX];

	if (decision.allow && decision.class.allow_annotation == KF_SWITCH_NO)
		return refuse_allow(decision, err);
	decision.profile = decision.class.default_profile;
	decision.reason = judge_wish(&decision.class, wish);
	if (decision.reason == KF_REASON_RUNTIME_CLASS_MATCHED) {
		decision.profile = first_of(wish, decision.profile);
		return decision;
	}
	decision.asked = wish;
	if (config->invalid_profile != KF_INVALID_PROFILE_DENY)
		return decision;
	(void)kf_deny(err, decision.reason, EINVAL, "annotation %s: '%s' is %s: name one that class %s allows",
		      kf_quote(key, first_of(request->profile_key, "nono.sh/profile")), kf_quote(quoted, wish),
		      decision.reason == KF_REASON_PROFILE_INVALID ? "not a profile name" : "not allowed", handler);
	return deny(decision, err);
}

/* Without a configuration every handler may be a configured one. */
static struct kf_decision decide_without_config(const struct kf_error *config_flaw, const struct kf_request *request,
						struct kf_error *err)
{
	const char *handler = first_of(request->handler, request->annotated_handler);

	if (!handler)
		return skip(KF_REASON_NO_RUNTIME_HANDLER, NULL);
	if (skip_as_pause(request, request->handler))
		return skip(KF_REASON_PAUSE_CONTAINER, handler);
	return deny_without_config(handler, config_flaw, err);
}

/*
 * The pod names a class, and means a sandbox; with a misspelt name it would run without one. Only where the node
 * imposes no handler: a name that the node imposes is about the runtime, and counts despite the annotation.
 */
static struct kf_decision deny_unknown_class(const char *name, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	(void)kf_deny(
		err, KF_REASON_CLASS_UNKNOWN, ENOENT,
		"annotation nono.sh/runtime-class: '%s' is not a class of this node: name one of runtime_classes, or "
		"remove it",
		kf_quote(quoted, name));
	return deny((struct kf_decision){ .handler = name }, err);
}

struct kf_decision kf_decide(const struct kf_config *config, const struct kf_error *config_flaw,
			     const struct kf_request *request, struct kf_error *err)
{
	if (!config)
		return decide_without_config(config_flaw, request, err);

	bool imposed = kf_config_has_class(config, request->handler);
	const char *handler = imposed ? request->handler : request->annotated_handler;

	if (!request->handler && !request->annotated_handler)
		return skip(KF_REASON_NO_RUNTIME_HANDLER, NULL);
	if (!request->handler && !kf_config_has_class(config, handler))
		return request->pause == KF_PAUSE_YES ? skip(KF_REASON_PAUSE_CONTAINER, handler)
						      : deny_unknown_class(handler, err);
	if (!imposed && !kf_config_has_class(config, request->annotated_handler))
		return skip(KF_REASON_RUNTIME_CLASS_NOT_MATCHED,
			    first_of(request->handler, request->annotated_handler));
	if (skip_as_pause(request, imposed))
		return skip(KF_REASON_PAUSE_CONTAINER, handler);
	return inject(config, handler, request, err);
}

static struct kf_decision decide_by_container(const struct kf_exec_target *target, struct kf_decision decision,
					      struct kf_error *err)
{
	decision.verdict = KF_INJECT;
	switch (target->kind) {
	case KF_CONTAINER_SANDBOXED:
		decision.reason = KF_REASON_RUNTIME_CLASS_MATCHED;
		decision.profile = target->profile;
		return decision;
	case KF_CONTAINER_NONE:
		decision.reason = KF_REASON_NO_SUCH_CONTAINER;
		decision.profile = decision.class.default_profile;
		return decision;
	default:
		(void)kf_fail_as(err, target->flaw);
		(void)kf_because(err, KF_REASON_CONTAINER_UNKNOWN);
		return deny(decision, err);
	}
}

struct kf_decision kf_decide_exec(const struct kf_config *config, const struct kf_error *config_flaw,
				  const char *handler, const struct kf_exec_target *target, struct kf_error *err)
{
	struct kf_decision decision = { .handler = handler };

	if (target->kind == KF_CONTAINER_SKIPPED)
		return skip(KF_REASON_PAUSE_CONTAINER, handler);
	if (!config)
		return deny_without_config(handler, config_flaw, err);
	decision.class = kf_config_class(config, handler);
	switch (decision.class.exec) {
	case KF_EXEC_ALLOW:
		return skip(KF_REASON_EXEC_ALLOWED, handler);
	case KF_EXEC_DENY:
		(void)kf_deny(
			err, KF_REASON_EXEC_DENIED, EPERM,
			"commands in running containers are not allowed for class %s (exec = deny in kubefence.conf)",
			handler);
		return deny(decision, err);
	default:
		return decide_by_container(target, decision, err);
	}
}

const char *kf_verdict_name(enum kf_verdict verdict)
{
	static const char *const names[] = { [KF_INJECT] = "inject", [KF_SKIP] = "skip", [KF_DENY] = "deny" };

	return names[verdict];
}
