/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/name.h"

#include <errno.h>
#include <string.h>

#include "runtime/path.h"

static bool is_runtime(const char *name)
{
	return strcmp(name, "runc") == 0 || strcmp(name, "crun") == 0;
}

static bool is_neutral(const char *name)
{
	return strcmp(name, "kubefence-runtime") == 0 || is_runtime(name);
}

int kf_name_check_runtime(struct kf_call *call, struct kf_error *err)
{
	if (!is_runtime(call->handler) || kf_runtime_check_name(call->handler, err) == 0)
		return 0;
	kf_call_deny(call);
	return kf_because(err, KF_REASON_CONFIG_INVALID);
}

enum kf_name kf_name_of(const struct kf_config *config, const char *name)
{
	if (kf_config_has_class(config, name))
		return KF_NAME_CLASS;
	if (is_neutral(name))
		return KF_NAME_NEUTRAL;
	return config ? KF_NAME_UNKNOWN : KF_NAME_CLASS;
}

int kf_name_refuse(struct kf_call *call, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	kf_call_deny(call);
	return kf_deny(
		err, KF_REASON_CONFIG_INVALID, ENOENT,
		"'%s' is not a class: add it to runtime_classes in kubefence.conf, or take it out of the engine's "
		"configuration",
		kf_quote(quoted, call->handler));
}
