/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONFIG_TRACE_H
#define KF_POLICY_CONFIG_TRACE_H

#include <stddef.h>

#include "base/cleanup.h"

struct kf_config;

/* The origin of each value, for people: all assignments in the order of reading. Zeroed means empty. */
struct kf_config_trace {
	struct kf_config_assignment {
		char *section, *key, *value;
		char *origin; /* FILE:LINE; of a list over several lines, the first */
	} * items;
	size_t count;
};

/* Adds an assignment; without ORIGIN, VALUE is a further line of the list that was added last. 0 or -ENOMEM. */
int kf_config_trace_add(struct kf_config_trace *trace, const char *section, const char *key, const char *value,
			const char *origin);

void kf_config_trace_done(struct kf_config_trace *trace);

#define cleanup_config_trace KF_CLEANUP(kf_config_trace_done)

/* One value that is in force. All borrowed. */
struct kf_config_value {
	const char *section; /* "kubefence", "class NAME" */
	const char *key, *value;
	const char *origin; /* FILE:LINE, "default", "[kubefence]" for an inherited value, "shim" for one that the key
shim implies */
};

/*
 * Calls VISIT with every value that is in force: every key of [kubefence], and every key of each class, be it listed in
 * runtime_classes or only have a section. CONFIG is what kf_config_load_traced() made together with TRACE.
 */
void kf_config_values(const struct kf_config *config, const struct kf_config_trace *trace,
		      void (*visit)(void *user, const struct kf_config_value *value), void *user);

#endif
