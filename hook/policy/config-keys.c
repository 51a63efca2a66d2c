/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/config-keys.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/state-dir.h"
#include "policy/config.h"
#include "policy/names.h"

/* Every parser gets the value and the member it is for; the message of a refusal starts with the value. */
typedef int (*kf_value_parser)(const char *value, void *member, struct kf_error *err);

static int refuse_value(const char *value, const char *rule, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_fail(err, EINVAL, "'%s' %s", kf_quote(quoted, value), rule);
}

static int set_string(const char *value, void *member, struct kf_error *err)
{
	char **string = member, *copy = strdup(value);

	if (!copy)
		return kf_oom(err);
	free(*string);
	*string = copy;
	return 0;
}

static bool is_plain_path(const char *value)
{
	return value[0] == '/' && !kf_path_has_dots(value);
}

static int parse_absolute_path(const char *value, void *member, struct kf_error *err)
{
	if (!is_plain_path(value))
		return refuse_value(value, "is not a plain absolute path", err);
	return set_string(value, member, err);
}

static int parse_shim(const char *value, void *member, struct kf_error *err)
{
	if (!kf_shim_name_valid(value))
		return refuse_value(value, "is not a shim's file name (containerd-shim-NAME-v2)", err);
	return set_string(value, member, err);
}

static int parse_profile(const char *value, void *member, struct kf_error *err)
{
	if (!kf_profile_name_valid(value))
		return refuse_value(value, "is not a profile name (letters, digits, '-' and '_', at most 64)", err);
	return set_string(value, member, err);
}

static int parse_seccomp(const char *value, void *member, struct kf_error *err)
{
	if (value[0] && strcmp(value, "restricted") != 0 && strcmp(value, "runtime-default") != 0 && value[0] != '/')
		return refuse_value(value, "is not restricted, runtime-default, an absolute path or empty", err);
	return set_string(value, member, err);
}

struct choice {
	const char *word;
	int value;
};

static int parse_choice(const char *value, const struct choice *choices, const char *rule, int *ret,
			struct kf_error *err)
{
	for (; choices->word; choices++)
		if (strcmp(value, choices->word) == 0) {
			*ret = choices->value;
			return 0;
		}
	(void)refuse_value(value, rule, err);
	return -EINVAL;
}

static int parse_delivery(const char *value, void *member, struct kf_error *err)
{
	static const struct choice choices[] = { { "hook", KF_DELIVERY_HOOK }, { "mount", KF_DELIVERY_MOUNT }, { 0 } };
	int choice, r = parse_choice(value, choices, "is not hook or mount", &choice, err);

	if (r == 0)
		*(enum kf_delivery *)member = (enum kf_delivery)choice;
	return r;
}

static int parse_invalid_profile(const char *value, void *member, struct kf_error *err)
{
	static const struct choice choices[] = { { "default", KF_INVALID_PROFILE_DEFAULT },
						 { "deny", KF_INVALID_PROFILE_DENY },
						 { 0 } };
	int choice, r = parse_choice(value, choices, "is not default or deny", &choice, err);

	if (r == 0)
		*(enum kf_invalid_profile *)member = (enum kf_invalid_profile)choice;
	return r;
}

static int parse_profile_lookup(const char *value, void *member, struct kf_error *err)
{
	static const struct choice choices[] = { { "files", KF_PROFILE_LOOKUP_FILES },
						 { "files-then-nono", KF_PROFILE_LOOKUP_FILES_THEN_NONO },
						 { 0 } };
	int choice, r = parse_choice(value, choices, "is not files or files-then-nono", &choice, err);

	if (r == 0)
		*(enum kf_profile_lookup *)member = (enum kf_profile_lookup)choice;
	return r;
}

static int parse_exec(const char *value, void *member, struct kf_error *err)
{
	static const struct choice choices[] = {
		{ "wrap", KF_EXEC_WRAP }, { "deny", KF_EXEC_DENY }, { "allow", KF_EXEC_ALLOW }, { 0 }
	};
	int choice, r = parse_choice(value, choices, "is not wrap, deny or allow", &choice, err);

	if (r == 0)
		*(enum kf_exec_rule *)member = (enum kf_exec_rule)choice;
	return r;
}

static int parse_privileged(const char *value, void *member, struct kf_error *err)
{
	static const struct choice choices[] = { { "deny", KF_PRIVILEGED_DENY },
						 { "allow", KF_PRIVILEGED_ALLOW },
						 { 0 } };
	int choice, r = parse_choice(value, choices, "is not deny or allow", &choice, err);

	if (r == 0)
		*(enum kf_privileged *)member = (enum kf_privileged)choice;
	return r;
}

static int parse_switch(const char *value, void *member, struct kf_error *err)
{
	static const struct choice choices[] = { { "yes", KF_SWITCH_YES },
						 { "true", KF_SWITCH_YES },
						 { "1", KF_SWITCH_YES },
						 { "no", KF_SWITCH_NO },
						 { "false", KF_SWITCH_NO },
						 { "0", KF_SWITCH_NO },
						 { 0 } };
	int choice, r = parse_choice(value, choices, "is not yes or no", &choice, err);

	if (r == 0)
		*(enum kf_switch *)member = (enum kf_switch)choice;
	return r;
}

static int add_items(const char *value, struct kf_list *list, bool (*valid)(const char *), const char *rule,
		     struct kf_error *err)
{
	static const char separators[] = " \t,";

	for (value += strspn(value, separators); *value; value += strspn(value, separators)) {
		size_t length = strcspn(value, separators);

		if (kf_list_add(list, value, length) < 0)
			return kf_oom(err);
		if (!valid(list->items[list->count - 1]))
			return refuse_value(list->items[list->count - 1], rule, err);
		value += length;
	}
	return 0;
}

static int parse_classes(const char *value, void *member, struct kf_error *err)
{
	return add_items(value, member, kf_handler_valid, "is not the name of a runtime class", err);
}

static int parse_profiles(const char *value, void *member, struct kf_error *err)
{
	return add_items(value, member, kf_profile_name_valid, "is not a profile name", err);
}

static int parse_paths(const char *value, void *member, struct kf_error *err)
{
	return add_items(value, member, is_plain_path, "is not a plain absolute path", err);
}

static int parse_csi_drivers(const char *value, void *member, struct kf_error *err)
{
	return add_items(value, member, kf_csi_driver_name_valid, "is not the name of a CSI driver", err);
}

/* Those whose programs a kernel for another one may execute. */
static bool is_second_architecture(const char *word)
{
	static const char *const words[] = { "x86", "x32", "arm", "s390", NULL };
	size_t i = 0;

	while (words[i] && strcmp(word, words[i]) != 0)
		i++;
	return words[i];
}

static int parse_architectures(const char *value, void *member, struct kf_error *err)
{
	return add_items(value, member, is_second_architecture, "is not x86, x32, arm or s390", err);
}

/* A key of the configuration; the member that holds its value has the same name. */
struct key {
	const char *name;
	size_t offset, size; /* of the member, which is zeroed until a value is set */
	kf_value_parser parse;
	const char *word;  /* the value that is in force when no file sets the key; NULL: no value */
	const char *words; /* then, the meaning of no value, for people */
};

#define MAIN_KEY(key) #key, offsetof(struct kf_config, key), sizeof(((struct kf_config *)NULL)->key)
#define CLASS_KEY(key) #key, offsetof(struct kf_class_settings, key), sizeof(((struct kf_class_settings *)NULL)->key)

static const struct key main_keys[] = {
	{ MAIN_KEY(runtime_classes), parse_classes, NULL, NULL },
	{ MAIN_KEY(default_profile), parse_profile, NULL, NULL },
	{ MAIN_KEY(nono_bin_path), parse_absolute_path, "/opt/nono-nri/nono", NULL },
	{ MAIN_KEY(seccomp_profile), parse_seccomp, NULL, NULL },
	{ MAIN_KEY(vm_rootfs_classes), parse_classes, NULL, NULL },
	{ MAIN_KEY(delivery), parse_delivery, "hook", NULL },
	{ MAIN_KEY(invalid_profile), parse_invalid_profile, "default", NULL },
	{ MAIN_KEY(profile_lookup), parse_profile_lookup, "files", NULL },
	{ MAIN_KEY(allow_dynamic_nono), parse_switch, "no", NULL },
	{ MAIN_KEY(state_dir), parse_absolute_path, NULL, NULL },
	{ MAIN_KEY(provisioner_dirs), parse_paths, NULL, NULL },
	{ MAIN_KEY(harmless_csi_drivers), parse_csi_drivers, NULL, NULL },
	{ 0 },
};

/* A class inherits what its section leaves out, except for keys that [kubefence] does not have. */
static const struct key class_keys[] = {
	{ CLASS_KEY(runtime), parse_absolute_path, NULL, "the first of crun and runc that is installed" },
	{ CLASS_KEY(shim), parse_shim, NULL, NULL },
	{ CLASS_KEY(default_profile), parse_profile, NULL, NULL },
	{ CLASS_KEY(allowed_profiles), parse_profiles, NULL, "any that is installed" },
	{ CLASS_KEY(seccomp_profile), parse_seccomp, NULL, NULL },
	{ CLASS_KEY(seccomp_architectures), parse_architectures, NULL, NULL },
	{ CLASS_KEY(delivery), parse_delivery, NULL, NULL },
	{ CLASS_KEY(profile_lookup), parse_profile_lookup, NULL, NULL },
	{ CLASS_KEY(exec), parse_exec, "wrap", NULL },
	{ CLASS_KEY(allow_annotation), parse_switch, "yes", NULL },
	{ CLASS_KEY(privileged), parse_privileged, "deny", NULL },
	{ 0 },
};

static const struct key *find_key(bool of_class, const char *name)
{
	const struct key *keys = of_class ? class_keys : main_keys;

	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name ? keys : NULL;
}

const char *kf_config_key_default(bool of_class, const char *name)
{
	const struct key *key = find_key(of_class, name);

	if (key && key->word)
		return key->word;
	return key && key->words ? key->words : "";
}

static bool is_unset(const struct key *key, const char *member)
{
	for (size_t i = 0; i < key->size; i++)
		if (member[i])
			return false;
	return true;
}

/* Sets every key of OBJECT that no file has set and that has a word for that case. */
static int set_defaults(const struct key *keys, void *object, struct kf_error *err)
{
	int r = 0;

	for (; r == 0 && keys->name; keys++) {
		char *member = (char *)object + keys->offset;

		if (keys->word && is_unset(keys, member))
			r = keys->parse(keys->word, member, err);
	}
	return r;
}

const char *kf_config_key_name(bool of_class, size_t index)
{
	const struct key *keys = of_class ? class_keys : main_keys;

	for (size_t i = 0; i < index; i++)
		if (!keys[i].name)
			return NULL;
	return keys[index].name;
}

/* The NAME in "class NAME", or NULL. */
static const char *class_of_section(const char *section)
{
	static const char prefix[] = "class ";

	if (strncmp(section, prefix, sizeof prefix - 1) != 0)
		return NULL;
	section += sizeof prefix - 1;
	return kf_handler_valid(section) ? section : NULL;
}

bool kf_config_section_valid(const char *section)
{
	return strcmp(section, "kubefence") == 0 || class_of_section(section);
}

static struct kf_class_settings *find_class(const struct kf_config *config, const char *name)
{
	for (size_t i = 0; i < config->class_count; i++)
		if (strcmp(config->classes[i].name, name) == 0)
			return &config->classes[i];
	return NULL;
}

static struct kf_class_settings *ensure_class(struct kf_config *config, const char *name)
{
	struct kf_class_settings *class = find_class(config, name);

	if (class)
		return class;

	struct kf_class_settings *bigger = reallocarray(config->classes, config->class_count + 1, sizeof *bigger);

	if (!bigger)
		return NULL;
	config->classes = bigger;
	class = &bigger[config->class_count];
	*class = (struct kf_class_settings){ .name = strdup(name) };
	if (!class->name)
		return NULL;
	config->class_count++;
	return class;
}

static bool is_list(const struct key *key)
{
	return key->parse == parse_classes || key->parse == parse_profiles || key->parse == parse_paths ||
	       key->parse == parse_csi_drivers || key->parse == parse_architectures;
}

int kf_config_set(struct kf_config *config, const char *section, const char *key, const char *value, bool continued,
		  struct kf_error *err)
{
	const char *name = class_of_section(section);
	const struct key *known = find_key(name != NULL, key);
	struct kf_class_settings *class = NULL;
	struct kf_error problem;
	char quoted[KF_QUOTED_MAX];

	if (!known)
		return kf_fail(err, EINVAL, "unknown key '%s' in section [%s]", kf_quote(quoted, key), section);
	if (continued && !is_list(known))
		return kf_fail(err, EINVAL, "%s has only one line: do not indent the next one", key);
	if (name) {
		class = ensure_class(config, name);
		if (!class)
			return kf_oom(err);
	}

	void *member = (char *)(class ? (void *)class : (void *)config) + known->offset;

	if (is_list(known) && !continued)
		kf_list_clear(member);

	int r = known->parse(value, member, &problem);

	if (r < 0)
		return kf_fail(err, -r, "%s = %s", key, problem.message);
	if (class && known->parse == parse_profiles)
		class->profiles_restricted = true;
	return 0;
}

/* Rules about a class with a shim that concern several keys. */
static int check_shim(const struct kf_config *config, const struct kf_class_settings *class, struct kf_error *err)
{
	if (!class->shim)
		return 0;
	if (!class->runtime)
		return kf_fail(err, EINVAL, "class %s has a shim but no runtime: name the real shim of Kata",
			       class->name);
	if (class->delivery == KF_DELIVERY_HOOK)
		return kf_fail(err, EINVAL,
			       "class %s has a shim, and no hook can mount into a virtual machine: "
			       "leave delivery out",
			       class->name);

	const char *first = kf_config_handler_of_shim(config, class->shim);

	if (first && strcmp(first, class->name) != 0)
		return kf_fail(err, EINVAL, "class %s has the same shim as another one: give each a name of its own",
			       class->name);
	return 0;
}

static int check_shims(const struct kf_config *config, struct kf_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->class_count; i++)
		r = check_shim(config, &config->classes[i], err);
	for (size_t i = 0; r == 0 && i < config->vm_rootfs_classes.count; i++) {
		const char *name = config->vm_rootfs_classes.items[i];

		if (!kf_config_class(config, name).vm)
			r = kf_fail(err, EINVAL, "vm_rootfs_classes: class %s has no shim: set shim in [class %s]",
				    name, name);
	}
	return r;
}

int kf_config_complete(struct kf_config *config, struct kf_error *err)
{
	if (config->runtime_classes.count == 0)
		return kf_fail(err, EINVAL, "runtime_classes is missing in section [kubefence]: list the handlers");
	if (!config->default_profile)
		return kf_fail(err, EINVAL, "default_profile is missing in section [kubefence]: name a profile");

	int r = set_defaults(main_keys, config, err);

	if (r == 0)
		r = kf_parent_dir(config->nono_bin_path, &config->nono_dir, err);
	if (r == 0 && !config->state_dir)
		r = kf_default_state_dir(&config->state_dir, err);
	if (r == 0)
		r = check_shims(config, err);
	return r;
}

bool kf_config_has_class(const struct kf_config *config, const char *name)
{
	return config && name && kf_list_has(&config->runtime_classes, name);
}

const char *kf_config_handler_of_shim(const struct kf_config *config, const char *name)
{
	for (size_t i = 0; config && i < config->class_count; i++)
		if (config->classes[i].shim && strcmp(config->classes[i].shim, name) == 0)
			return config->classes[i].name;
	return NULL;
}

/* The section says so, or names a shim as its runtime. */
static bool is_vm(const struct kf_class_settings *class)
{
	return class->shim || (class->runtime && kf_shim_name_valid(basename(class->runtime)));
}

struct kf_class_settings kf_config_class(const struct kf_config *config, const char *name)
{
	const struct kf_class_settings *own = find_class(config, name);
	struct kf_class_settings class = { 0 };
	struct kf_error unused;

	if (own)
		class = *own;
	class.name = (char *)name;
	if (!class.default_profile)
		class.default_profile = config->default_profile;
	if (!class.seccomp_profile)
		class.seccomp_profile = config->seccomp_profile;
	if (!class.delivery)
		class.delivery = config->delivery;
	if (!class.profile_lookup)
		class.profile_lookup = config->profile_lookup;
	/* The keys with a word are numbers: there is nothing to fail, or to free. */
	(void)set_defaults(class_keys, &class, &unused);
	class.vm = is_vm(&class);
	if (class.vm)
		class.delivery = kf_list_has(&config->vm_rootfs_classes, name) ? KF_DELIVERY_GUEST : KF_DELIVERY_MOUNT;
	return class;
}

static void clear_class(struct kf_class_settings *class)
{
	free(class->name);
	free(class->runtime);
	free(class->shim);
	free(class->default_profile);
	free(class->seccomp_profile);
	kf_list_clear(&class->allowed_profiles);
	kf_list_clear(&class->seccomp_architectures);
}

void kf_config_free(struct kf_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->class_count; i++)
		clear_class(&config->classes[i]);
	free(config->classes);
	free(config->default_profile);
	free(config->nono_bin_path);
	free(config->nono_dir);
	free(config->seccomp_profile);
	free(config->state_dir);
	kf_list_clear(&config->runtime_classes);
	kf_list_clear(&config->vm_rootfs_classes);
	kf_list_clear(&config->provisioner_dirs);
	kf_list_clear(&config->harmless_csi_drivers);
	free(config);
}
