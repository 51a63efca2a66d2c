/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decision.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "policy/names.h"

static struct kf_decision skip(enum kf_reason reason, const char *runtime_class)
{
	return (struct kf_decision){ .verdict = KF_SKIP, .reason = reason, .runtime_class = runtime_class };
}

static const char *first_of(const char *a, const char *b)
{
	return a ? a : b;
}

/* A claim is enough where the pod opted itself in; a class from the node is only lifted for the engine's word. */
static bool skip_as_sandbox(const struct kf_request *request, bool imposed)
{
	return request->sandbox == KF_SANDBOX_YES || (request->sandbox == KF_SANDBOX_CLAIMED && !imposed);
}

bool kf_class_allows_profile(const struct kf_class_settings *class, const char *profile)
{
	return !class->profiles_restricted || strcmp(profile, class->default_profile) == 0 ||
	       kf_list_has(&class->allowed_profiles, profile);
}

static void choose_profile(const struct kf_config *config, const char *wish, struct kf_decision *decision,
			   struct kf_error *err)
{
	const struct kf_class_settings *class = &decision->class;
	char quoted[KF_QUOTED_MAX];

	decision->profile = class->default_profile;
	if (!wish)
		return;
	if (!kf_profile_name_valid(wish))
		decision->reason = KF_REASON_PROFILE_INVALID;
	else if (!kf_class_allows_profile(class, wish))
		decision->reason = KF_REASON_PROFILE_NOT_ALLOWED;
	else
		decision->profile = wish;

	if (decision->reason == KF_REASON_RUNTIME_CLASS_MATCHED || config->invalid_profile != KF_INVALID_PROFILE_DENY)
		return;
	decision->verdict = KF_DENY;
	(void)kf_fail(err, EINVAL, "annotation nono.sh/profile: '%s' is %s: name one that class %s allows",
		      kf_quote(quoted, wish),
		      decision->reason == KF_REASON_PROFILE_INVALID ? "not a profile name" : "not allowed",
		      decision->runtime_class);
}

struct kf_decision kf_decide(const struct kf_config *config, const struct kf_request *request, struct kf_error *err)
{
	if (!config)
		return kf_decide_without_config(request);

	bool imposed = kf_config_has_class(config, request->imposed_class);
	const char *runtime_class = imposed ? request->imposed_class : request->annotated_class;

	if (!request->imposed_class && !request->annotated_class)
		return skip(KF_REASON_NO_RUNTIME_HANDLER, NULL);
	if (!imposed && !kf_config_has_class(config, request->annotated_class))
		return skip(KF_REASON_RUNTIME_CLASS_NOT_MATCHED,
			    first_of(request->imposed_class, request->annotated_class));
	if (skip_as_sandbox(request, imposed))
		return skip(KF_REASON_SANDBOX_CONTAINER, runtime_class);

	struct kf_decision decision = {
		.verdict = KF_INJECT,
		.reason = KF_REASON_RUNTIME_CLASS_MATCHED,
		.runtime_class = runtime_class,
		.class = kf_config_class(config, runtime_class),
	};

	choose_profile(config, request->profile, &decision, err);
	return decision;
}

struct kf_decision kf_decide_without_config(const struct kf_request *request)
{
	const char *runtime_class = first_of(request->imposed_class, request->annotated_class);

	if (!runtime_class)
		return skip(KF_REASON_NO_RUNTIME_HANDLER, NULL);
	if (skip_as_sandbox(request, request->imposed_class))
		return skip(KF_REASON_SANDBOX_CONTAINER, runtime_class);
	return (struct kf_decision){
		.verdict = KF_DENY,
		.reason = KF_REASON_CONFIG_INVALID,
		.runtime_class = runtime_class,
	};
}

static struct kf_decision wrap_exec(const struct kf_exec_container *container, struct kf_decision decision)
{
	decision.verdict = KF_INJECT;
	switch (container->kind) {
	case KF_CONTAINER_SANDBOXED:
		decision.reason = KF_REASON_RUNTIME_CLASS_MATCHED;
		decision.profile = container->profile;
		break;
	case KF_CONTAINER_NONE:
		decision.reason = KF_REASON_NO_SUCH_CONTAINER;
		decision.profile = decision.class.default_profile;
		break;
	default:
		decision.verdict = KF_DENY;
		decision.reason = KF_REASON_CONTAINER_UNKNOWN;
	}
	return decision;
}

struct kf_decision kf_decide_exec(const struct kf_config *config, const char *runtime_class,
				  const struct kf_exec_container *container, struct kf_error *err)
{
	struct kf_decision decision = { .verdict = KF_DENY, .runtime_class = runtime_class };

	if (container->kind == KF_CONTAINER_SKIPPED)
		return skip(KF_REASON_SANDBOX_CONTAINER, runtime_class);
	decision.reason = KF_REASON_CONFIG_INVALID;
	if (!config)
		return decision;
	decision.class = kf_config_class(config, runtime_class);
	switch (decision.class.exec) {
	case KF_EXEC_ALLOW:
		return skip(KF_REASON_EXEC_ALLOWED, runtime_class);
	case KF_EXEC_DENY:
		decision.reason = KF_REASON_EXEC_DENIED;
		(void)kf_fail(
			err, EPERM,
			"commands in running containers are not allowed for class %s (exec = deny in kubefence.conf)",
			runtime_class);
		return decision;
	default:
		return wrap_exec(container, decision);
	}
}

const char *kf_reason_name(enum kf_reason reason)
{
	static const char *const names[KF_REASON_COUNT] = {
		[KF_REASON_RUNTIME_CLASS_MATCHED] = "runtime_class_matched",
		[KF_REASON_NO_RUNTIME_HANDLER] = "no_runtime_handler",
		[KF_REASON_RUNTIME_CLASS_NOT_MATCHED] = "runtime_class_not_matched",
		[KF_REASON_SANDBOX_CONTAINER] = "sandbox_container",
		[KF_REASON_PROFILE_INVALID] = "profile_invalid",
		[KF_REASON_PROFILE_NOT_ALLOWED] = "profile_not_allowed",
		[KF_REASON_CONFIG_INVALID] = "config_invalid",
		[KF_REASON_STATE_INVALID] = "state_invalid",
		[KF_REASON_SPEC_INVALID] = "spec_invalid",
		[KF_REASON_PROFILE_REFUSED] = "profile_refused",
		[KF_REASON_NOT_WRAPPED] = "not_wrapped",
		[KF_REASON_NONO_UNTRUSTED] = "nono_untrusted",
		[KF_REASON_LANDLOCK_UNAVAILABLE] = "landlock_unavailable",
		[KF_REASON_MOUNT_REFUSED] = "mount_refused",
		[KF_REASON_RECORD_FAILED] = "record_failed",
		[KF_REASON_EXEC_DENIED] = "exec_denied",
		[KF_REASON_EXEC_ALLOWED] = "exec_allowed",
		[KF_REASON_CONTAINER_UNKNOWN] = "container_unknown",
		[KF_REASON_NO_SUCH_CONTAINER] = "no_such_container",
		[KF_REASON_PROCESS_INVALID] = "process_invalid",
		[KF_REASON_INTERNAL_ERROR] = "internal_error",
	};

	return names[reason];
}

const char *kf_verdict_name(enum kf_verdict verdict)
{
	static const char *const names[] = { [KF_INJECT] = "inject", [KF_SKIP] = "skip", [KF_DENY] = "deny" };

	return names[verdict];
}
