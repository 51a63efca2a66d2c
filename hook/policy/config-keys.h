/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONFIG_KEYS_H
#define KF_POLICY_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct kf_config;
struct kf_error;

/* Is this the name of a section: "kubefence" or "class NAME"? */
bool kf_config_section_valid(const char *section);

/*
 * Sets one key of one section. CONTINUED: the value was on an indented line of its own and adds to a list. ERR's
 * message says what is wrong with the key or the value, without file and line. 0, -EINVAL or -ENOMEM.
 */
int kf_config_set(struct kf_config *config, const char *section, const char *key, const char *value, bool continued,
		  struct kf_error *err);

/* The name of the INDEXth key of [kubefence], or OF_CLASS of [class NAME]; NULL after the last one. Static. */
const char *kf_config_key_name(bool of_class, size_t index);

/*
 * The value of the key NAME of [kubefence], or OF_CLASS of [class NAME], when no file sets it, in words; "" for a key
 * without a default. The default of state_dir is not known here: it depends on the user (base/state-dir.h). Static.
 */
const char *kf_config_key_default(bool of_class, const char *name);

/* Fills in the defaults and checks that required keys are there, once all files are read. */
int kf_config_complete(struct kf_config *config, struct kf_error *err);

#endif
