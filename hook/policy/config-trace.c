/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/config-trace.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "policy/config-keys.h"
#include "policy/config.h"

static int add_line(struct kf_config_assignment *assignment, const char *value)
{
	char *longer = NULL;

	if (kf_format(&longer, "%s %s", assignment->value, value) < 0)
		return -ENOMEM;
	free(assignment->value);
	assignment->value = longer;
	return 0;
}

int kf_config_trace_add(struct kf_config_trace *trace, const char *section, const char *key, const char *value,
			const char *origin)
{
	if (!origin && trace->count > 0)
		return add_line(&trace->items[trace->count - 1], value);

	struct kf_config_assignment *items = reallocarray(trace->items, trace->count + 1, sizeof *items);

	if (!items)
		return -ENOMEM;
	trace->items = items;
	items += trace->count++;
	*items = (struct kf_config_assignment){
		.section = strdup(section),
		.key = strdup(key),
		.value = strdup(value),
		.origin = strdup(origin ? origin : ""),
	};
	return items->section && items->key && items->value && items->origin ? 0 : -ENOMEM;
}

void kf_config_trace_done(struct kf_config_trace *trace)
{
	for (size_t i = 0; i < trace->count; i++) {
		free(trace->items[i].section);
		free(trace->items[i].key);
		free(trace->items[i].value);
		free(trace->items[i].origin);
	}
	free(trace->items);
	*trace = (struct kf_config_trace){ 0 };
}

/* The last one counts. */
static const struct kf_config_assignment *find(const struct kf_config_trace *trace, const char *section,
					       const char *key)
{
	for (size_t i = trace->count; i > 0; i--)
		if (strcmp(trace->items[i - 1].section, section) == 0 && strcmp(trace->items[i - 1].key, key) == 0)
			return &trace->items[i - 1];
	return NULL;
}

/* The value that is in force when no file sets the key. */
static const char *default_of(const struct kf_config *config, bool of_class, const char *key)
{
	return strcmp(key, "state_dir") == 0 ? config->state_dir : kf_config_key_default(of_class, key);
}

static struct kf_config_value main_value(const struct kf_config *config, const struct kf_config_trace *trace,
					 const char *key)
{
	const struct kf_config_assignment *said = find(trace, "kubefence", key);

	return (struct kf_config_value){
		.section = "kubefence",
		.key = key,
		.value = said ? said->value : default_of(config, false, key),
		.origin = said ? said->origin : "default",
	};
}

static bool is_main_key(const char *key)
{
	const char *name;

	for (size_t i = 0; (name = kf_config_key_name(false, i)); i++)
		if (strcmp(name, key) == 0)
			return true;
	return false;
}

static struct kf_config_value class_value(const struct kf_config *config, const struct kf_config_trace *trace,
					  const struct kf_class_settings *class, const char *section, const char *key)
{
	const struct kf_config_assignment *said = find(trace, section, key);
	struct kf_config_value value = { .origin = "default" };

	if (said) {
		value.value = said->value;
		value.origin = said->origin;
	} else if (is_main_key(key)) {
		value = main_value(config, trace, key);
		if (strcmp(value.origin, "default") != 0)
			value.origin = "[kubefence]";
	} else {
		value.value = default_of(config, true, key);
	}
	if (class->vm && strcmp(key, "delivery") == 0) {
		value.value = class->delivery == KF_DELIVERY_GUEST ? "none: in the guest's image" : "mount";
		value.origin = said ? value.origin : "shim";
	}
	value.section = section;
	value.key = key;
	return value;
}

static void visit_class(const struct kf_config *config, const struct kf_config_trace *trace, const char *name,
			void (*visit)(void *user, const struct kf_config_value *value), void *user)
{
	const struct kf_class_settings class = kf_config_class(config, name);
	char section[sizeof "class " + 64];
	const char *key;

	(void)snprintf(section, sizeof section, "class %s", name);
	for (size_t i = 0; (key = kf_config_key_name(true, i)); i++) {
		const struct kf_config_value value = class_value(config, trace, &class, section, key);

		visit(user, &value);
	}
}

void kf_config_values(const struct kf_config *config, const struct kf_config_trace *trace,
		      void (*visit)(void *user, const struct kf_config_value *value), void *user)
{
	const char *key;

	for (size_t i = 0; (key = kf_config_key_name(false, i)); i++) {
		const struct kf_config_value value = main_value(config, trace, key);

		visit(user, &value);
	}
	for (size_t i = 0; i < config->runtime_classes.count; i++)
		visit_class(config, trace, config->runtime_classes.items[i], visit, user);
	for (size_t i = 0; i < config->class_count; i++)
		if (!kf_config_has_class(config, config->classes[i].name))
			visit_class(config, trace, config->classes[i].name, visit, user);
}
